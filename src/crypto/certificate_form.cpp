// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_form.hpp"

#include "crypto/der_check.hpp"

#include <algorithm>
#include <bit>

namespace cifra::crypto {

namespace {

using Oid = std::basic_string_view<char>;
using std::string_view_literals::operator""sv;

// Contents of OBJECT IDENTIFIER elements.
constexpr Oid rsa_encryption = "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"sv;
constexpr Oid ec_public_key = "\x2A\x86\x48\xCE\x3D\x02\x01"sv;
constexpr Oid p256 = "\x2A\x86\x48\xCE\x3D\x03\x01\x07"sv;
constexpr Oid p384 = "\x2B\x81\x04\x00\x22"sv;
constexpr Oid ed25519 = "\x2B\x65\x70"sv;
constexpr std::array signature_algorithms{
    "\x2A\x86\x48\xCE\x3D\x04\x03\x02"sv,     // ecdsa-with-SHA256
    "\x2A\x86\x48\xCE\x3D\x04\x03\x03"sv,     // ecdsa-with-SHA384
    "\x2A\x86\x48\xCE\x3D\x04\x03\x04"sv,     // ecdsa-with-SHA512
    ed25519,                                  //
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"sv, // RSASSA-PSS; its hash is looked at in path validation
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B"sv, // sha256WithRSAEncryption
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0C"sv, // sha384WithRSAEncryption
    "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D"sv, // sha512WithRSAEncryption
};
// 2.5.29.x. Those that may be critical are those that are looked at.
constexpr std::array understood_extensions{
    "\x55\x1D\x0E"sv, // subjectKeyIdentifier
    "\x55\x1D\x0F"sv, // keyUsage
    "\x55\x1D\x11"sv, // subjectAltName
    "\x55\x1D\x13"sv, // basicConstraints
    "\x55\x1D\x23"sv, // authorityKeyIdentifier
    "\x55\x1D\x25"sv, // extKeyUsage
};
constexpr Oid name_constraints = "\x55\x1D\x1E"sv;
constexpr std::uint8_t version_tag = 0xA0;
constexpr std::uint8_t extensions_tag = 0xA3;
constexpr std::uint8_t dns_name_tag = 0x82;
constexpr std::uint8_t ip_address_tag = 0x87;

Oid text(const DerElement& element) {
    return {reinterpret_cast<const char*>(element.content.data()), element.content.size()};
}

template <class List>
bool contains(const List& list, Oid oid) {
    return std::find(list.begin(), list.end(), oid) != list.end();
}

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
        return ChainFault::weak;
    return std::nullopt;
}

std::optional<ChainFault> check_point(DerReader parameters, ByteView key) {
    const auto curve = parameters.next(der::object_id); // explicit curves are not in the profile
    if (!curve || !parameters.empty()) return ChainFault::weak;
    const std::size_t coordinate = text(*curve) == p256 ? 32 : text(*curve) == p384 ? 48 : 0;
    if (coordinate == 0) return ChainFault::weak;
    return key.size() == 1 + 2 * coordinate && key[0] == 0x04 ? std::nullopt : std::optional(ChainFault::malformed);
}

std::optional<ChainFault> check_key(const DerElement& public_key_info) {
    DerReader reader(public_key_info.content);
    const auto algorithm = reader.next(der::sequence);
    const auto bits = algorithm ? reader.next(der::bit_string) : std::nullopt;
    if (!bits || !reader.empty() || bits->content.empty() || bits->content[0] != 0) return ChainFault::malformed;
    const auto key = bits->content.subspan(1);
    DerReader inside(algorithm->content);
    const auto oid = inside.next(der::object_id);
    if (!oid) return ChainFault::malformed;
    if (text(*oid) == rsa_encryption) return check_rsa(key);
    if (text(*oid) == ec_public_key) return check_point(inside, key);
    if (text(*oid) != ed25519) return ChainFault::weak;
    return inside.empty() && key.size() == 32 ? std::nullopt : std::optional(ChainFault::malformed);
}

std::optional<ChainFault> check_extension(const DerElement& extension) {
    DerReader reader(extension.content);
    const auto oid = reader.next(der::object_id);
    if (!oid) return ChainFault::malformed;
    bool critical = false;
    if (const auto flag = reader.next(der::boolean)) {
        if (flag->content.size() != 1 || flag->content[0] != 0xFF) return ChainFault::malformed;
        critical = true;
    }
    const auto value = reader.next(der::octet_string);
    if (!value || !reader.empty() || !is_strict_der(value->content)) return ChainFault::malformed;
    if (critical && !contains(understood_extensions, text(*oid))) return ChainFault::not_allowed;
    if (text(*oid) == name_constraints)
        return ChainFault::not_allowed; // Botan would apply them to a part of the names only
    return std::nullopt;
}

std::optional<ChainFault> check_extensions(const DerElement& wrapper) {
    DerReader outer(wrapper.content);
    const auto list = outer.next(der::sequence);
    if (!list || !outer.empty()) return ChainFault::malformed;
    DerReader reader(list->content);
    while (!reader.empty()) {
        const auto extension = reader.next(der::sequence);
        if (!extension) return ChainFault::malformed;
        if (const auto fault = check_extension(*extension)) return fault;
    }
    return std::nullopt;
}

bool signed_well(const DerElement& algorithm) {
    const auto oid = DerReader(algorithm.content).next(der::object_id);
    return oid && contains(signature_algorithms, text(*oid));
}

// TBSCertificate of RFC 5280. Version 1 and 2, and the unique identifiers of version 2, are not in the profile.
std::optional<ChainFault> check_to_be_signed(const DerElement& body, const DerElement& algorithm) {
    DerReader reader(body.content);
    const auto version = reader.next(version_tag);
    const auto serial = version ? reader.next(der::integer) : std::nullopt;
    const auto inner = serial ? reader.next(der::sequence) : std::nullopt;
    if (!inner || !std::ranges::equal(inner->whole, algorithm.whole)) return ChainFault::malformed;
    constexpr std::array<std::uint8_t, 3> version_3{der::integer, 1, 2};
    if (!std::ranges::equal(version->content, version_3)) return ChainFault::malformed;
    for (int i = 0; i < 3; ++i) { // issuer, validity, subject
        if (!reader.next(der::sequence)) return ChainFault::malformed;
    }
    const auto key = reader.next(der::sequence);
    const auto extensions = key ? reader.next(extensions_tag) : std::nullopt;
    if (!extensions || !reader.empty()) return ChainFault::malformed;
    if (const auto fault = check_key(*key)) return fault;
    if (!signed_well(algorithm)) return ChainFault::weak;
    return check_extensions(*extensions);
}

} // namespace

