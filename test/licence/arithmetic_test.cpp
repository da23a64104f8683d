// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// At the ends of the numbers: nothing wraps round, and what is used up stays used up.
#include "licence/arithmetic.hpp"
#include "licence/renewal.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;

namespace {

constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr auto first = std::numeric_limits<std::int64_t>::min();
constexpr auto last = std::numeric_limits<std::int64_t>::max();

} // namespace

TEST_CASE("sums, differences, products and times stop at their ends") {
    CHECK(sum(0, 0) == 0);
    CHECK(sum(most - 1, 1) == most);
    CHECK(sum(most, 1) == most);
    CHECK(sum(1, most) == most);
    CHECK(sum(u64_max, u64_max) == most);
    CHECK(difference(5, 4) == 1);
    CHECK(difference(4, 5) == 0);
    CHECK(difference(0, u64_max) == 0);
    CHECK(product(0, u64_max) == 0);
    CHECK(product(u64_max, 0) == 0);
    CHECK(product(most, 1) == most);
    CHECK(product(most / 1000, 1000) == most / 1000 * 1000);
    CHECK(product(most / 1000 + 1, 1000) == most);
    CHECK(moved_by(0, 5) == 5);
    CHECK(moved_by(last, 1) == last);
    CHECK(moved_by(last - 1, 1) == last);
    CHECK(moved_by(-5, 5) == 0);
    CHECK(moved_by(first, most) == -1);
    CHECK(moved_by(first, u64_max) == last);
    CHECK(moved_by(0, u64_max) == last);
    CHECK(seconds_between(1, 5) == 4);
    CHECK(seconds_between(5, 5) == 0);
    CHECK(seconds_between(5, 1) == 0);
    CHECK(seconds_between(first, last) == most);
}

TEST_CASE("a licence of the largest numbers that there are, whether or not it could be issued") {
    Constraints c;
    c.count = c.units = c.accumulated = c.after_first_play = u64_max;
    c.not_before = first;
    c.not_after = last;
    c.max_concurrent = c.renewals_max = 0xffff'ffff;
    c.renew_until = last;
    auto licence = licence_with(c);
    licence.renewal = Renewal::free;
    licence.issued = first;

    Usage usage;
    usage.plays = usage.units = usage.milliseconds = most;
    usage.first_play = last;
    CHECK(state_of(licence, usage, last) == State::exhausted); // all there can be was used
    CHECK(remaining(licence, usage, first).ends == last);
    CHECK_FALSE(renew(licence, usage, last, By::listener).has_value());
    CHECK(with_play(usage, Right::play, last).plays == most);
    CHECK(with_lease(usage, {u64_max, u64_max}).units == most);
    CHECK(lease(licence, usage, {u64_max, u64_max}) == Lease{0, 0});

    usage = {};
    usage.renewals = 0xffff'ffff - 1;
    auto renewed = renew(licence, usage, first, By::listener);
    REQUIRE(renewed.has_value());
    CHECK(renewed->more_plays == most);
    CHECK(renewed->more_milliseconds == most);
    CHECK(renewed->renewals == 0xffff'ffff);
    CHECK(renew(licence, *renewed, first, By::listener).error().obstacle == Obstacle::used_up);
    licence.constraints.renewals_max.reset();
    renewed->more_plays = 0;
    renewed = renew(licence, *renewed, first, By::listener);
    REQUIRE(renewed.has_value());
    CHECK(renewed->renewals == 0xffff'ffff); // it stays there
}

TEST_CASE("a licence of the smallest numbers that there are") {
    Constraints c;
    c.count = c.units = c.accumulated = c.after_first_play = 0;
    c.not_before = c.not_after = c.renew_until = first;
    c.max_concurrent = 0;
    c.renewals_max = 0;
    auto licence = licence_with(c);
    licence.issued = first;
    CHECK(state_of(licence, {}, first) == State::exhausted);
    CHECK(state_of(licence, {}, first + 1) == State::expired);
    CHECK(decide(licence, {}, Right::play, first, 0).error().reason == Reason::exhausted);
    CHECK(decide(licence, {}, Right::play, last, u64_max).error().reason == Reason::expired);
    c = {};
    c.max_concurrent = 0;
    CHECK(decide(licence_with(c), {}, Right::play, 0, 0).error().reason == Reason::concurrent);
}
