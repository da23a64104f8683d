// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Renewal by each way, how far it goes, and what is not renewed; return, revocation, cancellation.
#include "licence/renewal.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;

namespace {

constexpr std::int64_t issued = 1'000'000; // as licence_with() says
constexpr std::int64_t day = 86'400;

Licence free_with(const Constraints& constraints) {
    auto licence = licence_with(constraints);
    licence.renewal = Renewal::free;
    return licence;
}

Obstacle obstacle_of(const Licence& licence, const Usage& usage, std::int64_t now, By by = By::listener,
                     const Gives& gives = {}) {
    const auto renewed = renew(licence, usage, now, by, gives);
    if (renewed) return Obstacle::none;
    CHECK(renewed.error().reason == Reason::not_renewable);
    return renewed.error().obstacle;
}

Usage used(std::uint64_t plays, std::int64_t first_play) {
    Usage usage;
    usage.plays = plays;
    usage.first_play = first_play;
    return usage;
}

} // namespace

TEST_CASE("who may renew") {
    Constraints c;
    c.count = 1;
    auto licence = licence_with(c);
    const auto by = [&](By who) { return obstacle_of(licence, used(1, issued), issued, who); };
    licence.renewal = Renewal::none;
    CHECK(by(By::listener) == Obstacle::nobody);
    CHECK(by(By::voucher) == Obstacle::nobody);
    CHECK(by(By::by_operator) == Obstacle::none);
    licence.renewal = Renewal::free;
    CHECK(by(By::listener) == Obstacle::none);
    CHECK(by(By::voucher) == Obstacle::none);
    CHECK(by(By::by_operator) == Obstacle::none);
    licence.renewal = Renewal::voucher;
    CHECK(by(By::listener) == Obstacle::voucher);
    CHECK(by(By::voucher) == Obstacle::none);
    CHECK(by(By::by_operator) == Obstacle::none);
    licence.renewal = Renewal::by_operator;
    CHECK(by(By::listener) == Obstacle::by_operator);
    CHECK(by(By::voucher) == Obstacle::by_operator);
    CHECK(by(By::by_operator) == Obstacle::none);
    licence.renewal = static_cast<Renewal>(7);
    CHECK(by(By::listener) == Obstacle::nobody);
}

TEST_CASE("what a listener is told to do instead") {
    Constraints c;
    c.count = 1;
    auto licence = licence_with(c);
    licence.renewal = Renewal::voucher;
    CHECK(renew(licence, used(1, issued), issued, By::listener).error().remedy == Remedy::use_voucher);
    licence.constraints.renewals_max = 0;
    CHECK(renew(licence, used(1, issued), issued, By::listener).error().remedy == Remedy::ask_operator);
    licence.renewal = Renewal::none;
    const auto refused = renew(licence, used(1, issued), issued, By::listener);
    CHECK(refused.error().remedy == Remedy::ask_operator);
    CHECK(refused.error().remaining.state == State::exhausted);
}

TEST_CASE("the same again: counters grow by the licence's own") {
    Constraints c;
    c.count = 5;
    c.units = 100;
    c.accumulated = 60;
    const auto licence = free_with(c);
    Usage usage = used(5, issued);
    usage.units = 40;
    const auto once = renew(licence, usage, issued, By::listener).value();
    CHECK(once.renewals == 1);
    CHECK(remaining(licence, once, issued).plays == Amount{5, 10});
    CHECK(remaining(licence, once, issued).units == Amount{160, 200});
    CHECK(remaining(licence, once, issued).milliseconds == Amount{120'000, 120'000});
    CHECK(once.plays == 5);
    CHECK(once.first_play == issued); // no after_first_play: it stays
    CHECK_FALSE(once.not_after);
    const auto twice = renew(licence, once, issued, By::listener).value();
    CHECK(remaining(licence, twice, issued).plays == Amount{10, 15});
}

