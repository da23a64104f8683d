// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Numbers that stop at their ends.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace cifra::licence {

// As much as a signed column of a database holds.
inline constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();

constexpr std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
    a = std::min(a, most);
    return a + std::min(b, most - a);
}

constexpr std::uint64_t difference(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

constexpr std::uint64_t product(std::uint64_t a, std::uint64_t b) {
    if (a == 0 || b == 0) return 0;
    return a > most / b ? most : a * b;
}

constexpr std::int64_t moved_by(std::int64_t time, std::uint64_t seconds) {
    constexpr auto end = std::numeric_limits<std::int64_t>::max();
    // From the lowest time to the highest it is more than any number of seconds here.
    const auto room = static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(time);
    if (seconds >= room) return end;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(time) + seconds);
}

// Seconds from one time to a later one; 0 when it is not later.
constexpr std::uint64_t seconds_between(std::int64_t from, std::int64_t to) {
    if (to <= from) return 0;
    return std::min(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from), most);
}

} // namespace cifra::licence
