// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/crl_calendar.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::server;

namespace {

constexpr std::int64_t day = 86'400, made = 1'800'000'000;
using Kind = CrlNotice::Kind;

crypto::CrlFacts list(std::uint64_t number, std::int64_t life_days, std::int64_t begin = made, bool delta = false) {
    crypto::CrlFacts facts;
    facts.issuer = "CN=a CA";
    facts.this_update = begin;
    facts.next_update = begin + life_days * day;
    facts.number = number;
    facts.delta = delta;
    return facts;
}

std::vector<Kind> kinds(CrlCalendar& calendar, const std::vector<crypto::CrlFacts>& lists, std::int64_t now) {
    std::vector<Kind> found;
    for (const auto& notice : calendar.due(lists, now)) found.push_back(notice.kind);
    return found;
}

} // namespace

TEST_CASE("a CRL is spoken of once a day from two thirds of its life on, and once when it has ended") {
    CrlCalendar calendar;
    const std::vector lists{list(1, 90)};
    CHECK(kinds(calendar, lists, made).empty());
    CHECK(kinds(calendar, lists, made + 60 * day - 1).empty());
    CHECK(kinds(calendar, lists, made + 60 * day) == std::vector{Kind::ends_soon});
    CHECK(kinds(calendar, lists, made + 60 * day + 1).empty());
    CHECK(kinds(calendar, lists, made + 61 * day - 1).empty());
    CHECK(kinds(calendar, lists, made + 61 * day) == std::vector{Kind::ends_soon});
    CHECK(kinds(calendar, lists, made + 90 * day) == std::vector{Kind::ends_soon}); // its last second
    CHECK(kinds(calendar, lists, made + 90 * day + 1) == std::vector{Kind::stale});
    CHECK(kinds(calendar, lists, made + 95 * day).empty());
}

TEST_CASE("a newer CRL takes the place of the former one, though that one still lies there") {
    CrlCalendar calendar;
    const auto former = list(1, 30), next = list(2, 30, made + 25 * day);
    CHECK(kinds(calendar, {former}, made + 31 * day) == std::vector{Kind::stale});
    CHECK(kinds(calendar, {former, next}, made + 31 * day).empty());
    CHECK(kinds(calendar, {next, former}, made + 46 * day) == std::vector{Kind::ends_soon});
    CHECK(kinds(calendar, {next, former}, made + 56 * day) == std::vector{Kind::stale});
}

TEST_CASE("each issuer has its own") {
    CrlCalendar calendar;
    auto other = list(7, 3);
    other.issuer = "CN=another CA";
    CHECK(kinds(calendar, {list(1, 90), other}, made + 3 * day + 1) == std::vector{Kind::stale});
    CHECK(kinds(calendar, {list(1, 3), other}, made + 3 * day + 1) == std::vector{Kind::stale}); // the first one's
}

TEST_CASE("a delta counts while it adds to the CRL that is there") {
    CrlCalendar calendar;
    const auto delta = list(5, 3, made, true);
    CHECK(kinds(calendar, {list(4, 90), delta}, made + 4 * day) == std::vector{Kind::stale});
    CHECK(kinds(calendar, {list(4, 90), delta}, made + 5 * day).empty());
    CrlCalendar next;
    CHECK(kinds(next, {list(5, 90), delta}, made + 4 * day).empty());
    CHECK(kinds(next, {delta}, made + 4 * day).empty());
}

TEST_CASE("what cannot be used is not counted upon, and a clock set back is no new CRL") {
    CrlCalendar calendar;
    auto odd = list(9, 90);
    odd.usable = false;
    CHECK(kinds(calendar, {odd, list(1, 30)}, made + 31 * day) == std::vector{Kind::stale});
    CHECK(kinds(calendar, {odd, list(1, 30)}, made + 5 * day).empty());
    CHECK(kinds(calendar, {odd, list(1, 30)}, made + 32 * day).empty());
    CHECK(kinds(calendar, {odd, list(1, 30)}, made + 25 * day) == std::vector{Kind::ends_soon});
}
