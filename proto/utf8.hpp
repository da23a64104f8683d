// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Text of a peer.
#pragma once

#include <string_view>

namespace cifra::proto {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

// C0, DEL and C1 (U+0080 to U+009F), in text that is UTF-8.
bool has_control_characters(std::string_view text) noexcept;

} // namespace cifra::proto
