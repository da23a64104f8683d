// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_time.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace cifra::crypto {

namespace {

namespace c = std::chrono;

std::optional<std::int64_t> seconds_of(const std::array<int, 6>& field) {
    const c::year_month_day day = c::year(field[0]) / field[1] / field[2];
    if (!day.ok() || field[3] > 23 || field[4] > 59 || field[5] > 59) return std::nullopt;
    const auto clock = c::hours(field[3]) + c::minutes(field[4]) + c::seconds(field[5]);
    return c::seconds(c::sys_days(day).time_since_epoch()).count() + c::seconds(clock).count();
}

} // namespace

std::int64_t seconds_of(const Botan::X509_Time& time) {
    // Botan's own conversion throws for years before 1970 and after 2400, and 9999 is in use for "no end".
    const auto text = time.readable_string(); // 2017/12/31 23:59:59 UTC
    std::array<int, 6> field{};
    const char* at = text.data();
    for (auto& value : field) {
        const auto parsed = std::from_chars(at, text.data() + text.size(), value);
        at = std::min(parsed.ptr + 1, text.data() + text.size());
    }
    return seconds_of(field).value_or(0);
}

std::optional<std::int64_t> seconds_of(const DerElement& time) {
    const bool utc = time.tag == der::utc_time;
    auto digits = text(time);
    if (digits.size() != (utc ? 13U : 15U) || digits.back() != 'Z') return std::nullopt;
    digits.remove_suffix(1);
    if (!std::ranges::all_of(digits, [](char d) { return d >= '0' && d <= '9'; })) return std::nullopt;
    const auto number = [&](std::size_t size) {
        int value = 0;
        const auto part = digits.substr(0, size);
        std::from_chars(part.begin(), part.end(), value);
        digits.remove_prefix(size);
        return value;
    };
    std::array<int, 6> field{};
    field[0] = number(utc ? 2 : 4);
    if (utc) field[0] += field[0] < 50 ? 2000 : 1900;
    for (std::size_t i = 1; i < field.size(); ++i) field[i] = number(2);
    return seconds_of(field);
}

std::string date_text(std::int64_t seconds) {
    const c::sys_seconds when{c::seconds(seconds)};
    const auto day = c::floor<c::days>(when);
    const c::year_month_day date(day);
    const c::hh_mm_ss clock(when - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ldZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<long>(clock.hours().count()), static_cast<long>(clock.minutes().count()),
                  static_cast<long>(clock.seconds().count()));
    return text.data();
}

c::system_clock::time_point time_point(std::int64_t seconds) {
    constexpr std::int64_t year_2255 = 9'000'000'000; // the clock's nanoseconds end in 2262
    return c::system_clock::time_point(c::seconds(std::clamp<std::int64_t>(seconds, 0, year_2255)));
}

} // namespace cifra::crypto
