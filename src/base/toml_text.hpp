// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What has to be true of a text before toml++ 3.3 may see it.
#pragma once

#include <string_view>

namespace cifra {

// The line, from 1, of the first byte that is not ASCII and stands neither in quotes nor in a comment; 0: there is
// none. TOML allows no such byte, but the parser's search for white space runs into undefined behaviour at some of
// them.
inline unsigned stray_byte_line(std::string_view text) noexcept {
    unsigned line = 1;
    char quote = 0; // the one that a string began with; three in a row open, close and open again
    bool comment = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            ++line;
            comment = false;
        } else if (comment) {
            continue;
        } else if (quote != 0) {
            if (c == '\\' && quote == '"')
                ++i;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            comment = true;
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            return line;
        }
    }
    return 0;
}

} // namespace cifra
