// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The first licence, which a server gives by itself to whoever asks for an item and never had a licence for it.
#pragma once

#include "licence/document.hpp"

#include <string>
#include <vector>

namespace cifra::licence {

struct Policy {
    std::string name;  // the licence's origin
    Rights rights = 0; // none: only the operator issues
    std::optional<std::uint64_t> count, units, accumulated;
    std::optional<std::uint32_t> days; // from the moment it is given
    std::optional<std::uint64_t> after_first_play;
    std::optional<std::uint32_t> max_concurrent;
    Renewal renewal = Renewal::none;
    std::optional<std::uint32_t> renewals_max;
    bool operator==(const Policy&) const = default;
};

inline constexpr std::uint32_t max_days = 36'500; // a hundred years

// "5-plays", "3-plays", "100-chunks": so many, to be played (and previewed) at one place at a time, for good, and
// renewed by a voucher or the operator. They do not let anybody save: whoever holds a copy has no more plays to count.
// "operator-only" gives nothing. Nothing for another name.
std::optional<Policy> policy_named(std::string_view name);
std::vector<std::string> policy_names();

// What keeps this from being a policy; nothing when it is one.
std::optional<std::string> fault_of(const Policy& policy);

// Nothing when the operator alone issues. Throws std::invalid_argument for what fault_of() finds, here or in the
// licence.
std::optional<Licence> first_licence(const Policy& policy, const Id16& id, const std::string& person, const Id16& item,
                                     std::int64_t now);

} // namespace cifra::licence
