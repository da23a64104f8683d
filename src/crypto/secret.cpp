// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.hpp"

#include <botan/mem_ops.h>

namespace cifra::crypto {

bool equal(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && Botan::constant_time_compare(a.data(), b.data(), a.size());
}

} // namespace cifra::crypto
