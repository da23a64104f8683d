// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Days, times and lengths of time, as they are typed. All of it is UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cifra::admin {

inline constexpr std::int64_t seconds_a_day = 86'400;

// "2027-01-15" or "2027-01-15T08:00:00Z": seconds since 1970, a day's first one or its last. Throws Failure (usage),
// naming the option.
std::int64_t first_second(const std::string& option, const std::string& text);
std::int64_t last_second(const std::string& option, const std::string& text);
// The same for an option that may not have been given.
std::optional<std::int64_t> first_second_if(const std::string& option, const std::string& text);
std::optional<std::int64_t> last_second_if(const std::string& option, const std::string& text);

// "90s", "30m", "48h", "7d", "2w". Throws Failure (usage).
std::uint64_t length_of_time(const std::string& option, const std::string& text);

// Of any length: "0:04:05", "26:00:00". Parts of a second are dropped.
std::string clock_text(std::uint64_t milliseconds);

} // namespace cifra::admin
