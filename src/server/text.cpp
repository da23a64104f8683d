// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/text.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <clocale>
#include <ctime>
#include <cwctype>
#include <utility>

namespace cifra::server {

namespace {

using media::is_space;
using media::replacement;

struct Utf8Locale {
    locale_t handle = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    Utf8Locale() = default;
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;
    ~Utf8Locale() {
        if (handle != nullptr) ::freelocale(handle);
    }
};

char32_t fold(char32_t code) {
    if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
    static const Utf8Locale locale;
    if (locale.handle == nullptr) return code;
    // By way of the capital, so that two small letters of one capital (σ and ς, s and ſ) are the same.
    const auto upper = ::towupper_l(static_cast<wint_t>(code), locale.handle);
    return static_cast<char32_t>(::towlower_l(upper, locale.handle));
}

} // namespace

std::string folded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) append_code_point(out, fold(take_code_point(text).value_or(replacement)));
    return out;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    while (!text.empty()) {
        const char32_t code = take_code_point(text).value_or(replacement);
        if (is_space(code)) {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        append_code_point(words.back(), code);
    }
    return words;
}

std::string utc_text(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = std::exchange(above, row);
    }
    return above[b.size()];
}

} // namespace cifra::server
