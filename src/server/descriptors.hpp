// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A session takes a descriptor, and one more for each stream; systems begin with 1024 for a process, and allow far
// more.
#pragma once

#include <cstdint>

namespace cifra::server {

// Raises the process's limit as far as it goes, and logs it; a warning when `half_open` connections and what the server
// needs besides do not fit.
void allow_descriptors(std::uint32_t half_open);

} // namespace cifra::server
