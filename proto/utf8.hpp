// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Text of a peer.
#pragma once

#include <string_view>

namespace cifra::proto {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

// What R-51 refuses, in text that is UTF-8: C0, DEL, C1, and what overrides or isolates the direction of writing.
bool has_control_characters(std::string_view text) noexcept;

} // namespace cifra::proto
