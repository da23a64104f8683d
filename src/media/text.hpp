// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Text out of files that nobody vouches for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cifra::media {

inline constexpr char32_t replacement = 0xfffd;

// Takes one code point off the front of `rest`. Nothing, and one byte taken, when it is not UTF-8 (RFC 3629).
std::optional<char32_t> take_code_point(std::string_view& rest) noexcept;
void append_code_point(std::string& text, char32_t code);

// C0, DEL or C1.
constexpr bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }
constexpr bool is_space(char32_t code) {
    return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f ||
           code == 0x3000;
}
// What overrides or isolates the direction of writing; R-51 keeps it out of messages, with the control characters.
constexpr bool is_override(char32_t code) {
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

// For text out of tags: valid UTF-8 as R-51 wants it and without blanks around, cut at a code point to at most `limit`
// bytes.
std::string cleaned(std::string_view text, std::size_t limit);

// Text of no stated encoding, as tags may hold it: UTF-8 when it is, else Windows-1252, which holds Latin-1. Cleaned,
// at most as long as a message's.
std::string old_text(std::string_view text);

} // namespace cifra::media
