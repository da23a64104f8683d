// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace cifra::crypto {

// What a revocation list says of itself: for logs and `cifra doctor`. Its signature has not been looked at.
struct CrlFacts {
    std::string issuer;           // RFC 4514
    std::int64_t this_update = 0; // seconds since 1970
    std::int64_t next_update = 0;
    std::uint64_t number = 0; // 0 if it has none
    bool delta = false;
    bool usable = true; // false for kinds that R-19 refuses
    std::size_t revoked = 0;
    std::string file;
};

} // namespace cifra::crypto
