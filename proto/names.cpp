// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/names.hpp"

namespace cifra {
namespace {

template <class Enum>
struct Named {
    Enum value;
    std::string_view name;
};

constexpr std::array<Named<Suite>, suite_count> suites{{
    {Suite::aes256_gcm_sha384, "AES256_GCM_SHA384"},
    {Suite::aes128_gcm_sha256, "AES128_GCM_SHA256"},
    {Suite::chacha20_poly1305_sha256, "CHACHA20_POLY1305_SHA256"},
    {Suite::aes256_ctr_sha256, "AES256_CTR_SHA256"},
    {Suite::aes128_cbc_sha256, "AES128_CBC_SHA256"},
    {Suite::aes256_cbc_sha384, "AES256_CBC_SHA384"},
    {Suite::aes256_cbc_sha512, "AES256_CBC_SHA512"},
    {Suite::aes256_cbc_blake2b, "AES256_CBC_BLAKE2B"},
    {Suite::chacha20_sha256, "CHACHA20_SHA256"},
    {Suite::chacha20_sha384, "CHACHA20_SHA384"},
    {Suite::tdes_cbc_sha256, "3DES_CBC_SHA256"},
}};

constexpr std::array<Named<Group>, all_groups.size()> groups{{
    {Group::x25519, "X25519"},
    {Group::p256, "P-256"},
    {Group::p384, "P-384"},
    {Group::ffdhe2048, "ffdhe2048"},
    {Group::ffdhe3072, "ffdhe3072"},
    {Group::ffdhe4096, "ffdhe4096"},
}};

constexpr std::array<Named<Scheme>, all_schemes.size()> schemes{{
    {Scheme::ecdsa_p256_sha256, "ecdsa_p256_sha256"},
    {Scheme::ecdsa_p384_sha384, "ecdsa_p384_sha384"},
    {Scheme::ed25519, "ed25519"},
    {Scheme::rsa_pss_sha256, "rsa_pss_sha256"},
    {Scheme::rsa_pss_sha384, "rsa_pss_sha384"},
    {Scheme::rsa_pss_sha512, "rsa_pss_sha512"},
    {Scheme::rsa_pkcs1_sha256, "rsa_pkcs1_sha256"},
    {Scheme::rsa_pkcs1_sha384, "rsa_pkcs1_sha384"},
    {Scheme::rsa_pkcs1_sha512, "rsa_pkcs1_sha512"},
}};

template <class Table, class Enum>
std::string_view find_name(const Table& table, Enum value) {
    for (const auto& row : table)
        if (row.value == value) return row.name;
    return "unknown";
}

template <class Enum, std::size_t N>
std::optional<Enum> find_value(const std::array<Named<Enum>, N>& table, std::string_view name) {
    for (const auto& row : table)
        if (row.name == name) return row.value;
    return std::nullopt;
}

template <class Enum, std::size_t N>
std::optional<Enum> find_code(const std::array<Named<Enum>, N>& table, std::uint16_t code) {
    for (const auto& row : table)
        if (static_cast<std::uint16_t>(row.value) == code) return row.value;
    return std::nullopt;
}

} // namespace

std::string_view name_of(Suite suite) noexcept { return find_name(suites, suite); }
std::string_view name_of(Group group) noexcept { return find_name(groups, group); }
std::string_view name_of(Scheme scheme) noexcept { return find_name(schemes, scheme); }

std::optional<Suite> suite_named(std::string_view name) noexcept { return find_value(suites, name); }
std::optional<Group> group_named(std::string_view name) noexcept { return find_value(groups, name); }
std::optional<Scheme> scheme_named(std::string_view name) noexcept { return find_value(schemes, name); }
std::optional<Group> group_from(std::uint16_t code) noexcept { return find_code(groups, code); }
std::optional<Scheme> scheme_from(std::uint16_t code) noexcept { return find_code(schemes, code); }

std::size_t public_key_length(Group group) noexcept {
    switch (group) {
        case Group::x25519:
            return 32;
        case Group::p256:
            return 65;
        case Group::p384:
            return 97;
        case Group::ffdhe2048:
            return 256;
        case Group::ffdhe3072:
            return 384;
        case Group::ffdhe4096:
            return 512;
    }
    return 0;
}

} // namespace cifra
