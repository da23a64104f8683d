// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What each suite is made of: PROTOCOL.md section 3. The one table that the record layer and the key schedule read.
#pragma once

#include "proto/names.hpp"

#include <string>

namespace cifra::crypto {

enum class Family : std::uint8_t { gcm, chacha20_poly1305, ctr, cbc, chacha20 };

struct SuiteInfo {
    Suite suite;
    Family family;
    const char* cipher;      // Botan's name
    const char* hash;        // Botan's name
    std::size_t key_length;  // bytes
    std::size_t hash_length; // bytes
    std::size_t block;       // bytes of CBC's block and explicit IV; 0 for the others
    bool legacy;             // behind allow_legacy

    constexpr bool aead() const { return family == Family::gcm || family == Family::chacha20_poly1305; }
    constexpr std::size_t tag_length() const { return aead() ? 16 : 0; }
    constexpr std::size_t mac_length() const { return aead() ? 0 : hash_length; }
};

const SuiteInfo& info(Suite suite) noexcept;

inline constexpr std::size_t nonce_length = 12; // bytes of "iv"

} // namespace cifra::crypto
