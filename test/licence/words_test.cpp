// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/words.hpp"
#include "licence/renewal.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;

namespace {

constexpr std::int64_t noon = 1'798'804'800; // 2027-01-01 12:00 UTC

std::string left(const Licence& licence, const Usage& usage = {}, std::int64_t now = noon - 1000) {
    return describe(remaining(licence, usage, now));
}

std::string denial(const Licence& licence, const Usage& usage = {}, std::int64_t now = noon, Right right = Right::play,
                   std::uint64_t running = 0) {
    const auto denied = decide(licence, usage, right, now, running).error();
    return describe(denied) + "; " + remedy_of(denied);
}

std::string renewal(const Licence& licence, const Usage& usage = {}, const Gives& gives = {}) {
    return describe(renew(licence, usage, noon, gives.same_again() ? By::listener : By::voucher, gives).error());
}

Usage played(std::uint64_t plays) {
    Usage usage;
    usage.plays = plays;
    return usage;
}

} // namespace

TEST_CASE("times and lengths in words") {
    CHECK(time_words(noon) == "2027-01-01 12:00 UTC");
    CHECK(time_words(noon - 1) == "2027-01-01 11:59:59 UTC");
    CHECK(time_words(std::numeric_limits<std::int64_t>::min()) == "1970-01-01 00:00 UTC");
    CHECK(time_words(std::numeric_limits<std::int64_t>::max()) == "9999-12-31 23:59:59 UTC");
    CHECK(length_words(0) == "0 s");
    CHECK(length_words(45) == "45 s");
    CHECK(length_words(4800) == "1 h 20 min");
    CHECK(length_words(86'400) == "1 day");
    CHECK(length_words(172'800 + 3 * 3600 + 59) == "2 days 3 h");
    CHECK(length_words(86'405) == "1 day 5 s");
    CHECK(rights_words(5) == "play, bridge");
    CHECK(rights_words(0) == "nothing");
}

TEST_CASE("what is left, in words") {
    Constraints c;
    CHECK(left(licence_with(c)) == "without limits");
    c.count = 5;
    c.not_after = noon;
    CHECK(left(licence_with(c), played(2)) == "3 of 5 plays left, until 2027-01-01 12:00 UTC");
    CHECK(left(licence_with(c), played(2), noon + 1) == "3 of 5 plays left, ended 2027-01-01 12:00 UTC");
    c = {};
    c.count = 1;
    c.units = 100;
    c.accumulated = 3600;
    CHECK(left(licence_with(c)) == "1 of 1 play left, 100 of 100 chunks left, 1 h of 1 h of sound left");
    c = {};
    c.not_before = noon;
    c.after_first_play = 172'800;
    CHECK(left(licence_with(c)) == "from 2027-01-01 12:00 UTC, for 2 days from the first play");
    CHECK(left(licence_with(c), {}, noon) == "for 2 days from the first play");
    Usage usage;
    usage.standing = Standing::returned;
    CHECK(left(licence_with(c), usage) == "returned");
    usage.standing = Standing::revoked;
    CHECK(left(licence_with(c), usage) == "revoked");
    usage.standing = Standing::cancelled;
    CHECK(left(licence_with(c), usage) == "cancelled");
}

TEST_CASE("how it goes on, in words") {
    auto licence = licence_with({});
    licence.renewal = Renewal::by_operator;
    CHECK(left(licence) == "without limits");
    licence.renewal = Renewal::free;
    CHECK(left(licence) == "renewed at will");
    licence.constraints.renewals_max = 2;
    licence.constraints.renew_until = noon;
    CHECK(left(licence) == "renewed at will, 2 times more, until 2027-01-01 12:00 UTC");
    licence.renewal = Renewal::voucher;
    licence.constraints.renewals_max = 1;
    licence.constraints.renew_until.reset();
    CHECK(left(licence) == "renewed by voucher, 1 time more");
    licence.constraints.renewals_max = 0;
    CHECK(left(licence) == "not to be renewed again");
}

TEST_CASE("what a licence allows, in words") {
    Constraints c;
    CHECK(constraint_words(licence_with(c)) == "without limits");
    c.count = 5;
    c.units = 1;
    c.accumulated = 60;
    c.not_before = noon - 3600;
    c.not_after = noon;
    c.after_first_play = 100;
    c.max_concurrent = 1;
    auto licence = licence_with(c);
    licence.renewal = Renewal::free;
    CHECK(constraint_words(licence) ==
          "5 plays, 1 chunk, 1 min of sound, from 2027-01-01 11:00 UTC, until 2027-01-01 12:00 UTC, "
          "for 1 min 40 s from the first play, 1 play at a time, renewed at will");
}

TEST_CASE("denials in words, with what remains and what to do") {
    Constraints c;
    c.count = 5;
    auto licence = licence_with(c);
    CHECK(denial(licence, played(5)) == "the licence is used up (0 of 5 plays left); ask the operator");
    licence.renewal = Renewal::free;
    CHECK(denial(licence, played(5)) == "the licence is used up (0 of 5 plays left); renew it: cifra renew ITEM");
    licence.renewal = Renewal::voucher;
    CHECK(denial(licence, played(5)) ==
          "the licence is used up (0 of 5 plays left); renew it with a voucher: cifra renew ITEM --voucher CODE");
    CHECK(denial(licence, {}, noon, Right::save) ==
          "the licence does not allow to save, only: play (5 of 5 plays left); ask the operator");
    licence.constraints.max_concurrent = 1;
    CHECK(denial(licence, {}, noon, Right::play, 1) ==
          "as many plays go on already as the licence allows at a time (5 of 5 plays left); end another play; one that "
          "broke off is forgotten after a minute or two");
    c = {};
    c.not_after = noon - 60;
    CHECK(denial(licence_with(c)) == "the licence has expired (ended 2027-01-01 11:59 UTC); ask the operator");
    c = {};
    c.not_before = noon + 60;
    CHECK(denial(licence_with(c)) ==
          "the licence has not begun (from 2027-01-01 12:01 UTC); wait until 2027-01-01 12:01 UTC");
    Usage usage;
    usage.standing = Standing::returned;
    CHECK(denial(licence_with(c), usage) == "the licence was returned; ask the operator");
    usage.standing = Standing::revoked;
    CHECK(denial(licence_with(c), usage) == "the operator revoked the licence; ask the operator");
    usage.standing = Standing::cancelled;
    CHECK(denial(licence_with(c), usage) == "the operator cancelled the licence; ask the operator");
    Denial refused;
    refused.reason = Reason::voucher_refused;
    CHECK(describe(refused) == "the voucher was refused");
}

TEST_CASE("why nothing was renewed, in words") {
    Constraints c;
    c.count = 5;
    auto licence = licence_with(c);
    CHECK(renewal(licence) == "this licence is not to be renewed (5 of 5 plays left)");
    licence.renewal = Renewal::voucher;
    CHECK(renewal(licence) == "this licence is renewed by voucher (5 of 5 plays left)");
    Gives days;
    days.days = 1;
    CHECK(renewal(licence, {}, days) ==
          "this renewal would add nothing: it gives none of what the licence counts (5 of 5 plays left)");
    Gives one;
    one.plays = 1;
    CHECK(renewal(licence, played(9), one) ==
          "this renewal would not help: the licence would be expired or used up still (0 of 5 plays left)");
    licence.renewal = Renewal::by_operator;
    CHECK(renewal(licence) == "this licence is renewed by the operator (5 of 5 plays left)");
    licence.renewal = Renewal::free;
    licence.constraints.renew_until = noon - 1;
    CHECK(renewal(licence) ==
          "this licence could be renewed until 2027-01-01 11:59:59 UTC, not later (5 of 5 plays left)");
    licence.constraints.renewals_max = 0;
    CHECK(renewal(licence) == "this licence was renewed as often as it may be (5 of 5 plays left)");
}
