// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/text.hpp"

namespace cifra::media {

namespace {

constexpr char32_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

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

} // namespace cifra::media
