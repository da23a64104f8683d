// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/utf8.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

namespace cifra::proto {
namespace {

// RFC 3629, section 3, without a check: surrogates and points above U+10FFFF too.
std::string encoded(std::uint32_t point) {
    const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<std::uint8_t>(value)); };
    const auto tail = [&](unsigned shift) { return byte(0x80 | (point >> shift & 0x3F)); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xC0 | point >> 6), tail(0)};
    if (point < 0x10000) return {byte(0xE0 | point >> 12), tail(6), tail(0)};
    return {byte(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

} // namespace

TEST_CASE("UTF-8 of every code point but the surrogates") {
    std::uint32_t wrong = 0;
    for (std::uint32_t point = 0; point < 0x200000; ++point) {
        const bool valid = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        if (is_utf8(encoded(point)) != valid) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("of all texts of two bytes exactly the right ones are UTF-8") {
    std::uint32_t right = 0;
    for (std::uint32_t i = 0; i < 0x10000; ++i)
        right += is_utf8(std::string{static_cast<char>(i >> 8), static_cast<char>(i & 0xFF)}) ? 1U : 0U;
    CHECK(right == 128 * 128 + 30 * 64);
}

TEST_CASE("of all texts of three bytes behind a lead byte of three exactly the right ones are UTF-8") {
    std::uint32_t right = 0;
    for (std::uint32_t i = 0xE00000; i < 0xF00000; ++i) {
        const char text[] = {static_cast<char>(i >> 16), static_cast<char>(i >> 8 & 0xFF), static_cast<char>(i & 0xFF)};
        right += is_utf8({text, 3}) ? 1U : 0U;
    }
    CHECK(right == 0x10000 - 0x800 - 0x800);
}

TEST_CASE("a code point stands within text, and not cut") {
    for (const std::uint32_t point : {0xE4U, 0x20ACU, 0x1F600U}) {
        const auto whole = encoded(point);
        CHECK(is_utf8("a" + whole));
        CHECK(is_utf8(whole + "b"));
        for (std::size_t size = 1; size < whole.size(); ++size) {
            const auto cut = whole.substr(0, size);
            CHECK_FALSE(is_utf8(cut));
            CHECK_FALSE(is_utf8(cut + "b"));
            CHECK_FALSE(is_utf8(whole.substr(size)));
        }
    }
}

TEST_CASE("R-51: control characters are C0, DEL, C1, and what overrides or isolates the direction of writing") {
    std::uint32_t wrong = 0;
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        if (point >= 0xD800 && point <= 0xDFFF) continue;
        const bool control = point < 0x20 || (point >= 0x7F && point <= 0x9F) || (point >= 0x202A && point <= 0x202E) ||
                             (point >= 0x2066 && point <= 0x2069);
        if (has_control_characters("a" + encoded(point) + "b") != control) ++wrong;
        if (has_control_characters(encoded(point)) != control) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK_FALSE(has_control_characters(""));
    CHECK_FALSE(has_control_characters("\xE2\x82\xAA\xE2\x81\xAA\xC3\x80")); // bytes of which some are in those
}

} // namespace cifra::proto