TEST_CASE("the end moves on by the licence's own length, from now or from the old end") {
    Constraints c;
    c.not_after = issued + 10 * day;
    const auto licence = free_with(c);
    const auto early = renew(licence, {}, issued + day, By::listener).value();
    CHECK(early.not_after == issued + 20 * day);
    const auto late = renew(licence, {}, issued + 50 * day, By::listener).value(); // it had expired
    CHECK(late.not_after == issued + 60 * day);
    CHECK(renew(licence, early, issued + day, By::listener).value().not_after == issued + 30 * day);
    c.not_before = issued + 8 * day;
    CHECK(renew(free_with(c), {}, issued + 9 * day, By::listener).value().not_after == issued + 12 * day);
}

TEST_CASE("never beyond renew_until, never at a later time, and never back") {
    Constraints c;
    c.not_after = issued + 10 * day;
    c.renew_until = issued + 15 * day;
    const auto licence = free_with(c);
    const auto once = renew(licence, {}, issued, By::listener).value();
    CHECK(once.not_after == issued + 15 * day);
    CHECK(obstacle_of(licence, once, issued) == Obstacle::no_gain);
    CHECK(obstacle_of(licence, {}, issued + 15 * day) == Obstacle::none);
    CHECK(obstacle_of(licence, {}, issued + 15 * day + 1) == Obstacle::too_late);
    CHECK(obstacle_of(licence, {}, issued + 15 * day + 1, By::by_operator) == Obstacle::too_late);
    c.renew_until = issued + 5 * day; // before the licence's own end, which stays
    c.count = 1;
    const auto kept = renew(free_with(c), used(1, issued), issued, By::listener).value();
    CHECK_FALSE(kept.not_after);
    CHECK(kept.more_plays == 1);
}

TEST_CASE("renewals_max: as often as it says, by whomever") {
    Constraints c;
    c.count = 1;
    c.renewals_max = 2;
    const auto licence = free_with(c);
    CHECK(remaining(licence, {}, issued).renewals == 2U);
    auto usage = renew(licence, {}, issued, By::listener).value();
    usage = renew(licence, usage, issued, By::by_operator).value();
    CHECK(remaining(licence, usage, issued).renewals == 0U);
    CHECK(obstacle_of(licence, usage, issued) == Obstacle::used_up);
    CHECK(obstacle_of(licence, usage, issued, By::by_operator) == Obstacle::used_up);
    usage.renewals = 9;
    CHECK(remaining(licence, usage, issued).renewals == 0U);
}

TEST_CASE("after_first_play starts anew with the next play") {
    Constraints c;
    c.after_first_play = 100;
    const auto licence = free_with(c);
    CHECK(obstacle_of(licence, {}, issued) == Obstacle::no_gain); // it has not begun
    const auto renewed = renew(licence, used(1, issued), issued + 500, By::listener).value();
    CHECK(state_of(licence, renewed, issued + 900) == State::active);
    const auto again = with_play(renewed, Right::play, issued + 900);
    CHECK(state_of(licence, again, issued + 1000) == State::active);
    CHECK(state_of(licence, again, issued + 1001) == State::expired);
    c.renew_until = issued + 950;
    const auto ended = renew(free_with(c), used(1, issued), issued + 500, By::listener).value();
    CHECK(remaining(free_with(c), ended, issued).ends == issued + 950);
    CHECK(remaining(free_with(c), with_play(ended, Right::play, issued + 940), issued).ends == issued + 950);
    c.not_after = issued + 2000; // the licence's own date is later, the renewed time ends with renew_until
    CHECK(renew(free_with(c), used(1, issued), issued + 500, By::listener).value().not_after == issued + 950);
    c.after_first_play = 970; // it had a later end than that
    CHECK(renew(free_with(c), used(1, issued), issued + 500, By::listener).value().not_after == issued + 970);
    c.after_first_play = 100;
    c.not_after = issued + 800; // and a date that moves by itself
    const auto both = renew(free_with(c), used(1, issued), issued + 500, By::listener).value();
    CHECK(both.not_after == issued + 950);
    CHECK(both.first_play == 0);
}

