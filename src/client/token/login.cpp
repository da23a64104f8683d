// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/login.hpp"

#include "client/token/readers.hpp"

#include <botan/mem_ops.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

namespace cifra::token {

namespace {

bool says_removed(CK_RV result) {
    switch (result) {
        case CKR_DEVICE_REMOVED:
        case CKR_TOKEN_NOT_PRESENT:
        case CKR_SESSION_HANDLE_INVALID: // a module that noticed the removal closes its sessions
        case CKR_SESSION_CLOSED:
        case CKR_SLOT_ID_INVALID:
            return true;
        default:
            return false;
    }
}

enum class Place { unknown, empty, full };

// What PC/SC says of the reader: sooner than a module does, and without a call into one. After a card was pulled in the
// middle of a command, OpenSC 0.23 locks itself up in C_GetTokenInfo.
Place look_into(const std::string& name) {
    try {
        const auto readers = ReaderMonitor().readers();
        const auto reader = std::find_if(readers.begin(), readers.end(), [&](const Reader& one) {
            // A slot's description is cut at 64 characters.
            return !name.empty() && one.name.starts_with(name);
        });
        if (reader != readers.end()) return reader->card ? Place::full : Place::empty;
    } catch (const CardError&) {
        return Place::unknown;
    }
    return Place::unknown; // a token without a reader
}

constexpr std::chrono::milliseconds step{50};

// OpenSC 0.23 writes each command to the card, and so the PIN, into a buffer for its log, also where it keeps none, and
// frees that as it is. What this thread freed last and is small can be had back from the allocator, and wiped.
void wipe_freed() {
    constexpr std::size_t largest = 1024,
                          kept = 7; // glibc: of each size, this many wait for the thread that freed them
    std::array<void*, kept> blocks{};
    for (std::size_t size = 24; size <= largest; size += 16) {
        for (auto& block : blocks) {
            block = std::malloc(size);
            if (block != nullptr) Botan::secure_scrub_memory(block, size);
        }
        for (auto* block : blocks) std::free(block);
    }
}

} // namespace

bool is_gone(CK_FUNCTION_LIST* functions, const Token& token, std::chrono::milliseconds patience) {
    for (auto waited = step; waited < patience && look_into(token.reader) == Place::full; waited += step)
        std::this_thread::sleep_for(step);
    const auto place = look_into(token.reader);
    if (place != Place::unknown) return place == Place::empty;
    const auto now = read_token(token.module, functions, token.slot);
    return !now || !now->same_as(token);
}

bool holds(const Session& session, const Certificate& certificate) {
    const auto* const id = certificate.id.empty() ? nullptr : &certificate.id;
    const auto found = session.find(CKO_CERTIFICATE, id);
    return std::any_of(found.begin(), found.end(), [&](CK_OBJECT_HANDLE object) {
        return session.attribute(object, CKA_VALUE) == certificate.der;
    });
}

// How long PC/SC may take to notice that a card was pulled; vpcd's cards are looked at each 0.4 s.
constexpr std::chrono::milliseconds notice{1500};

CardError error_of(CK_FUNCTION_LIST* functions, const Token& token, CK_RV result, CardFault otherwise,
                   const char* call) {
    const auto detail = std::string(" (") + call + ": " + name_of_return(result) + ")";
    const auto fault = says_removed(result) || is_gone(functions, token, notice) ? CardFault::removed : otherwise;
    return CardError(fault, std::string(describe(fault)) + detail);
}

Login::~Login() {
    if (done_) functions_->C_Logout(session_.handle());
}

void Login::as_user() {
    if (done_) return;
    enter(CKU_USER);
    done_ = true;
}

void Login::announce_module() const {
    ask_({certificate_.holder, token_.label, token_.reader, token_.tries, false, true, token_.pin_min, token_.pin_max});
}

void Login::for_this_signature() { enter(CKU_CONTEXT_SPECIFIC); }

const crypto::Secret& Login::pin(const Token& now) {
    if (!pin_.empty()) return pin_;
    pin_ = ask_({certificate_.holder, now.label, now.reader, now.tries, now.pin_pad, false, now.pin_min, now.pin_max});
    if (now.pin_pad) return pin_;
    const auto is_control = [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7f; };
    // A line of a file from elsewhere may end with CR LF.
    if (const auto typed = pin_.view(); !typed.empty() && typed.back() == '\r')
        pin_ = crypto::Secret::copy_of(typed.first(typed.size() - 1));
    if (const auto typed = pin_.view(); std::any_of(typed.begin(), typed.end(), is_control))
        throw CardError(CardFault::no_pin,
                        "what was given has control characters in it, and is no PIN; it was not sent");
    if (pin_.empty()) throw CardError(CardFault::no_pin);
    if (pin_.size() < now.pin_min || (now.pin_max != 0 && pin_.size() > now.pin_max))
        throw CardError(CardFault::pin_length, "this card's PIN has " + std::to_string(now.pin_min) + " to " +
                                                   std::to_string(now.pin_max) +
                                                   " characters; what was given was not sent to the card");
    return pin_;
}

// The token as it is now, if it is the one whose holder is asked.
Token Login::demand_token() const {
    if (is_gone(functions_, token_)) throw CardError(CardFault::removed);
    auto now = read_token(token_.module, functions_, token_.slot);
    if (!now || !now->same_as(token_)) throw CardError(CardFault::removed);
    return std::move(*now);
}

void Login::enter(CK_USER_TYPE user) {
    const auto now = demand_token();
    if (now.tries == Tries::locked) throw CardError(CardFault::pin_locked);
    const auto& secret = pin(now);
    // Cards can be swapped while a question stands; a try on another one would be lost.
    demand_token();
    if (user == CKU_USER && !holds(session_, certificate_)) { // or it was out and in again, and the session is gone
        const bool same = holds(Session(functions_, token_.slot), certificate_);
        throw CardError(same ? CardFault::removed : CardFault::other_card);
    }
    // The call takes no const, and changes nothing.
    auto* const bytes = const_cast<unsigned char*>(secret.view().data());
    const auto result = now.pin_pad ? functions_->C_Login(session_.handle(), user, nullptr, 0)
                                    : functions_->C_Login(session_.handle(), user, bytes, secret.size());
    wipe_freed();
    if (result != CKR_OK && result != CKR_USER_ALREADY_LOGGED_IN) refused(result);
}

Tries Login::tries_now() const {
    const auto now = read_token(token_.module, functions_, token_.slot);
    return now ? now->tries : Tries::unknown;
}

void Login::refused(CK_RV result) {
    switch (result) {
        case CKR_PIN_INCORRECT:
        case CKR_PIN_INVALID:
            if (is_gone(functions_, token_)) throw CardError(CardFault::removed);
            throw CardError(CardFault::wrong_pin, {}, tries_now());
        case CKR_PIN_LEN_RANGE:
            throw CardError(CardFault::pin_length);
        case CKR_PIN_LOCKED:
            throw CardError(CardFault::pin_locked,
                            "wrong PIN, and it was the last try: the PIN of this card is locked now", Tries::locked);
        case CKR_PIN_EXPIRED:
        case CKR_USER_PIN_NOT_INITIALIZED:
            throw CardError(CardFault::pin_not_set);
        case CKR_FUNCTION_CANCELED:
            throw CardError(CardFault::no_pin, "the entry of the PIN was cancelled on the reader");
        default:
            throw error_of(functions_, token_, result, CardFault::failed, "C_Login");
    }
}

} // namespace cifra::token
