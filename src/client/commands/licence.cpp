// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// `cifra renew` and `cifra return`.
#include "client/commands/commands.hpp"
#include "client/denial.hpp"
#include "client/output.hpp"
#include "client/terms_text.hpp"

#include <boost/json.hpp>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cifra::client {

using net::awaitable;
using proto::LicenceAction;

namespace {

// One line of standard input, or as much of it as is more than any code.
std::string read_voucher() {
    std::string text;
    std::array<char, 256> block{};
    while (text.size() < block.size() && text.find('\n') == std::string::npos) {
        const auto got = ::read(STDIN_FILENO, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            throw Failure(Exit::bad_input, std::string("cannot read standard input: ") + std::strerror(errno),
                          "check what writes it");
        if (got == 0) break;
        text.append(block.data(), static_cast<std::size_t>(got));
    }
    const auto code = voucher_of(text.substr(0, text.find('\n')));
    if (code.empty())
        throw Failure(Exit::usage, "standard input holds no voucher's code", "write it there, on one line");
    return code;
}

// Whether `after` gives more than `before` did.
bool grew(const proto::Terms& before, const proto::Terms& after) {
    return after.renewals < before.renewals || after.plays > before.plays || after.units > before.units ||
           after.seconds > before.seconds || after.not_after > before.not_after;
}

// What both commands work on.
class Loan {
  public:
    Loan(App& app, std::string item) : app_(app), item_(std::move(item)) { demand_item(item_); }

    awaitable<void> find();
    bool is_lent() const { return entry_.terms.state != proto::TermsState::open; }
    const proto::Entry& entry() const { return entry_; }
    awaitable<void> renew(std::string voucher);
    awaitable<void> give_back();
    // Says what it came to, and ends the session.
    awaitable<void> conclude(std::string words);

  private:
    awaitable<void> find_on(Link& link);
    awaitable<void> show_on(Link& link);
    awaitable<void> give_back_on(Link& link);
    awaitable<void> look_after_loss(Lost lost);

    App& app_;
    std::string item_;
    std::shared_ptr<Link> link_;
    proto::Entry entry_; // its terms are what the server said last
    bool asked_ = false; // for a return, on whichever connection
};

awaitable<void> Loan::find_on(Link& link) { entry_ = co_await find_item(link, item_); }

awaitable<void> Loan::find() {
    link_ = co_await log_in(app_);
    const Attempt attempt = [this](Link& link) { return find_on(link); };
    co_await with_reconnection(app_, link_, attempt);
}

awaitable<void> Loan::show_on(Link& link) {
    const auto reply = co_await link.licence(LicenceAction::show, entry_.item);
    entry_.terms = reply.terms;
}

// To renew is not the same once and twice: it is asked for once, and after a break looked whether it was done.
awaitable<void> Loan::renew(std::string voucher) {
    std::optional<Lost> lost;
    try {
        const auto reply = co_await link_->licence(LicenceAction::renew, entry_.item, voucher);
        entry_.terms = reply.terms;
    } catch (const Lost& error) {
        lost = error;
    } catch (const Failure& failure) {
        if (failure.status != Exit::licence) throw;
        const auto remains = show_remains(entry_.terms, std::time(nullptr));
        throw Failure(failure.status, failure.what() + (remains.empty() ? "" : "; " + remains), failure.remedy);
    }
    if (lost) co_await look_after_loss(*lost);
}

awaitable<void> Loan::look_after_loss(Lost lost) {
    const auto before = entry_.terms;
    std::exchange(link_, nullptr)->leave();
    app_.terminal.say(std::string(lost.what()) + "; reconnecting to see what became of it");
    const Attempt attempt = [this](Link& link) { return show_on(link); };
    co_await with_reconnection(app_, link_, attempt);
    if (!grew(before, entry_.terms))
        throw Failure(Exit::lost, std::string(lost.what()) + "; nothing was renewed", "run the same command again");
}

// An item that was given back before the answer was lost is given back.
awaitable<void> Loan::give_back_on(Link& link) {
    const bool again = std::exchange(asked_, true);
    try {
        const auto reply = co_await link.licence(LicenceAction::give_back, entry_.item);
        entry_.terms = reply.terms;
    } catch (const Failure& failure) {
        if (!again || failure.code != static_cast<std::uint16_t>(proto::ErrorCode::returned)) throw;
        entry_.terms.state = proto::TermsState::returned;
    }
}

awaitable<void> Loan::give_back() {
    const Attempt attempt = [this](Link& link) { return give_back_on(link); };
    co_await with_reconnection(app_, link_, attempt);
}

awaitable<void> Loan::conclude(std::string words) {
    if (app_.settings.json) {
        const boost::json::object report{
            {"id", hex(entry_.item)}, {"name", entry_.name}, {"licence", to_json(entry_.terms)}};
        print_line(boost::json::serialize(report));
    } else {
        app_.terminal.say(words);
    }
    co_await link_->bye();
}

// Where it takes one and none was given.
awaitable<std::string> ask_voucher(App& app, const proto::Entry& entry) {
    if (!may_ask(app))
        throw Failure(Exit::usage, "the licence for " + entry.name + " is renewed with a voucher",
                      "give its code: cifra renew " + word_for(entry) + " --voucher CODE");
    const auto question = entry.name + ": " + show_terms(entry.terms, std::time(nullptr)) + "\nvoucher code: ";
    const auto typed = co_await ask_line(app, question);
    const auto code = voucher_of(typed);
    if (code.empty())
        throw Failure(Exit::usage, "no voucher was given: nothing was renewed", "ask the operator for one");
    co_return code;
}

awaitable<void> confirm(App& app, const proto::Entry& entry) {
    const auto question = entry.name + ": " + show_terms(entry.terms, std::time(nullptr)) +
                          "\nwhat is left of it is given up for good. Give it back? [y/N] ";
    const auto answer = co_await ask_line(app, question);
    if (!is_yes(answer)) throw Failure(Exit::usage, "not confirmed: nothing was given back", "answer y, or give --yes");
}

} // namespace

awaitable<void> run_renew(App& app, RenewOptions options) {
    Loan loan(app, options.item);
    auto voucher = options.voucher == "-" ? read_voucher() : voucher_of(options.voucher);
    co_await loan.find();
    if (loan.is_lent()) {
        if (voucher.empty() && loan.entry().terms.renewal == proto::TermsRenewal::voucher)
            voucher = co_await ask_voucher(app, loan.entry());
        co_await loan.renew(voucher);
    }
    const auto& entry = loan.entry();
    const auto words = loan.is_lent() ? "renewed " + entry.name + ": " + show_terms(entry.terms, std::time(nullptr))
                                      : entry.name + " needs no licence: there is nothing to renew";
    co_await loan.conclude(words);
}

awaitable<void> run_return(App& app, ReturnOptions options) {
    Loan loan(app, options.item);
    if (!options.yes && !may_ask(app))
        throw Failure(Exit::usage, "what is given back cannot be had again, and there is nobody to ask", "give --yes");
    co_await loan.find();
    if (loan.is_lent()) {
        if (!options.yes) co_await confirm(app, loan.entry());
        co_await loan.give_back();
    }
    const auto& entry = loan.entry();
    const auto words =
        loan.is_lent() ? "gave back " + entry.name : entry.name + " needs no licence: there is nothing to give back";
    co_await loan.conclude(words);
}

} // namespace cifra::client
