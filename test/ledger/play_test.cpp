// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Plays: what they cost, which are the same, how many at a time, and what is reserved while they go on.
#include "site.hpp"

using namespace test;

namespace {

constexpr auto now = Site::now;
constexpr Lease none{};
const auto song = id(7);

Usage usage_of(Ledger& ledger, const Id16& licence) { return ledger.find(licence, now)->usage; }

} // namespace

LEDGER_TEST(counted, "plays are taken one by one, and the last is the last") {
    const auto ledger = site.open();
    const auto licence = ledger->issue(draft("ada", song, 2), now).value();
    CHECK(licence.licence.person == "ada");
    const auto first = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(first.holding.usage.plays == 1);
    CHECK(first.holding.licence == licence.licence);
    CHECK(first.allowance.units == std::numeric_limits<std::uint64_t>::max());
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "granted");
    CHECK(word(ledger->begin_play(request("ada", song, 3), now)) == "EXHAUSTED");
    CHECK(word(ledger->begin_play(request("bob", song, 4), now)) == "no licence");
    CHECK(word(ledger->begin_play(request("ada", id(8), 5), now)) == "no licence");
    CHECK(usage_of(*ledger, licence.licence.id).plays == 2);
    check_whole(*ledger);
}

LEDGER_TEST(same, "the same play again costs nothing; what only looks like it is refused") {
    const auto ledger = site.open();
    const auto licence = ledger->issue(draft("ada", song, 3), now).value().licence.id;
    ledger->issue(draft("bob", song, 1), now).value();
    CHECK(word(ledger->begin_play(request("ada", song, 1), now)) == "granted");
    for (int i = 1; i < 5; ++i) CHECK(word(ledger->begin_play(request("ada", song, 1), now + i)) == "granted again");
    CHECK(usage_of(*ledger, licence).plays == 1);
    CHECK(word(ledger->begin_play(request("bob", song, 1), now)) == "granted"); // his own, with an id like hers
    CHECK(word(ledger->begin_play(request("ada", id(8), 1), now)) == "the play's id is that of another play");
    auto saving = request("ada", song, 1);
    saving.right = Right::save;
    CHECK(word(ledger->begin_play(saving, now)) == "the play's id is that of another play");
    CHECK(word(ledger->begin_play(request("ada", song, 1), now + 3'600)) == "granted again");
    CHECK(word(ledger->begin_play(request("ada", song, 1), now + 3'601)) == "this play is over");
    const auto second = ledger->begin_play(request("ada", song, 2), now).value().value();
    CHECK(trouble(ledger->end_play(second.play, none, true, now)).empty());
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "this play is over");
    CHECK(usage_of(*ledger, licence).plays == 2);
    check_whole(*ledger);
}

LEDGER_TEST(long_item, "a long item can be resumed for twice its length") {
    const auto ledger = site.open();
    ledger->issue(draft("ada", song, 1), now).value();
    auto opera = request("ada", song, 1);
    opera.duration = 10'000;
    CHECK(word(ledger->begin_play(opera, now)) == "granted");
    CHECK(word(ledger->begin_play(opera, now + 20'000)) == "granted again");
    CHECK(word(ledger->begin_play(opera, now + 20'001)) == "this play is over");
}

LEDGER_TEST(policy, "by policy there is one first licence, whatever became of it") {
    const auto ledger = site.open();
    auto asked = request("ada", song, 1);
    asked.automatic = draft("", {}, 1);
    asked.automatic->origin = "five plays";
    const auto first = ledger->begin_play(asked, now).value().value();
    CHECK(first.issued);
    CHECK(first.holding.licence.person == "ada");
    CHECK(first.holding.licence.item == song);
    CHECK(first.holding.licence.origin == "five plays");
    CHECK(first.holding.licence.issued == now);
    asked.play = id(2);
    CHECK(word(ledger->begin_play(asked, now)) == "EXHAUSTED");
    CHECK(word(ledger->revoke(first.holding.licence.id, "", now)) == "done");
    asked.play = id(3);
    CHECK(word(ledger->begin_play(asked, now)) == "LICENCE_REVOKED");
    CHECK(ledger->held("ada", song, now).value().size() == 1);
    asked.person = "bob";
    asked.automatic->constraints.not_before = now + 10; // refused, and so nothing is issued
    CHECK(word(ledger->begin_play(asked, now)) != "granted");
    CHECK(ledger->held("bob", song, now).value().empty());
    check_whole(*ledger);
}

LEDGER_TEST(concurrent, "as many at a time as the licence says; who is silent for 90 s does not count") {
    const auto ledger = site.open();
    auto two = draft("ada", song, 10);
    two.constraints.max_concurrent = 2;
    ledger->issue(two, now).value();
    const auto first = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "granted");
    CHECK(word(ledger->begin_play(request("ada", song, 3), now)) == "CONCURRENT");
    CHECK(word(ledger->begin_play(request("ada", song, 1), now)) == "granted again"); // not beside itself
    CHECK(word(ledger->begin_play(request("ada", song, 3), now + 89)) == "CONCURRENT");
    const auto again = ledger->begin_play(request("ada", song, 1), now + 80).value().value();
    CHECK(word(ledger->begin_play(request("ada", song, 3), now + 90)) == "granted"); // the second fell silent
    CHECK(word(ledger->begin_play(request("ada", song, 2), now + 90)) == "CONCURRENT");
    CHECK(trouble(ledger->heartbeat(again.play, now + 150)).empty());
    CHECK(trouble(ledger->heartbeat(first.play, now + 150)) == "the play is over or goes on elsewhere");
    CHECK(ledger->held("ada", song, now + 150).value().front().running == 2);
    CHECK(trouble(ledger->end_play(again.play, none, false, now + 151)).empty());
    CHECK(word(ledger->begin_play(request("ada", song, 2), now + 152)) == "granted again");
    check_whole(*ledger);
}

LEDGER_TEST(clock, "a clock that goes back by years leaves nobody running for years") {
    const auto ledger = site.open();
    auto one = draft("ada", song, 10);
    one.constraints.max_concurrent = 1;
    ledger->issue(one, now).value();
    constexpr std::int64_t years = 10LL * 365 * 24 * 3'600;
    CHECK(word(ledger->begin_play(request("ada", song, 1), now + years)) == "granted");
    CHECK(word(ledger->begin_play(request("ada", song, 2), now + years)) == "CONCURRENT");
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "granted");
}

LEDGER_TEST(person_limit, "a person plays so many items at a time as the server says") {
    const auto ledger = site.open("one", 2);
    for (std::uint8_t item = 1; item <= 3; ++item) ledger->issue(draft("ada", id(item), {}), now).value();
    CHECK(word(ledger->begin_play(request("ada", id(1), 1), now)) == "granted");
    const auto second = ledger->begin_play(request("ada", id(2), 2), now).value().value();
    CHECK(word(ledger->begin_play(request("ada", id(3), 3), now)) == "too many plays at a time");
    CHECK(word(ledger->begin_play(request("ada", id(1), 1), now)) == "granted again");
    CHECK(trouble(ledger->end_play(second.play, none, true, now)).empty());
    CHECK(word(ledger->begin_play(request("ada", id(3), 3), now)) == "granted");
}

LEDGER_TEST(leases, "chunks are debited before they are sent; what was not used comes back") {
    const auto ledger = site.open();
    const auto licence = ledger->issue(draft("ada", song, {}, 40), now).value().licence.id;
    const auto play = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(play.allowance.units == 0);
    CHECK(play.allowance.milliseconds == std::numeric_limits<std::uint64_t>::max());
    const Lease ahead{16, 0};
    CHECK(ledger->lease(play.play, {0, 0}, ahead, now)->allowance.units == 16);
    CHECK(ledger->lease(play.play, {0, 0}, ahead, now)->allowance.units == 16); // again: no harm
    CHECK(usage_of(*ledger, licence).units == 16);
    CHECK(ledger->lease(play.play, {10, 500}, ahead, now)->allowance.units == 26);
    CHECK(ledger->lease(play.play, {26, 900}, ahead, now)->allowance.units == 40); // no more is left
    CHECK(ledger->lease(play.play, {39, 0}, ahead, now)->allowance.units == 40);
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "EXHAUSTED");
    CHECK(trouble(ledger->end_play(play.play, {30, 1'000}, false, now)).empty()); // never below what was said before
    CHECK(usage_of(*ledger, licence).units == 39);
    CHECK(usage_of(*ledger, licence).milliseconds == 1'000);
    const auto again = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(again.resumed);
    CHECK(again.used == Lease{39, 1'000});
    CHECK(again.allowance.units == 39);
    CHECK(ledger->lease(again.play, again.used, ahead, now)->allowance.units == 40);
    CHECK(trouble(ledger->end_play(again.play, {1'000, 0}, true, now)).empty()); // it was not granted
    CHECK(usage_of(*ledger, licence).units == 40);
    CHECK(trouble(ledger->end_play(again.play, {}, true, now)) == "the play is over or goes on elsewhere");
    CHECK(trouble(ledger->lease(PlayKey{id(99), 1}, {}, ahead, now)) == "the ledger does not know that");
    check_whole(*ledger);
}

LEDGER_TEST(time_leases, "time of sound is counted likewise, in milliseconds") {
    const auto ledger = site.open();
    auto minute = draft("ada", song, {});
    minute.constraints.accumulated = 60;
    const auto licence = ledger->issue(minute, now).value().licence.id;
    const auto play = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(ledger->lease(play.play, {}, {16, 20'000}, now)->allowance.milliseconds == 20'000);
    CHECK(ledger->lease(play.play, {5, 15'500}, {16, 20'000}, now)->allowance.milliseconds == 35'500);
    CHECK(ledger->lease(play.play, {5, 35'000}, {16, 30'000}, now)->allowance.milliseconds == 60'000);
    CHECK(trouble(ledger->end_play(play.play, {70, 36'001}, true, now)).empty());
    CHECK(usage_of(*ledger, licence).milliseconds == 36'001);
    CHECK(usage_of(*ledger, licence).units == 70); // not limited, and known all the same
    check_whole(*ledger);
}

LEDGER_TEST(taken_over, "who resumes a play takes it over, and what may have been sent counts as used") {
    const auto ledger = site.open();
    const auto licence = ledger->issue(draft("ada", song, 1, 40), now).value().licence.id;
    const auto first = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(ledger->lease(first.play, {}, {16, 0}, now)->allowance.units == 16);
    const auto second = ledger->begin_play(request("ada", song, 1), now).value().value();
    CHECK(second.used.units == 16);
    CHECK(second.allowance.units == 16);
    CHECK(trouble(ledger->lease(first.play, {2, 0}, {16, 0}, now)) == "the play is over or goes on elsewhere");
    CHECK(trouble(ledger->end_play(first.play, {2, 0}, false, now)) == "the play is over or goes on elsewhere");
    CHECK(usage_of(*ledger, licence).units == 16);
    CHECK(usage_of(*ledger, licence).plays == 1);
    check_whole(*ledger);
}

LEDGER_TEST(recovery, "behind a crash a server's plays do not run, and cost no more than their leases") {
    Id16 licence;
    PlayKey proven, unproven;
    {
        const auto ledger = site.open("one");
        licence = ledger->issue(draft("ada", song, {}, 100), now).value().licence.id;
        proven = ledger->begin_play(request("ada", song, 1), now).value().value().play;
        unproven = ledger->begin_play(request("ada", song, 2), now).value().value().play;
        CHECK(trouble(ledger->lease(proven, {}, {16, 0}, now)).empty());
        CHECK(trouble(ledger->lease(unproven, {}, {16, 0}, now)).empty());
    }
    const auto other = site.open("two");
    CHECK(other->recover(now).value().plays == 0); // they are not its own
    const auto ledger = site.open("one");
    const auto sent = [&](const Id16& play) { return play == proven.id ? std::optional(Lease{3, 0}) : std::nullopt; };
    const auto recovered = ledger->recover(now, sent).value();
    CHECK(recovered.plays == 2);
    CHECK(recovered.given_back == Lease{13, 0});
    CHECK(usage_of(*ledger, licence).units == 19);
    CHECK(ledger->held("ada", song, now).value().front().running == 0);
    CHECK(ledger->recover(now).value().plays == 0);
    CHECK(ledger->begin_play(request("ada", song, 1), now).value().value().used.units == 3);
    CHECK(ledger->begin_play(request("ada", song, 2), now).value().value().used.units == 16);
    CHECK(ledger->recover(now + 4'000).value().plays == 2);
    CHECK(word(ledger->begin_play(request("ada", song, 1), now + 4'000)) == "this play is over");
    check_whole(*ledger);
}
