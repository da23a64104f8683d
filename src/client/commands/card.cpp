// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/aside.hpp"
#include "client/card_failure.hpp"
#include "client/commands/card_report.hpp"
#include "client/commands/commands.hpp"

namespace cifra::client {

namespace {

// Reading a slow card takes a second or two; one that hangs answers never.
constexpr std::chrono::seconds patience{30};

void look_at_readers(CardReport& report) {
    try {
        report.readers = token::ReaderMonitor().readers();
        report.service = true;
    } catch (const token::CardError& error) {
        if (error.fault != token::CardFault::no_service) throw;
    }
}

void look_at_tokens(CardReport& report, const std::string& module, const token::Wish& wish, std::int64_t now) {
    report.modules = token::Modules::load(module);
    report.listing = token::list(report.modules);
    report.verdicts = token::judge(report.listing, wish, now);
    token::demand_token(report.listing);
    token::demand_usable(token::choose(report.listing, wish, now).token);
}

// Everything that can be seen, and what stands in the way of a login.
void look(CardReport& report, const std::string& module, const token::Wish& wish, std::int64_t now) {
    try {
        look_at_readers(report);
        look_at_tokens(report, module, wish, now);
    } catch (const token::CardError& error) {
        report.error = error;
    }
}

} // namespace

net::awaitable<void> run_card(App& app) {
    const auto module = app.settings.card_module.empty() ? std::string("opensc") : app.settings.card_module;
    const token::Wish wish{app.settings.card, {}, {}};
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const auto report = std::make_shared<CardReport>();
    const std::function<void()> work = [=] { look(*report, module, wish, now); };
    const bool done = co_await aside(app.interrupt, work, patience);
    if (!done) throw failure_of(token::CardError(token::CardFault::hung));
    if (app.settings.json) {
        print_json(*report, module);
    } else {
        print(*report);
    }
    if (report->error) throw failure_of(*report->error);
}

} // namespace cifra::client
