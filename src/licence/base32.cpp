// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/base32.hpp"

namespace cifra::licence {

namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t group = 5;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::size_t value_of(char c) {
    c = upper(c);
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    return digits.find(c);
}

} // namespace

std::string to_base32(ByteView bytes) {
    std::string text;
    std::size_t written = 0;
    const auto put = [&](std::uint32_t value) {
        if (written != 0 && written % group == 0) text += '-';
        text += digits[value & 31U];
        ++written;
    };
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const auto byte : bytes) {
        bits = (bits << 8U | byte) & 0xffffU; // no more than 4 + 8 of them are ever waiting
        for (held += 8; held >= 5; held -= 5) put(bits >> (held - 5));
    }
    if (held > 0) put(bits << (5 - held));
    return text;
}

std::optional<Bytes> from_base32(std::string_view text, std::size_t limit) {
    if (text.size() > limit) return {};
    Bytes bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        if (c == '-' || c == ' ') continue;
        const auto value = value_of(c);
        if (value == std::string_view::npos) return {};
        bits = (bits << 5U | static_cast<std::uint32_t>(value)) & 0xffffU;
        held += 5;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<std::uint8_t>(bits >> held));
    }
    const bool whole = held < 5 && (bits & ((1U << held) - 1U)) == 0;
    return whole ? std::optional(std::move(bytes)) : std::nullopt;
}

} // namespace cifra::licence