TEST_CASE("a voucher gives what it says, as far as the licence counts it") {
    Constraints c;
    c.count = 5;
    c.not_after = issued + 10 * day;
    auto licence = licence_with(c);
    licence.renewal = Renewal::voucher;
    const auto with = [&](const Gives& gives) {
        return renew(licence, used(5, issued), issued + day, By::voucher, gives);
    };
    const auto plays = with({2, {}, {}, {}}).value();
    CHECK(remaining(licence, plays, issued).plays == Amount{2, 7});
    CHECK_FALSE(plays.not_after);
    const auto both = with({1, 1000, 1000, 3}).value();
    CHECK(both.more_plays == 1);
    CHECK(both.more_units == 0);
    CHECK(both.more_milliseconds == 0);
    CHECK(both.not_after == issued + 13 * day);
    CHECK(with({{}, 10, {}, {}}).error().obstacle == Obstacle::no_gain);
    CHECK(with({{}, {}, {}, 3}).error().obstacle == Obstacle::no_help); // later, and still no play is left
    CHECK(with({}).value().more_plays == 5);

    c = {};
    c.units = 10;
    c.accumulated = 10;
    c.after_first_play = 10 * day;
    licence.constraints = c;
    const auto counted = with({{}, 3, 4, {}}).value();
    CHECK(counted.more_units == 3);
    CHECK(counted.more_milliseconds == 4000);
    CHECK(counted.first_play == issued); // it gives no time
    CHECK(with({{}, {}, {}, 1}).value().first_play == 0);
}

TEST_CASE("a renewal that would not help is refused") {
    Constraints c;
    CHECK(obstacle_of(free_with(c), {}, issued) == Obstacle::no_gain); // nothing of it is limited
    c.not_after = issued - 1;                                          // it never had a length
    CHECK(obstacle_of(free_with(c), {}, issued) == Obstacle::no_gain);
    c.count = 1;
    CHECK(obstacle_of(free_with(c), {}, issued) == Obstacle::no_help);
    c = {};
    c.count = 1;
    CHECK(obstacle_of(free_with(c), used(3, issued), issued) == Obstacle::no_help);
    c.not_before = issued + day; // not yet is no reason
    CHECK(obstacle_of(free_with(c), {}, issued) == Obstacle::none);
}

TEST_CASE("what was ended is not renewed") {
    Constraints c;
    c.count = 1;
    const auto reason = [&](Standing standing) {
        Usage usage;
        usage.standing = standing;
        const auto denied = renew(free_with(c), usage, issued, By::by_operator).error();
        CHECK(denied.remedy == Remedy::ask_operator);
        return denied.reason;
    };
    CHECK(reason(Standing::returned) == Reason::returned);
    CHECK(reason(Standing::revoked) == Reason::revoked);
    CHECK(reason(Standing::cancelled) == Reason::cancelled);
}

TEST_CASE("ended once, by whomever, and not undone") {
    const auto licence = licence_with({});
    const auto returned = return_early(licence, used(1, issued), issued).value();
    CHECK(returned.standing == Standing::returned);
    CHECK(returned.plays == 1);
    CHECK(return_early(licence, returned, issued).error() == State::returned);
    CHECK(revoke(licence, returned, issued).error() == State::returned);
    CHECK(cancel(licence, returned, issued).error() == State::returned);
    const auto revoked = revoke(licence, used(1, issued), issued).value();
    CHECK(revoked.standing == Standing::revoked);
    CHECK(return_early(licence, revoked, issued).error() == State::revoked);
    CHECK(cancel(licence, {}, issued).value().standing == Standing::cancelled);
    CHECK(cancel(licence, used(1, issued), issued).error() == State::active);
    Usage chunks;
    chunks.units = 1;
    CHECK(cancel(licence, chunks, issued).error() == State::active);
    chunks = {};
    chunks.milliseconds = 1;
    CHECK(cancel(licence, chunks, issued).error() == State::active);
    CHECK(cancel(licence, used(1, 0), issued).error() == State::active);
    CHECK_THROWS_AS(cancel(licence, used(1, issued), issued).value(), std::logic_error);
}
