// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A listener on a terminal is asked whether to renew, and then it goes on.
#include "client/denial.hpp"
#include "lending.hpp"
#include "on_terminal.hpp"

#include <catch2/catch.hpp>

#include <iterator>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;
using Catch::Contains;
using proto::ErrorCode;
using proto::TermsRenewal;

namespace {

constexpr int denied = static_cast<int>(Exit::licence);
constexpr int other_plays = 98; // not the play ids that it should have been

struct Shown : Lending {
    Shown() { app.terminal.quiet = false; }
    int tell(const std::optional<Failure>& failure) {
        if (!failure) return 0;
        app.terminal.complain(failure->what());
        app.terminal.complain(failure->remedy);
        return static_cast<int>(failure->status);
    }
};

int save(TermsRenewal renewal) {
    Shown meeting;
    meeting.use_up(renewal);
    meeting.server.manners.licence = [&](Visit& visit, const proto::LicenceRequest& asked) {
        meeting.renewal_denial.reset();
        if (renewal == TermsRenewal::voucher && asked.voucher != "RIGHT")
            meeting.renewal_denial = ErrorCode::voucher_refused;
        meeting.on_licence(visit, asked);
    };
    return meeting.tell(meeting.get());
}

// It ends in the middle, and may be over for the server then.
int save_on(bool over) {
    Shown meeting;
    meeting.use_up(TermsRenewal::free);
    meeting.denial.reset();
    meeting.budget = 7;
    meeting.verdict = ErrorCode::exhausted;
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        if (over && meeting.opens.size() == 1) meeting.denial = play_over;
        meeting.on_open(visit, open);
        meeting.denial.reset();
    };
    const auto status = meeting.tell(meeting.get());
    const bool as_wanted =
        over ? meeting.opens.size() == 3 && meeting.opens[1] == meeting.opens[0] && meeting.opens[2] != meeting.opens[0]
             : meeting.opens.size() == 2 && meeting.one_play();
    return as_wanted ? status : other_plays;
}

int hear() {
    Shown meeting;
    meeting.use_up(TermsRenewal::free);
    std::ifstream file(CIFRA_SOURCE_DIR "/media/gunroar-2.mp3", std::ios::binary);
    meeting.server.manners.recording.assign(std::istreambuf_iterator<char>(file), {});
    meeting.entry.size = meeting.server.manners.recording.size();
    return meeting.tell(meeting.play());
}

int give_back() {
    Shown meeting;
    return meeting.tell(meeting.give_back(false));
}

int renew() {
    Shown meeting;
    meeting.use_up(TermsRenewal::voucher);
    const auto status = meeting.tell(meeting.renew());
    return meeting.requests.size() == 1 && meeting.requests[0].voucher == "ABCD-EFGH" ? status : other_plays;
}

OnTerminal on_terminal(const std::function<int()>& scene) {
    (void)Pki::shared(); // of which each process would make one of its own
    return OnTerminal(scene);
}

} // namespace

TEST_CASE("a refused save is renewed in place when the listener says so") {
    auto terminal = on_terminal([] { return save(TermsRenewal::free); });
    terminal.expect("it: the server refused: ");
    terminal.expect("[EXHAUSTED]; no play left");
    terminal.expect("renew it now? [y/N] ");
    terminal.type("y");
    terminal.expect("renewed it: 5 plays left");
    terminal.expect("it: 5 plays left behind this one");
    terminal.expect("saved it to ");
    CHECK(terminal.status() == 0);
}

TEST_CASE("a refused save that is not renewed is refused, with what to do") {
    auto terminal = on_terminal([] { return save(TermsRenewal::free); });
    terminal.expect("renew it now? [y/N] ");
    terminal.type(GENERATE("", "n", "maybe"));
    terminal.expect("[EXHAUSTED]; no play left");
    terminal.expect("renew it: cifra renew it");
    CHECK(terminal.status() == denied);
}

TEST_CASE("what the operator must renew is not asked about") {
    const auto renewal = GENERATE(TermsRenewal::by_operator, TermsRenewal::none);
    auto terminal = on_terminal([renewal] { return save(renewal); });
    CHECK(terminal.status() == denied);
    CHECK_THAT(terminal.text(), Contains("ask the operator") && !Contains("[y/N]"));
}

TEST_CASE("a voucher's code is asked for, three times at most") {
    auto terminal = on_terminal([] { return save(TermsRenewal::voucher); });
    terminal.expect("voucher code: ");
    terminal.type("WRONG");
    terminal.expect("[VOUCHER_REFUSED]");
    terminal.expect("voucher code: ");
    const bool right = GENERATE(true, false);
    terminal.type(right ? " RIGHT " : std::string(200, 'x'));
    terminal.expect(right ? "renewed it: 5 plays left" : "at most 128 bytes");
    if (!right) {
        terminal.expect("voucher code: ");
        terminal.type("WRONG AGAIN");
        terminal.expect("--voucher CODE");
    }
    CHECK(terminal.status() == (right ? 0 : denied));
}

TEST_CASE("a save that ends in the middle goes on after it was renewed, as the same play if the server lets it") {
    const bool over = GENERATE(false, true);
    auto terminal = on_terminal([over] { return save_on(over); });
    terminal.expect("renew it now? [y/N] ");
    terminal.type("y");
    terminal.expect("going on at chunk 7");
    terminal.expect("saved it to ");
    CHECK(terminal.status() == 0);
}

TEST_CASE("a refused play is renewed in place, and heard to its end") {
    auto terminal = on_terminal(hear);
    terminal.expect("renew it now? [y/N] ");
    terminal.type("yes");
    terminal.expect("it: 5 plays left behind this one");
    terminal.expect("played 1 track");
    CHECK(terminal.status() == 0);
}

TEST_CASE("a refused play that is not renewed ends with that") {
    auto terminal = on_terminal(hear);
    terminal.expect("renew it now? [y/N] ");
    terminal.type("n");
    CHECK(terminal.status() == denied);
    CHECK_THAT(terminal.text(), Contains("renew it: cifra renew it") && !Contains("played 1 track"));
}

TEST_CASE("giving back is asked about") {
    auto terminal = on_terminal(give_back);
    terminal.expect("it: 4 plays left");
    terminal.expect("Give it back? [y/N] ");
    const bool yes = GENERATE(true, false);
    terminal.type(yes ? "y" : "");
    terminal.expect(yes ? "gave back it" : "nothing was given back");
    CHECK(terminal.status() == (yes ? 0 : static_cast<int>(Exit::usage)));
}

TEST_CASE("renewing asks for the voucher that is needed") {
    auto terminal = on_terminal(renew);
    terminal.expect("it: used up");
    terminal.expect("voucher code: ");
    terminal.type("ABCD-EFGH");
    terminal.expect("renewed it: 5 plays left");
    CHECK(terminal.status() == 0);
}
