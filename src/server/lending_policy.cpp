// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/lending.hpp"

#include <stdexcept>

namespace cifra::server {

namespace {

template <class T>
std::optional<T> unless_zero(T value) {
    return value == 0 ? std::nullopt : std::optional<T>(value);
}

licence::Rights rights_named(const std::vector<std::string>& names) {
    licence::Rights rights = 0;
    for (const auto& name : names) {
        if (const auto right = licence::right_of(name)) rights |= static_cast<licence::Rights>(*right);
    }
    return rights;
}

} // namespace

licence::Policy policy_of(const Config::Licences& config) {
    if (const auto named = licence::policy_named(config.first)) return *named;
    licence::Policy policy;
    policy.name = config.first;
    policy.rights = rights_named(config.rights);
    policy.count = unless_zero(config.plays);
    policy.units = unless_zero(config.units);
    policy.accumulated = unless_zero(config.seconds);
    policy.days = unless_zero(config.days);
    policy.after_first_play = unless_zero(config.after_first_play_s);
    policy.max_concurrent = unless_zero(config.concurrent);
    policy.renewal = licence::renewal_of(config.renewal).value_or(licence::Renewal::none);
    policy.renewals_max = unless_zero(config.renewals_max);
    if (const auto fault = licence::fault_of(policy))
        throw std::runtime_error("[licences] in the configuration: " + *fault);
    return policy;
}

} // namespace cifra::server
