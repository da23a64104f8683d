// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The names and numbers of PROTOCOL.md section 3.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cifra {

enum class Role : std::uint8_t { client, server };
constexpr Role other(Role role) { return role == Role::client ? Role::server : Role::client; }

enum class Suite : std::uint8_t {
    aes256_gcm_sha384,
    aes128_gcm_sha256,
    chacha20_poly1305_sha256,
    aes256_ctr_sha256,
    aes128_cbc_sha256,
    aes256_cbc_sha384,
    aes256_cbc_sha512,
    aes256_cbc_blake2b,
    chacha20_sha256,
    chacha20_sha384,
    tdes_cbc_sha256,
};
inline constexpr std::size_t suite_count = 11;

enum class Group : std::uint16_t {
    x25519 = 0x001D,
    p256 = 0x0017,
    p384 = 0x0018,
    ffdhe2048 = 0x0100,
    ffdhe3072 = 0x0101,
    ffdhe4096 = 0x0102,
};
inline constexpr std::array all_groups{Group::x25519,    Group::p256,      Group::p384,
                                       Group::ffdhe2048, Group::ffdhe3072, Group::ffdhe4096};

enum class Scheme : std::uint16_t {
    ecdsa_p256_sha256 = 0x0403,
    ecdsa_p384_sha384 = 0x0503,
    ed25519 = 0x0807,
    rsa_pss_sha256 = 0x0804,
    rsa_pss_sha384 = 0x0805,
    rsa_pss_sha512 = 0x0806,
    rsa_pkcs1_sha256 = 0x0401,
    rsa_pkcs1_sha384 = 0x0501,
    rsa_pkcs1_sha512 = 0x0601,
};
inline constexpr std::array all_schemes{Scheme::ecdsa_p256_sha256, Scheme::ecdsa_p384_sha384, Scheme::ed25519,
                                        Scheme::rsa_pss_sha256,    Scheme::rsa_pss_sha384,    Scheme::rsa_pss_sha512,
                                        Scheme::rsa_pkcs1_sha256,  Scheme::rsa_pkcs1_sha384,  Scheme::rsa_pkcs1_sha512};

// As in PROTOCOL.md: "AES256_GCM_SHA384", "X25519", "ecdsa_p256_sha256".
std::string_view name_of(Suite suite) noexcept;
std::string_view name_of(Group group) noexcept;
std::string_view name_of(Scheme scheme) noexcept;
std::optional<Suite> suite_named(std::string_view name) noexcept;
std::optional<Group> group_named(std::string_view name) noexcept;
std::optional<Scheme> scheme_named(std::string_view name) noexcept;
std::optional<Group> group_from(std::uint16_t code) noexcept;
std::optional<Scheme> scheme_from(std::uint16_t code) noexcept;

// Length of a public key of this group in bytes.
std::size_t public_key_length(Group group) noexcept;

} // namespace cifra
