// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/policy.hpp"

#include "licence/arithmetic.hpp"

#include <stdexcept>

namespace cifra::licence {

namespace {

constexpr std::uint64_t day = 86'400;
constexpr Rights to_listen = static_cast<Rights>(Right::play) | static_cast<Rights>(Right::preview);

Policy named(std::string_view name) {
    Policy policy;
    policy.name = std::string(name);
    return policy;
}

Policy listening(std::string_view name) {
    auto policy = named(name);
    policy.rights = to_listen;
    policy.max_concurrent = 1;
    policy.renewal = Renewal::voucher;
    return policy;
}

Licence licence_by(const Policy& policy, std::int64_t now) {
    Licence licence;
    licence.rights = policy.rights;
    licence.constraints.count = policy.count;
    licence.constraints.units = policy.units;
    licence.constraints.accumulated = policy.accumulated;
    if (policy.days) licence.constraints.not_after = moved_by(now, product(*policy.days, day));
    licence.constraints.after_first_play = policy.after_first_play;
    licence.constraints.max_concurrent = policy.max_concurrent;
    licence.constraints.renewals_max = policy.renewals_max;
    licence.renewal = policy.renewal;
    licence.issued = now;
    licence.origin = policy.name;
    return licence;
}

} // namespace

std::optional<Policy> policy_named(std::string_view name) {
    auto policy = listening(name);
    if (name == "5-plays") {
        policy.count = 5;
    } else if (name == "3-plays") {
        policy.count = 3;
    } else if (name == "100-chunks") {
        policy.units = 100;
    } else if (name == "operator-only") {
        return named(name);
    } else {
        return {};
    }
    return policy;
}

std::vector<std::string> policy_names() { return {"5-plays", "3-plays", "100-chunks", "operator-only"}; }

std::optional<std::string> fault_of(const Policy& policy) {
    if (policy.days && (*policy.days == 0 || *policy.days > max_days))
        return "days: not from 1 to " + std::to_string(max_days);
    if (policy.rights == 0) {
        if (policy == named(policy.name)) return {};
        return "rights: none, and yet there is something that they would be limited by";
    }
    auto licence = licence_by(policy, 0);
    licence.person = "anybody";
    const auto fault = licence::fault_of(licence);
    return fault ? std::optional(fault->what) : std::nullopt;
}

std::optional<Licence> first_licence(const Policy& policy, const Id16& id, const std::string& person, const Id16& item,
                                     std::int64_t now) {
    if (const auto fault = fault_of(policy)) throw std::invalid_argument("no policy: " + *fault);
    if (policy.rights == 0) return {};
    auto licence = licence_by(policy, now);
    licence.id = id;
    licence.person = person;
    licence.item = item;
    if (const auto fault = licence::fault_of(licence)) throw std::invalid_argument("no licence: " + fault->what);
    return licence;
}

} // namespace cifra::licence
