// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/dates.hpp"

#include "admin/failure.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace cifra::admin {

namespace {

// Exactly so many digits; -1 for anything else.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

std::optional<std::int64_t> day_of(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
    const int year = digits(text, 0, 4);
    const int month = digits(text, 5, 2);
    const int day = digits(text, 8, 2);
    if (year < 1970 || month < 0 || day < 0) return {};
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return {};
    return std::chrono::sys_days(date).time_since_epoch().count() * seconds_a_day;
}

std::optional<std::int64_t> time_of(std::string_view text) {
    if (text.size() != 9 || text[0] != 'T' || text[3] != ':' || text[6] != ':' || text[8] != 'Z') return {};
    const int hour = digits(text, 1, 2);
    const int minute = digits(text, 4, 2);
    const int second = digits(text, 7, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return {};
    return hour * 3600 + minute * 60 + second;
}

std::int64_t second_of(const std::string& option, const std::string& text, bool last) {
    const std::string_view typed(text);
    const auto day = day_of(typed.substr(0, 10));
    if (day && typed.size() == 10) return last ? *day + seconds_a_day - 1 : *day;
    if (day) {
        if (const auto time = time_of(typed.substr(10))) return *day + *time;
    }
    throw Failure(Exit::usage, option + ": '" + text + "' is no day",
                  "give it as 2027-01-15, or 2027-01-15T08:00:00Z (UTC)");
}

} // namespace

std::int64_t first_second(const std::string& option, const std::string& text) { return second_of(option, text, false); }
std::int64_t last_second(const std::string& option, const std::string& text) { return second_of(option, text, true); }

std::optional<std::int64_t> first_second_if(const std::string& option, const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(first_second(option, text));
}
std::optional<std::int64_t> last_second_if(const std::string& option, const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(last_second(option, text));
}

std::uint64_t length_of_time(const std::string& option, const std::string& text) {
    struct Unit {
        char letter;
        std::uint64_t seconds;
    };
    constexpr std::array<Unit, 5> units{{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}}};
    constexpr std::uint64_t most = 100'000'000; // of a unit; no product overflows
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc() && number > 0 && number <= most && end - parsed.ptr == 1) {
        for (const auto& unit : units) {
            if (*parsed.ptr == unit.letter) return number * unit.seconds;
        }
    }
    throw Failure(Exit::usage, option + ": '" + text + "' is no length of time",
                  "give it in seconds, minutes, hours, days or weeks: 90s, 30m, 48h, 7d, 2w");
}

std::string clock_text(std::uint64_t milliseconds) {
    const auto seconds = milliseconds / 1000;
    std::array<char, 48> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "%llu:%02u:%02u", static_cast<unsigned long long>(seconds / 3600),
                      static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
    return {text.data(), static_cast<std::size_t>(size)};
}

} // namespace cifra::admin
