// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/text.hpp"
#include "proto/messages.hpp"
#include "proto/utf8.hpp"

#include <mpg123.h>

namespace cifra::media {

std::string old_text(std::string_view text) {
    if (proto::is_utf8(text)) return cleaned(text, proto::max_item_text);
    mpg123_string converted;
    mpg123_init_string(&converted);
    // The zero byte behind the text is part of what the library converts.
    const std::string with_end(text);
    const auto* bytes = reinterpret_cast<const unsigned char*>(with_end.c_str());
    std::string out;
    if (mpg123_store_utf8(&converted, mpg123_text_cp1252, bytes, with_end.size() + 1) != 0 && converted.p != nullptr) {
        out = cleaned(converted.p, proto::max_item_text);
    }
    mpg123_free_string(&converted);
    return out;
}

} // namespace cifra::media