std::optional<ChainFault> check_form(ByteView certificate) {
    if (certificate.size() > max_certificate_size || !is_strict_der(certificate)) return ChainFault::malformed;
    const auto outer = DerReader(certificate).next(der::sequence);
    if (!outer) return ChainFault::malformed;
    DerReader reader(outer->content);
    const auto body = reader.next(der::sequence);
    const auto algorithm = body ? reader.next(der::sequence) : std::nullopt;
    const auto signature = algorithm ? reader.next(der::bit_string) : std::nullopt;
    if (!signature || !reader.empty()) return ChainFault::malformed;
    // Botan ignores the number of unused bits: there would be several encodings of one certificate.
    if (signature->content.empty() || signature->content[0] != 0) return ChainFault::malformed;
    return check_to_be_signed(*body, *algorithm);
}

std::optional<SubjectNames> parse_subject_names(ByteView extension) {
    DerReader outer(extension);
    const auto list = outer.next(der::sequence);
    if (!list || !outer.empty()) return std::nullopt;
    SubjectNames names;
    DerReader reader(list->content);
    while (!reader.empty()) {
        const auto name = reader.next();
        if (!name) return std::nullopt;
        if (name->tag == dns_name_tag) {
            std::string lower(text(*name));
            std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
            names.dns.push_back(std::move(lower));
        } else if (name->tag == ip_address_tag) {
            if (name->content.size() != 4 && name->content.size() != 16) return std::nullopt;
            names.addresses.emplace_back(name->content.begin(), name->content.end());
        }
    }
    return names;
}

} // namespace cifra::crypto
