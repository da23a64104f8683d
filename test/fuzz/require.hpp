// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A property that a fuzz target holds.
#pragma once

#include <cstdlib>

namespace cifra::fuzz {

inline void require(bool holds) {
    if (!holds) std::abort();
}

} // namespace cifra::fuzz
