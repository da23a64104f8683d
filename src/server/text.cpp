// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/text.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <ctime>
#include <cwctype>
#include <utility>

namespace cifra::server {

namespace {

constexpr char32_t replacement = 0xfffd;

constexpr char32_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

constexpr bool is_space(char32_t code) {
    return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f ||
           code == 0x3000;
}

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

std::optional<char32_t> take_code_point(std::string_view& rest) noexcept {
    const char32_t lead = byte_of(rest.front());
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    char32_t code = length < 2 ? lead : lead & (0x7fU >> length);
    bool valid = length != 0 && length <= rest.size();
    for (std::size_t i = 1; valid && i < length; ++i) {
        valid = (byte_of(rest[i]) & 0xc0U) == 0x80;
        code = code << 6 | (byte_of(rest[i]) & 0x3fU);
    }
    if (length == 3) valid = valid && code >= 0x800 && (code < 0xd800 || code > 0xdfff);
    if (length == 4) valid = valid && code >= 0x10000 && code <= 0x10ffff;
    rest.remove_prefix(valid ? length : 1);
    return valid ? std::optional(code) : std::nullopt;
}

void append_code_point(std::string& text, char32_t code) {
    const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<std::uint8_t>(byte)); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            put(0xe0 | code >> 12);
        } else {
            put(0xf0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3f));
        }
        put(0x80 | (code >> 6 & 0x3f));
    }
    put(0x80 | (code & 0x3f));
}

std::string cleaned(std::string_view text, std::size_t limit) {
    std::string out;
    std::size_t end = 0; // behind the last code point that is no blank
    while (!text.empty()) {
        const char32_t code = take_code_point(text).value_or(replacement);
        if (is_override(code)) continue; // it stands for nothing that is seen
        const bool blank = is_control(code) || is_space(code);
        if (blank && out.empty()) continue;
        std::string one;
        append_code_point(one, is_control(code) ? U' ' : code);
        if (out.size() + one.size() > limit) break;
        out += one;
        if (!blank) end = out.size();
    }
    out.resize(end);
    return out;
}

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
