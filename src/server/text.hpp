// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Text from files and peers: what may be shown, and what counts as the same word.
#pragma once

#include "media/text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cifra::server {

using media::append_code_point;
using media::cleaned;
using media::is_control;
using media::take_code_point;

// Line separators and what changes the direction of writing: with these a line shows what it does not say.
constexpr bool is_deceptive(char32_t code) {
    return (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

// Simple case folding, code point by code point, for every script that the C library's C.UTF-8 knows (ASCII alone where
// that locale is missing). Accents count, and text is not normalized: "é" as one code point is not "é" as two.
std::string folded(std::string_view text);
// The words between white space.
std::vector<std::string> words_of(std::string_view text);

// "2026-01-31T08:15:00Z" of seconds since 1970.
std::string utc_text(std::int64_t seconds);

// Edits (insert, delete, replace, swap neighbours) between two short ASCII names.
std::size_t edit_distance(std::string_view a, std::string_view b);

} // namespace cifra::server
