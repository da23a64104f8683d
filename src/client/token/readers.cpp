// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/readers.hpp"

#include <winscard.h>

#include <algorithm>
#include <cstring>

namespace cifra::token {

namespace {

// A reader that comes or goes is an event of this one.
constexpr const char* plug_and_play = R"(\\?PnP?\Notification)";
constexpr std::size_t max_readers = 16;
// How long cancel() may go unheard when it falls between a look at the flag and the call that waits.
constexpr std::chrono::milliseconds slice{500};

bool is_no_service(LONG result) {
    return result == SCARD_E_NO_SERVICE || result == SCARD_E_SERVICE_STOPPED || result == SCARD_E_INVALID_HANDLE ||
           result == SCARD_F_COMM_ERROR;
}

void demand(LONG result) {
    if (result == SCARD_S_SUCCESS) return;
    if (is_no_service(result)) throw CardError(CardFault::no_service);
    throw CardError(CardFault::failed, std::string("the smart card service failed: ") + pcsc_stringify_error(result));
}

std::vector<std::string> names_of(SCARDCONTEXT context) {
    DWORD size = 0;
    auto result = SCardListReaders(context, nullptr, nullptr, &size);
    std::string multi(size, '\0');
    if (result == SCARD_S_SUCCESS) result = SCardListReaders(context, nullptr, multi.data(), &size);
    if (result == SCARD_E_NO_READERS_AVAILABLE || result == SCARD_E_INSUFFICIENT_BUFFER) return {};
    demand(result);
    std::vector<std::string> names;
    for (std::size_t at = 0; at < multi.size() && multi[at] != '\0' && names.size() < max_readers;) {
        names.emplace_back(multi.c_str() + at);
        at += names.back().size() + 1;
    }
    return names;
}

using States = std::vector<SCARD_READERSTATE>;

// The states point into `names`.
States states_of(SCARDCONTEXT context, const std::vector<std::string>& names) {
    States states(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        states[i] = {};
        states[i].szReader = names[i].c_str();
        states[i].dwCurrentState = SCARD_STATE_UNAWARE;
    }
    if (states.empty()) return states;
    const auto result = SCardGetStatusChange(context, 0, states.data(), static_cast<DWORD>(states.size()));
    if (result == SCARD_E_UNKNOWN_READER || result == SCARD_E_TIMEOUT) return states; // one went meanwhile
    demand(result);
    return states;
}

std::vector<Reader> readers_of(const States& states) {
    std::vector<Reader> readers;
    for (const auto& state : states) {
        Reader reader;
        reader.name = state.szReader;
        reader.card = (state.dwEventState & SCARD_STATE_PRESENT) != 0;
        reader.mute = (state.dwEventState & SCARD_STATE_MUTE) != 0;
        const auto size = std::min<std::size_t>(state.cbAtr, sizeof state.rgbAtr);
        if (reader.card) reader.atr.assign(state.rgbAtr, state.rgbAtr + size);
        reader.insertions = static_cast<unsigned>(state.dwEventState >> 16U);
        readers.push_back(std::move(reader));
    }
    return readers;
}

} // namespace

ReaderMonitor::ReaderMonitor() { connect(); }

ReaderMonitor::~ReaderMonitor() { SCardReleaseContext(context_); }

void ReaderMonitor::connect() {
    SCARDCONTEXT context = 0;
    demand(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context));
    context_ = context;
}

std::vector<Reader> ReaderMonitor::readers() {
    const auto names = names_of(context_);
    return readers_of(states_of(context_, names));
}

std::optional<std::vector<Reader>> ReaderMonitor::wait_change(const std::vector<Reader>& known,
                                                              std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!cancelled_) {
        const auto names = names_of(context_);
        auto states = states_of(context_, names);
        if (auto now = readers_of(states); now != known) return now;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) break;
        for (auto& state : states) state.dwCurrentState = state.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
        states.push_back({});
        states.back().szReader = plug_and_play;
        states.back().dwCurrentState = static_cast<DWORD>(names.size()) << 16U;
        const auto result = SCardGetStatusChange(context_, static_cast<DWORD>(std::min(left, slice).count()),
                                                 states.data(), static_cast<DWORD>(states.size()));
        if (result != SCARD_E_TIMEOUT && result != SCARD_E_CANCELLED && result != SCARD_E_UNKNOWN_READER)
            demand(result);
    }
    return std::nullopt;
}

void ReaderMonitor::cancel() noexcept {
    cancelled_ = true;
    SCardCancel(context_);
}

void demand_card() {
    const auto readers = ReaderMonitor().readers();
    if (readers.empty()) throw CardError(CardFault::no_reader);
    if (std::none_of(readers.begin(), readers.end(), [](const Reader& reader) { return reader.card; }))
        throw CardError(CardFault::no_card);
}

} // namespace cifra::token
