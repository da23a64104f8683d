// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/denial.hpp"

#include "client/terms_text.hpp"
#include "proto/utf8.hpp"

namespace cifra::client {

using net::awaitable;
using proto::ErrorCode;

namespace {

constexpr int max_tries = 3; // to type a voucher's code

// What the server says now; what the catalogue said, where it says nothing.
awaitable<proto::Terms> look_up(Link& link, const proto::Entry& entry) {
    try {
        const auto reply = co_await link.licence(proto::LicenceAction::show, entry.item);
        co_return reply.terms;
    } catch (const Failure& failure) {
        if (failure.status != Exit::licence && failure.status != Exit::refused) throw;
    }
    co_return entry.terms;
}

std::string what_to_do(const Failure& denial, const proto::Terms& terms, const proto::Entry& entry) {
    const auto code = static_cast<ErrorCode>(denial.code);
    if (code == ErrorCode::right_missing)
        return "it allows: " + show_rights(terms.rights) + "; ask the operator for more";
    // Then the licence itself is good, and what it would say is beside the point.
    if (code < ErrorCode::exhausted || code > ErrorCode::cancelled) return denial.remedy;
    const auto step = next_step(terms, word_for(entry), std::time(nullptr));
    return step.empty() ? denial.remedy : step;
}

Failure whole(const Failure& denial, const proto::Terms& terms, const proto::Entry& entry) {
    const auto remains = show_remains(terms, std::time(nullptr));
    Failure failure(denial.status, denial.what() + (remains.empty() ? "" : "; " + remains),
                    what_to_do(denial, terms, entry));
    failure.code = denial.code;
    return failure;
}

bool would_help(const Failure& denial, const proto::Terms& terms) {
    const auto code = static_cast<ErrorCode>(denial.code);
    return (code == ErrorCode::exhausted || code == ErrorCode::expired) && is_renewable(terms);
}

// False: refused, and said so.
awaitable<bool> renew(App& app, Link& link, const proto::Entry& entry, std::string voucher) {
    std::string refusal;
    try {
        const auto reply = co_await link.licence(proto::LicenceAction::renew, entry.item, voucher);
        app.terminal.say("renewed " + entry.name + ": " + show_terms(reply.terms, std::time(nullptr)));
        co_return true;
    } catch (const Failure& failure) {
        if (failure.status != Exit::licence && failure.status != Exit::refused) throw;
        refusal = failure.what();
    }
    app.terminal.complain(refusal);
    co_return false;
}

awaitable<bool> offer_voucher(App& app, Link& link, const proto::Entry& entry, std::string lead) {
    for (int i = 0; i < max_tries; ++i) {
        const auto question = std::exchange(lead, "") + "voucher code: ";
        const auto typed = co_await ask_line(app, question);
        std::string code;
        try {
            code = voucher_of(typed);
        } catch (const Failure& failure) {
            app.terminal.complain(failure.what());
            continue;
        }
        if (code.empty()) co_return false;
        const bool done = co_await renew(app, link, entry, code);
        if (done) co_return true;
    }
    co_return false;
}

awaitable<bool> offer(App& app, Link& link, const proto::Entry& entry, const Failure& refusal,
                      const proto::Terms& terms) {
    const std::string lead = entry.name + ": " + refusal.what() + "\n";
    if (terms.renewal == proto::TermsRenewal::voucher) {
        const bool done = co_await offer_voucher(app, link, entry, lead);
        co_return done;
    }
    const auto question = lead + "renew it now? [y/N] ";
    const auto answer = co_await ask_line(app, question);
    if (!is_yes(answer)) co_return false;
    const std::string none;
    const bool done = co_await renew(app, link, entry, none);
    co_return done;
}

} // namespace

awaitable<std::optional<Failure>> answer_denial(App& app, Link& link, const proto::Entry& entry,
                                                const Failure& denial) {
    app.terminal.clear_status();
    const auto terms = co_await look_up(link, entry);
    std::optional<Failure> refusal = whole(denial, terms, entry);
    if (!may_ask(app) || !would_help(denial, terms)) co_return refusal;
    const bool renewed = co_await offer(app, link, entry, *refusal, terms);
    if (renewed) refusal.reset();
    co_return refusal;
}

proto::Id16 fresh_play_id() {
    Botan::AutoSeeded_RNG rng;
    proto::Id16 id{};
    rng.randomize(id.data(), id.size());
    return id;
}

std::string voucher_of(std::string_view text) {
    constexpr std::string_view spaces = " \t\r\n";
    const auto first = text.find_first_not_of(spaces);
    if (first == std::string_view::npos) return {};
    const std::string code(text.substr(first, text.find_last_not_of(spaces) - first + 1));
    if (code.size() > proto::max_voucher)
        throw Failure(Exit::usage, "a voucher's code has at most " + std::to_string(proto::max_voucher) + " bytes",
                      "give the code alone");
    if (!proto::is_utf8(code) || proto::has_control_characters(code))
        throw Failure(Exit::usage, "a voucher's code is one line of plain text", "give the code alone");
    return code;
}

bool may_ask(const App& app) { return app.terminal.shows_status() && !app.settings.json && Prompter::possible(); }

bool is_yes(std::string_view line) { return line == "y" || line == "Y" || line == "yes"; }

awaitable<std::string> ask_line(App& app, std::string question) {
    const Question asked{std::move(question), true};
    try {
        const auto line = co_await app.prompter.ask(asked);
        co_return std::string(line.view().begin(), line.view().end());
    } catch (const NoAnswer&) {
    }
    co_return std::string();
}

} // namespace cifra::client
