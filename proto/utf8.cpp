// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/utf8.hpp"

#include <cstdint>

namespace cifra::proto {
namespace {

struct Form {
    std::size_t length;     // bytes of the whole sequence; 0: no lead byte
    std::uint32_t bits;     // of the lead byte
    std::uint32_t smallest; // code point that needs this length
};

Form form_of(std::uint8_t lead) noexcept {
    if (lead < 0x80) return {1, lead, 0};
    if (lead >= 0xC2 && lead <= 0xDF) return {2, lead & 0x1FU, 0x80};
    if (lead >= 0xE0 && lead <= 0xEF) return {3, lead & 0x0FU, 0x800};
    if (lead >= 0xF0 && lead <= 0xF4) return {4, lead & 0x07U, 0x10000};
    return {0, 0, 0};
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const Form form = form_of(static_cast<std::uint8_t>(text.front()));
        if (form.length == 0 || form.length > text.size()) return false;
        std::uint32_t point = form.bits;
        for (const char c : text.substr(1, form.length - 1)) {
            const auto byte = static_cast<std::uint8_t>(c);
            if ((byte & 0xC0U) != 0x80U) return false;
            point = point << 6 | (byte & 0x3FU);
        }
        const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        if (point < form.smallest || point > 0x10FFFF || surrogate) return false;
        text.remove_prefix(form.length);
    }
    return true;
}

bool has_control_characters(std::string_view text) noexcept {
    std::uint32_t last = 0; // three bytes
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        last = (last << 8 | byte) & 0xFFFFFFU;
        const auto two = last & 0xFFFFU;
        if (byte < 0x20 || byte == 0x7F) return true;
        if (two >= 0xC280 && two <= 0xC29F) return true;       // U+0080 to U+009F
        if (last >= 0xE280AA && last <= 0xE280AE) return true; // U+202A to U+202E
        if (last >= 0xE281A6 && last <= 0xE281A9) return true; // U+2066 to U+2069
    }
    return false;
}

} // namespace cifra::proto
