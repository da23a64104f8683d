// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The first licence, by name and in the free form.
#include "licence/policy.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::int64_t now = 2'000'000;

Policy house() {
    Policy policy;
    policy.name = "house";
    policy.rights = static_cast<Rights>(Right::play);
    return policy;
}

std::string fault(const auto& change) {
    auto policy = house();
    change(policy);
    const auto found = fault_of(policy);
    if (found) CHECK_THROWS_AS(first_licence(policy, id(1), "ada", id(2), now), std::invalid_argument);
    return found.value_or("none");
}

} // namespace

TEST_CASE("the policies that have names") {
    for (const auto& name : policy_names()) {
        const auto policy = policy_named(name);
        REQUIRE(policy);
        CHECK(policy->name == name);
        CHECK_FALSE(fault_of(*policy));
        const auto licence = first_licence(*policy, id(1), "ada", id(2), now);
        CHECK(licence.has_value() == (name != "operator-only"));
        if (!licence) continue;
        CHECK_FALSE(fault_of(*licence));
        CHECK(licence->origin == name);
        CHECK(licence->issued == now);
        CHECK(licence->person == "ada");
        CHECK(licence->id == id(1));
        CHECK(licence->item == id(2));
        CHECK_FALSE(has(licence->rights, Right::save));
        CHECK(licence->renewal == Renewal::voucher);
    }
    CHECK(policy_named("5-plays")->count == 5U);
    CHECK(policy_named("3-plays")->count == 3U);
    CHECK(policy_named("100-chunks")->units == 100U);
    CHECK_FALSE(policy_named("4-plays"));
    CHECK_FALSE(policy_named(""));
}

TEST_CASE("a policy in the free form becomes a licence of the same") {
    auto policy = house();
    policy.rights = every_right;
    policy.count = 7;
    policy.units = 8;
    policy.accumulated = 9;
    policy.days = 10;
    policy.after_first_play = 11;
    policy.max_concurrent = 12;
    policy.renewal = Renewal::free;
    policy.renewals_max = 13;
    const auto licence = first_licence(policy, id(1), "device:radio", id(2), now).value();
    Constraints c;
    c.count = 7;
    c.units = 8;
    c.accumulated = 9;
    c.not_after = now + 10 * 86'400;
    c.after_first_play = 11;
    c.max_concurrent = 12;
    c.renewals_max = 13;
    CHECK(licence.constraints == c);
    CHECK(licence.rights == every_right);
    CHECK(licence.renewal == Renewal::free);
    CHECK(licence.origin == "house");
    CHECK_FALSE(first_licence(house(), id(1), "ada", id(2), now)->constraints.not_after);
}

TEST_CASE("what is no policy") {
    CHECK(fault([](Policy&) {}) == "none");
    CHECK_THAT(fault([](Policy& p) { p.days = 0; }), StartsWith("days: "));
    CHECK_THAT(fault([](Policy& p) { p.days = max_days + 1; }), StartsWith("days: "));
    CHECK(fault([](Policy& p) { p.days = max_days; }) == "none");
    CHECK_THAT(fault([](Policy& p) { p.count = 0; }), StartsWith("constraints.count: "));
    CHECK_THAT(fault([](Policy& p) { p.rights = 32; }), StartsWith("rights: "));
    CHECK_THAT(fault([](Policy& p) { p.name = ""; }), StartsWith("origin: "));
    CHECK(fault([](Policy& p) { p.rights = 0; }) == "none");
    CHECK_THAT(fault([](Policy& p) {
                   p.rights = 0;
                   p.count = 5;
               }),
               StartsWith("rights: none"));
    CHECK_THROWS_AS(first_licence(house(), id(1), "", id(2), now), std::invalid_argument);
}
