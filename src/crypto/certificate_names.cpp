// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_form.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

struct CodePoint {
    std::uint32_t value;
    std::size_t length; // in bytes; 0 when it is not UTF-8
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint32_t first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return {0, 0};
    std::uint32_t value = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {0, 0};
        value = value << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool bad = value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF);
    return {value, bad ? 0 : length};
}

// Controls, and what is invisible or changes the direction of the text round it.
bool hides(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x180E || c == 0x3164 ||
           c == 0xFFA0 || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0000 && c <= 0xE007F);
}

} // namespace

std::size_t plain_character(std::string_view text) {
    if (text.empty()) return 0;
    const auto c = decode(text);
    return hides(c.value) ? 0 : c.length;
}

std::string plain_text(std::string_view text, std::string_view kept) {
    std::string out;
    while (!text.empty()) {
        const auto c = decode(text);
        const auto length = std::max<std::size_t>(c.length, 1);
        const bool plain = (c.length != 0 && !hides(c.value)) || kept.find(text.front()) != std::string_view::npos;
        if (plain)
            out += text.substr(0, length);
        else
            out += '?';
        text.remove_prefix(length);
    }
    return out;
}

bool is_plain_name(std::string_view name) {
    if (name.empty() || name.size() > 64) return false;
    while (!name.empty()) {
        const auto length = plain_character(name);
        if (length == 0) return false;
        name.remove_prefix(length);
    }
    return true;
}

Bytes parse_address(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return {};
    const std::string copy(text);
    for (const auto& [family, size] : {std::pair{AF_INET, 4}, std::pair{AF_INET6, 16}}) {
        Bytes address(static_cast<std::size_t>(size));
        if (::inet_pton(family, copy.c_str(), address.data()) == 1) return address;
    }
    return {};
}

bool SubjectNames::contain(std::string_view host) const {
    if (const auto address = parse_address(host); !address.empty()) {
        return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
    }
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty()) return false;
    std::string lower(host);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    return std::find(dns.begin(), dns.end(), lower) != dns.end();
}

} // namespace cifra::crypto
