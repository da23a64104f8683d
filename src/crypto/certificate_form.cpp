// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_form.hpp"

#include "crypto/certificate_key.hpp"

#include <algorithm>

namespace cifra::crypto {

namespace {

using std::string_view_literals::operator""sv;

// 2.5.29.x. Those that may be critical are those that are looked at.
constexpr std::array understood_extensions{
    "\x55\x1D\x0E"sv, // subjectKeyIdentifier
    "\x55\x1D\x0F"sv, // keyUsage
    "\x55\x1D\x11"sv, // subjectAltName
    "\x55\x1D\x13"sv, // basicConstraints
    "\x55\x1D\x23"sv, // authorityKeyIdentifier
    "\x55\x1D\x25"sv, // extKeyUsage
};
// Of cards. Nothing here depends on a policy: any is accepted, so nothing that confines policies confines us.
constexpr std::array policy_extensions{
    "\x55\x1D\x20"sv, // certificatePolicies
    "\x55\x1D\x24"sv, // policyConstraints
    "\x55\x1D\x36"sv, // inhibitAnyPolicy
};
constexpr auto key_usage = "\x55\x1D\x0F"sv;
constexpr auto basic_constraints = "\x55\x1D\x13"sv;
constexpr auto extended_usage = "\x55\x1D\x25"sv;
constexpr auto name_constraints = "\x55\x1D\x1E"sv;
constexpr std::size_t max_extensions = 32;
constexpr std::uint8_t version_tag = 0xA0;
constexpr std::uint8_t extensions_tag = 0xA3;
constexpr std::uint8_t dns_name_tag = 0x82;
constexpr std::uint8_t ip_address_tag = 0x87;

template <class List>
bool contains(const List& list, std::string_view oid) {
    return std::find(list.begin(), list.end(), oid) != list.end();
}

bool may_be_critical(std::string_view oid, Profile profile) {
    return contains(understood_extensions, oid) || (profile == Profile::card && contains(policy_extensions, oid));
}

bool is_list_of_names(ByteView value) {
    const auto list = DerReader(value).next(der::sequence);
    DerReader reader(list ? list->content : ByteView());
    if (reader.empty()) return false;
    while (reader.next(der::object_id)) {
    }
    return reader.empty();
}

bool is_basic_constraints(ByteView value) {
    const auto sequence = DerReader(value).next(der::sequence);
    if (!sequence) return false;
    DerReader reader(sequence->content);
    const auto flag = reader.next(der::boolean);
    if (flag && (flag->content.size() != 1 || flag->content[0] != 0xFF)) return false;
    const auto limit = reader.next(der::integer);
    return reader.empty() && (!limit || (limit->content.size() == 1 && limit->content[0] < 0x80));
}

// Botan goes on without an extension that it cannot decode: a CA would be confined to nothing.
bool is_well_formed(std::string_view oid, ByteView value) {
    if (oid == basic_constraints) return is_basic_constraints(value);
    if (oid == extended_usage) return is_list_of_names(value);
    if (oid != key_usage) return true;
    const auto flags = DerReader(value).next(der::bit_string);
    return flags && flags->content.size() <= 3 && !flags->content.empty() && flags->content[0] < 8;
}

std::optional<ChainFault> check_extension(const DerElement& extension, Profile profile) {
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
    if (!is_well_formed(text(*oid), value->content)) return ChainFault::malformed;
    // Botan would apply them to a part of the names only.
    if (text(*oid) == name_constraints) return ChainFault::name_constraints;
    if (critical && !may_be_critical(text(*oid), profile)) return ChainFault::critical_extension;
    return std::nullopt;
}

std::optional<ChainFault> check_extensions(const DerElement& wrapper, Profile profile) {
    DerReader outer(wrapper.content);
    const auto list = outer.next(der::sequence);
    if (!list || !outer.empty()) return ChainFault::malformed;
    DerReader reader(list->content);
    std::vector<std::string_view> seen;
    while (!reader.empty()) {
        const auto extension = reader.next(der::sequence);
        if (!extension || seen.size() == max_extensions) return ChainFault::malformed;
        if (const auto fault = check_extension(*extension, profile)) return fault;
        const auto oid = text(*DerReader(extension->content).next(der::object_id));
        if (contains(seen, oid)) return ChainFault::malformed; // RFC 5280 4.2: one instance of each
        seen.push_back(oid);
    }
    return std::nullopt;
}

bool is_version_3(const std::optional<DerElement>& version) {
    constexpr std::array<std::uint8_t, 3> version_3{der::integer, 1, 2};
    return version && std::ranges::equal(version->content, version_3);
}

// TBSCertificate of RFC 5280. Version 1 and 2, and the unique identifiers of version 2, are not in the profile.
std::optional<ChainFault> check_to_be_signed(const DerElement& body, const DerElement& algorithm, Profile profile) {
    DerReader reader(body.content);
    if (!is_version_3(reader.next(version_tag))) return ChainFault::old_version;
    const auto serial = reader.next(der::integer);
    if (!serial || serial->content.empty() || (serial->content[0] & 0x80U) != 0) return ChainFault::malformed;
    const auto inner = reader.next(der::sequence);
    if (!inner || !std::ranges::equal(inner->whole, algorithm.whole)) return ChainFault::malformed;
    for (int i = 0; i < 3; ++i) { // issuer, validity, subject
        if (!reader.next(der::sequence)) return ChainFault::malformed;
    }
    const auto key = reader.next(der::sequence);
    if (!key) return ChainFault::malformed;
    if (const auto fault = check_key(*key)) return fault;
    if (const auto fault = check_signature_algorithm(algorithm)) return fault;
    const auto extensions = reader.next(extensions_tag);
    if (!extensions || !reader.empty()) return ChainFault::malformed;
    return check_extensions(*extensions, profile);
}

// Botan takes what it is given for PEM when these characters stand anywhere near its beginning, and would then read
// other bytes than those that were looked at here.
bool holds_pem(ByteView bytes) {
    constexpr auto begin = "-----BEGIN "sv;
    return !std::ranges::search(bytes, begin, {}, {}, [](char c) { return static_cast<std::uint8_t>(c); }).empty();
}

} // namespace

std::optional<ChainFault> check_outline(ByteView der) {
    if (der.size() > max_certificate_size) return ChainFault::too_large;
    return is_strict_der(der) && !holds_pem(der) ? std::nullopt : std::optional(ChainFault::malformed);
}

std::optional<ChainFault> check_form(ByteView certificate, Profile profile) {
    if (const auto fault = check_outline(certificate)) return fault;
    const auto outer = DerReader(certificate).next(der::sequence);
    if (!outer) return ChainFault::malformed;
    DerReader reader(outer->content);
    const auto body = reader.next(der::sequence);
    const auto algorithm = body ? reader.next(der::sequence) : std::nullopt;
    const auto signature = algorithm ? reader.next(der::bit_string) : std::nullopt;
    if (!signature || !reader.empty() || !whole_bytes(*signature)) return ChainFault::malformed;
    return check_to_be_signed(*body, *algorithm, profile);
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
