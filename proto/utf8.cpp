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
    std::uint8_t before = 0;
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        // U+0080 to U+009F are C2 80 to C2 9F.
        if (byte < 0x20 || byte == 0x7F || (before == 0xC2 && byte <= 0x9F)) return true;
        before = byte;
    }
    return false;
}

} // namespace cifra::proto
