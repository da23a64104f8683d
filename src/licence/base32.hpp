// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Crockford's base32: no I, L, O or U, so that a code can be read aloud and typed.
#pragma once

#include "proto/bytes.hpp"

#include <optional>

namespace cifra::licence {

// In groups of five with hyphens between.
std::string to_base32(ByteView bytes);

// Nothing for another character than these, more than `limit` of them, or bits left over that are not 0.
std::optional<Bytes> from_base32(std::string_view text, std::size_t limit);

} // namespace cifra::licence
