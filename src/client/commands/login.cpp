// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/commands.hpp"
#include "client/key_failures.hpp"
#include "client/output.hpp"

#include <boost/json.hpp>

#include <array>
#include <ctime>

namespace cifra::client {

namespace {

std::string clock_of(std::chrono::system_clock::time_point when) {
    const auto seconds = std::chrono::system_clock::to_time_t(when);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%H:%M", &local)};
}

void tell(App& app, const proto::LoginOk& who, bool kept) {
    const auto end = app.identity->tickets().end();
    if (app.settings.json) {
        boost::json::object report{{"device", who.device}, {"person", who.person}, {"ticket", kept}};
        if (kept) report["expires"] = std::chrono::duration_cast<std::chrono::seconds>(end.time_since_epoch()).count();
        print_line(boost::json::serialize(report));
        return;
    }
    if (who.person.empty()) return app.terminal.say("this server asks for no person: no login is needed");
    if (kept) return app.terminal.say("logged in as " + who.person + " until " + clock_of(end));
    app.terminal.say("logged in as " + who.person +
                     ", but this server gives no tickets: each command needs the key again");
}

} // namespace

net::awaitable<void> run_login(App& app, LoginOptions) {
    if (!app.settings.tickets) throw Failure(Exit::usage, "a login without a ticket is none", "leave --no-ticket out");
    auto& tickets = app.identity->tickets();
    tickets.forget(); // a new hour, by a new signature
    auto link = co_await log_in(app);
    const auto who = link->who();
    co_await link->bye();
    tell(app, who, tickets.save());
}

net::awaitable<void> run_logout(App& app, LogoutOptions) {
    if (app.settings.device_chain.empty()) demand_keys(app.settings);
    const auto device = with_key_failures(
        [&] { return crypto::load_certificates(crypto::Party::device, app.settings.device_chain).chain.front(); });
    const bool removed = Tickets(app.settings, device).remove_all();
    app.terminal.say(removed ? "logged out" : "there was no ticket");
    co_return;
}

} // namespace cifra::client
