// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_key.hpp"

#include <algorithm>
#include <bit>

namespace cifra::crypto {

namespace {

using std::string_view_literals::operator""sv;

constexpr auto rsa_encryption = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"sv;
constexpr auto rsa_pss = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"sv;
constexpr auto ec_public_key = "\x2A\x86\x48\xCE\x3D\x02\x01"sv;
constexpr auto p256 = "\x2A\x86\x48\xCE\x3D\x03\x01\x07"sv;
constexpr auto p384 = "\x2B\x81\x04\x00\x22"sv;
constexpr auto ed25519 = "\x2B\x65\x70"sv;
constexpr std::array signature_algorithms{
    "\x2A\x86\x48\xCE\x3D\x04\x03\x02"sv,     // ecdsa-with-SHA256
    "\x2A\x86\x48\xCE\x3D\x04\x03\x03"sv,     // ecdsa-with-SHA384
    "\x2A\x86\x48\xCE\x3D\x04\x03\x04"sv,     // ecdsa-with-SHA512
    ed25519,                                  //
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B"sv, // sha256WithRSAEncryption
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C"sv, // sha384WithRSAEncryption
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D"sv, // sha512WithRSAEncryption
};
constexpr std::array hashes{
    "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv, // SHA-256
    "\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv, // SHA-384
    "\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv, // SHA-512
};
constexpr auto mgf1 = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08"sv;
constexpr std::uint8_t hash_tag = 0xA0, mask_tag = 0xA1;

// The bits of a positive INTEGER in DER; 0 for one that is none.
std::size_t bits_of(const DerElement& integer) {
    auto value = integer.content;
    if (value.empty() || (value[0] & 0x80U) != 0) return 0;
    if (value[0] == 0 && value.size() > 1) value = value.subspan(1);
    return value.size() * 8 - static_cast<std::size_t>(std::countl_zero(value[0]));
}

// RSAPublicKey: odd, of 2048 to 4096 bits; a long exponent would make each verification dear.
std::optional<ChainFault> check_rsa(ByteView key) {
    DerReader outer(key);
    const auto sequence = outer.next(der::sequence);
    if (!sequence || !outer.empty()) return ChainFault::malformed;
    DerReader reader(sequence->content);
    const auto modulus = reader.next(der::integer);
    const auto exponent = modulus ? reader.next(der::integer) : std::nullopt;
    if (!exponent || !reader.empty() || bits_of(*modulus) == 0 || bits_of(*exponent) == 0) return ChainFault::malformed;
    const auto bits = bits_of(*modulus);
    const bool odd = (modulus->content.back() & exponent->content.back() & 1U) != 0;
    if (bits < 2048 || bits > 4096 || !odd || bits_of(*exponent) < 2 || bits_of(*exponent) > 32)
        return ChainFault::weak_key;
    return std::nullopt;
}

std::optional<ChainFault> check_point(DerReader parameters, ByteView key) {
    const auto curve = parameters.next(der::object_id); // explicit curves are not in the profile
    if (!curve || !parameters.empty()) return ChainFault::weak_key;
    const std::size_t coordinate = text(*curve) == p256 ? 32 : text(*curve) == p384 ? 48 : 0;
    if (coordinate == 0) return ChainFault::weak_key;
    const bool compressed = key.size() == 1 + coordinate && (key[0] == 0x02 || key[0] == 0x03);
    if (compressed) return ChainFault::weak_key;
    return key.size() == 1 + 2 * coordinate && key[0] == 0x04 ? std::nullopt : std::optional(ChainFault::malformed);
}

bool is_null(DerReader parameters) {
    const auto null = parameters.next(der::null);
    return null && null->content.empty() && parameters.empty();
}

std::string_view hash_in(const DerElement& algorithm) {
    const auto oid = DerReader(algorithm.content).next(der::object_id);
    return oid ? text(*oid) : std::string_view();
}

// RSASSA-PSS-params: without a hash it would be SHA-1; the mask is made with the same one.
std::optional<ChainFault> check_pss(DerReader parameters) {
    const auto sequence = parameters.next(der::sequence);
    if (!sequence || !parameters.empty()) return ChainFault::malformed;
    DerReader reader(sequence->content);
    const auto hash = reader.next(hash_tag), mask = hash ? reader.next(mask_tag) : std::nullopt;
    if (!mask) return ChainFault::weak_signature;
    const auto algorithm = DerReader(hash->content).next(der::sequence);
    const auto generation = DerReader(mask->content).next(der::sequence);
    if (!algorithm || !generation) return ChainFault::malformed;
    DerReader inside(generation->content);
    const auto function = inside.next(der::object_id), same = inside.next(der::sequence);
    if (!function || text(*function) != mgf1 || !same || hash_in(*same) != hash_in(*algorithm))
        return ChainFault::weak_signature;
    const bool accepted = std::ranges::find(hashes, hash_in(*algorithm)) != hashes.end();
    return accepted ? std::nullopt : std::optional(ChainFault::weak_signature);
}

} // namespace

std::optional<ByteView> whole_bytes(const DerElement& bit_string) {
    if (bit_string.content.empty() || bit_string.content[0] != 0) return std::nullopt;
    return bit_string.content.subspan(1);
}

std::optional<ChainFault> check_key(const DerElement& public_key_info) {
    DerReader reader(public_key_info.content);
    const auto algorithm = reader.next(der::sequence);
    const auto bits = algorithm ? reader.next(der::bit_string) : std::nullopt;
    const auto key = bits ? whole_bytes(*bits) : std::nullopt;
    if (!key || !reader.empty()) return ChainFault::malformed;
    DerReader inside(algorithm->content);
    const auto oid = inside.next(der::object_id);
    if (!oid) return ChainFault::malformed;
    if (text(*oid) == rsa_encryption) return is_null(inside) ? check_rsa(*key) : ChainFault::malformed;
    if (text(*oid) == ec_public_key) return check_point(inside, *key);
    if (text(*oid) != ed25519) return ChainFault::weak_key;
    return inside.empty() && key->size() == 32 ? std::nullopt : std::optional(ChainFault::malformed);
}

std::optional<ChainFault> check_signature_algorithm(const DerElement& algorithm) {
    DerReader reader(algorithm.content);
    const auto oid = reader.next(der::object_id);
    if (!oid) return ChainFault::malformed;
    if (text(*oid) == rsa_pss) return check_pss(reader);
    const bool accepted = std::ranges::find(signature_algorithms, text(*oid)) != signature_algorithms.end();
    return accepted ? std::nullopt : std::optional(ChainFault::weak_signature);
}

} // namespace cifra::crypto
