// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/meter.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using licence::Lease;
using server::Meter;

namespace {

licence::Constraints counting(std::optional<std::uint64_t> units, std::optional<std::uint64_t> seconds) {
    licence::Constraints constraints;
    constraints.units = units;
    constraints.accumulated = seconds;
    return constraints;
}
constexpr licence::Cost playing{.play = true, .units = true, .time = true};
constexpr licence::Cost saving{.play = false, .units = true, .time = false};

} // namespace

TEST_CASE("a licence that counts plays alone is not asked about chunks") {
    const Meter meter(counting({}, {}), playing, 60'000, 100, {});
    CHECK_FALSE(meter.counts());
    CHECK(meter.chunks_for({}) == Meter::unlimited);
    CHECK(meter.used(7) == Lease{});
}

TEST_CASE("chunks are units") {
    const Meter meter(counting(100, {}), playing, 60'000, 100, {5, 0});
    CHECK(meter.counts());
    CHECK(meter.used(7) == Lease{12, 0});
    CHECK(meter.cost(16) == Lease{16, 0});
    CHECK(meter.chunks_for({21, 0}) == 16);
    CHECK(meter.chunks_for({5, 0}) == 0);
    CHECK(meter.chunks_for({4, 0}) == 0);
}

TEST_CASE("time of sound is counted by chunks, rounded up") {
    const Meter meter(counting({}, 60), playing, 1'000, 3, {0, 334});
    CHECK(meter.cost(1) == Lease{0, 334});
    CHECK(meter.used(3) == Lease{0, 4 * 334});
    CHECK(meter.chunks_for({0, 1'001}) == 1);
    CHECK(meter.chunks_for({0, 1'002}) == 2);
}

TEST_CASE("the scarcer of both counts") {
    const Meter meter(counting(10, 60), playing, 3'000, 3, {});
    CHECK(meter.chunks_for({10, 2'999}) == 2);
    CHECK(meter.chunks_for({1, 9'000}) == 1);
}

TEST_CASE("saving takes units and no time") {
    const Meter meter(counting(10, 60), saving, 3'000, 3, {});
    CHECK(meter.cost(2) == Lease{2, 0});
    CHECK(meter.chunks_for({10, 0}) == 10);
}

TEST_CASE("what has no duration, or no chunks, costs no time") {
    CHECK_FALSE(Meter(counting({}, 60), playing, 0, 3, {}).counts());
    CHECK_FALSE(Meter(counting({}, 60), playing, 3'000, 0, {}).counts());
}

TEST_CASE("numbers at their ends do not wrap") {
    const Meter meter(counting(1, 1), playing, Meter::unlimited, 1, {Meter::unlimited - 1, 0});
    CHECK(meter.used(5) == Lease{Meter::unlimited, Meter::unlimited});
    CHECK(meter.chunks_for({Meter::unlimited, Meter::unlimited}) == 1);
}
