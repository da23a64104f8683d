// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/suite.hpp"

namespace cifra::crypto {

namespace {

constexpr std::array<SuiteInfo, suite_count> suites{{
    {Suite::aes256_gcm_sha384, Family::gcm, "AES-256/GCM", "SHA-384", 32, 48, 0, false},
    {Suite::aes128_gcm_sha256, Family::gcm, "AES-128/GCM", "SHA-256", 16, 32, 0, false},
    {Suite::chacha20_poly1305_sha256, Family::chacha20_poly1305, "ChaCha20Poly1305", "SHA-256", 32, 32, 0, false},
    {Suite::aes256_ctr_sha256, Family::ctr, "CTR-BE(AES-256)", "SHA-256", 32, 32, 0, false},
    {Suite::aes128_cbc_sha256, Family::cbc, "AES-128/CBC/NoPadding", "SHA-256", 16, 32, 16, false},
    {Suite::aes256_cbc_sha384, Family::cbc, "AES-256/CBC/NoPadding", "SHA-384", 32, 48, 16, false},
    {Suite::aes256_cbc_sha512, Family::cbc, "AES-256/CBC/NoPadding", "SHA-512", 32, 64, 16, false},
    {Suite::aes256_cbc_blake2b, Family::cbc, "AES-256/CBC/NoPadding", "BLAKE2b(512)", 32, 64, 16, false},
    {Suite::chacha20_sha256, Family::chacha20, "ChaCha(20)", "SHA-256", 32, 32, 0, false},
    {Suite::chacha20_sha384, Family::chacha20, "ChaCha(20)", "SHA-384", 32, 48, 0, false},
    {Suite::tdes_cbc_sha256, Family::cbc, "3DES/CBC/NoPadding", "SHA-256", 24, 32, 8, true},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < suites.size(); ++i) {
        if (static_cast<std::size_t>(suites[i].suite) != i) return false;
    }
    return true;
}
static_assert(in_order(), "info() finds a suite by its number");

} // namespace

const SuiteInfo& info(Suite suite) noexcept { return suites[static_cast<std::size_t>(suite)]; }

} // namespace cifra::crypto
