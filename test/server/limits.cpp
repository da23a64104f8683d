// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/limits.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace cifra::server;
using namespace std::chrono_literals;

namespace {

AddressKey address(unsigned n) {
    return AddressKey::v4({10, 0, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)});
}

struct Crowd {
    double next_random = 0.999;
    HalfOpen half_open;
    std::vector<HalfOpen::Place> places;

    explicit Crowd(const Config::Login& limits = {}) : half_open(limits, [this] { return next_random; }) {}
    Admission enter(const AddressKey& from) {
        HalfOpen::Place place;
        const auto admission = half_open.admit(from, place);
        if (admission == Admission::admitted) places.push_back(std::move(place));
        return admission;
    }
    void enter_many(unsigned n) {
        for (unsigned i = 0; i < n; ++i)
            REQUIRE(enter(address(static_cast<unsigned>(places.size()))) == Admission::admitted);
    }
};

} // namespace

TEST_CASE("an address has so many half-open connections and no more") {
    Crowd crowd;
    const auto from = address(1);
    for (int i = 0; i < 16; ++i) REQUIRE(crowd.enter(from) == Admission::admitted);
    CHECK(crowd.enter(from) == Admission::address_limit);
    CHECK(crowd.enter(address(2)) == Admission::admitted);
    crowd.places.erase(crowd.places.begin());
    CHECK(crowd.enter(from) == Admission::admitted);
    CHECK(crowd.enter(from) == Admission::address_limit);
}

TEST_CASE("an IPv6 /64 counts as one, and IPv4 in IPv6 as IPv4") {
    std::array<std::uint8_t, 16> a{0x20, 0x01, 0xd, 0xb8, 1, 2, 3, 4}, b = a, c = a;
    b[8] = 9;
    c[7] = 5;
    CHECK(AddressKey::v6(a) == AddressKey::v6(b));
    CHECK(AddressKey::v6(a) != AddressKey::v6(c));
    CHECK(AddressKey::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}) == AddressKey::v4({127, 0, 0, 1}));
    CHECK(AddressKey::v6({127, 0, 0, 1}) != AddressKey::v4({127, 0, 0, 1}));
}

TEST_CASE("the ramp refuses 30 % at its start, more in the middle, all at its end") {
    Crowd crowd;
    crowd.next_random = 0; // would be refused wherever there is a ramp
    crowd.enter_many(128);
    crowd.next_random = 0.299;
    CHECK(crowd.enter(address(9999)) == Admission::ramp);
    crowd.next_random = 0.301;
    CHECK(crowd.enter(address(9999)) == Admission::admitted);
    crowd.next_random = 0.999;
    crowd.enter_many(320 - 129);
    crowd.next_random = 0.649; // 30 % and half of the remaining 70 %
    CHECK(crowd.enter(address(9998)) == Admission::ramp);
    crowd.next_random = 0.651;
    CHECK(crowd.enter(address(9998)) == Admission::admitted);
    crowd.next_random = 0.99999;
    crowd.enter_many(512 - 321);
    CHECK(crowd.enter(address(9997)) == Admission::full);

    const auto counters = crowd.half_open.counters();
    CHECK(counters.admitted == 512);
    CHECK(counters.refused_ramp == 2);
    CHECK(counters.refused_full == 1);
    CHECK(counters.refused_address_limit == 0);
    CHECK(counters.present == 512);
    CHECK(counters.highest == 512);
    crowd.places.clear();
    CHECK(crowd.half_open.counters().present == 0);
    CHECK(crowd.half_open.counters().highest == 512);
}

TEST_CASE("a place is given back once, by leave() or by the end of its owner") {
    HalfOpen half_open(Config::Login{}, [] { return 0.0; });
    HalfOpen::Place a, b;
    REQUIRE(half_open.admit(address(1), a) == Admission::admitted);
    REQUIRE(half_open.admit(address(1), b) == Admission::admitted);
    a.leave();
    a.leave();
    CHECK(half_open.counters().present == 1);
    a = std::move(b);
    CHECK(half_open.counters().present == 1);
    a = HalfOpen::Place();
    CHECK(half_open.counters().present == 0);
}

TEST_CASE("a place may outlive the count, and new limits hold for new connections") {
    HalfOpen::Place place, other;
    {
        Config::Login limits;
        HalfOpen half_open(limits, [] { return 0.0; });
        REQUIRE(half_open.admit(address(1), place) == Admission::admitted);
        limits.max_half_open_per_address = 1;
        half_open.set_limits(limits);
        CHECK(half_open.admit(address(1), other) == Admission::address_limit);
        limits.ramp_begin = limits.ramp_full = 1;
        half_open.set_limits(limits);
        CHECK(half_open.admit(address(2), other) == Admission::full);
    }
    place.leave();
}

TEST_CASE("a login has 10 s for the device, then 120 s for the user, and 40 KiB") {
    const LoginBudget::Time start{};
    LoginBudget budget(Config::Login{}, start);
    CHECK_FALSE(budget.expired(start + 9'999ms));
    CHECK(budget.expired(start + 10s));
    budget.device_proven(start + 3s);
    CHECK(budget.deadline() == start + 123s);
    CHECK_FALSE(budget.expired(start + 122s));
    CHECK(budget.expired(start + 123s));

    CHECK(budget.received(40 * 1024 - 1));
    CHECK(budget.received(1));
    CHECK_FALSE(budget.received(1));
    CHECK_FALSE(LoginBudget(Config::Login{}, start).received(SIZE_MAX));
}
