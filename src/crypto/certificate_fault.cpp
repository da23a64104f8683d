// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_fault.hpp"

#include <array>
#include <stdexcept>
#include <string>

namespace cifra::crypto {

namespace {

struct Words {
    ChainFault fault;
    std::string_view name, description, remedy;
};

constexpr std::string_view by_the_profile = "have it issued by the profile in certs/README.md";
constexpr std::string_view ca_by_the_profile = "have the CA's own certificate issued by the profile in certs/README.md";
constexpr std::string_view fetch_list = "fetch or issue its newest revocation list (cifractl crl), then reload";

constexpr std::array words{
    Words{ChainFault::malformed, "malformed", "malformed", "have it issued again; it must be X.509 v3 in strict DER"},
    Words{ChainFault::too_large, "too_large", "larger than 8192 bytes",
          "have it issued again with fewer names and extensions"},
    Words{ChainFault::old_version, "old_version", "not of X.509 version 3",
          "have it issued again with the extensions of the profile in certs/README.md"},
    Words{ChainFault::chain_too_long, "chain_too_long", "in a chain of more than 4 certificates",
          "send the leaf and the CAs below the root, at most 4 certificates"},
    Words{ChainFault::weak_key, "weak_key", "its kind of key is not accepted",
          "use EC P-256 or P-384 (named curve, uncompressed), Ed25519, or RSA of 2048 to 4096 bits"},
    Words{ChainFault::weak_signature, "weak_signature", "its signature algorithm is not accepted",
          "have it signed with SHA-256, SHA-384 or SHA-512, or with Ed25519"},
    Words{ChainFault::critical_extension, "critical_extension",
          "it has a critical extension that is not understood here", by_the_profile},
    Words{ChainFault::name_constraints, "name_constraints", "it has name constraints, which are not accepted here",
          "use a CA without name constraints"},
    Words{ChainFault::untrusted, "untrusted", "not issued by a CA that is trusted for this role",
          "check the file of trusted roots, and that the chain holds every CA below the root"},
    Words{ChainFault::self_signed, "self_signed", "signed by itself, not by a CA",
          "have it issued by a CA that is trusted for this role"},
    Words{ChainFault::bad_signature, "bad_signature", "a signature on it does not verify",
          "it was altered or its CA's key replaced: have it issued again"},
    Words{ChainFault::is_ca, "is_ca", "it is a CA's own certificate",
          "use a certificate that the CA issued, without the CA flag"},
    Words{ChainFault::key_usage, "key_usage", "its key usage does not allow it to log in",
          "have it issued with keyUsage digitalSignature, and without keyCertSign"},
    Words{ChainFault::wrong_role, "wrong_role", "made for another role",
          "use the certificate that was issued for this role"},
    Words{ChainFault::not_ca, "not_ca", "issued by a certificate that is no CA",
          "have it issued by a CA: basicConstraints CA"},
    Words{ChainFault::ca_key_usage, "ca_key_usage", "the key usage of its CA does not allow issuing certificates",
          ca_by_the_profile},
    Words{ChainFault::ca_wrong_role, "ca_wrong_role", "issued by a CA for another role",
          "use a certificate from the CA of this role"},
    Words{ChainFault::path_length, "path_length", "more CAs above it than the path length of one allows",
          "have it issued by the CA whose path length was exceeded, or by one right below the root"},
    Words{ChainFault::not_yet_valid, "not_yet_valid", "not yet valid", "check the clock of this machine"},
    Words{ChainFault::expired, "expired", "expired", "have a new one issued, or check the clock of this machine"},
    Words{ChainFault::ca_expired, "ca_expired", "the certificate of a CA above it has expired",
          "have the CA's certificate renewed, or check the clock of this machine"},
    Words{ChainFault::no_name, "no_name", "it has no name that can be used",
          "a server's needs a dNSName or iPAddress in subjectAltName; a device's or a person's exactly one commonName "
          "of 1 to 64 bytes, without control characters"},
    Words{ChainFault::wrong_name, "wrong_name", "in another name",
          "dial a name or address that stands in its subjectAltName, or have it issued with this one"},
    Words{ChainFault::wrong_key, "wrong_key", "its public key is not the one that was expected",
          "use the certificate that was enrolled, or enrol this one"},
    Words{ChainFault::wrong_fingerprint, "wrong_fingerprint", "not the certificate with the fingerprint that was given",
          "ask the operator for the fingerprint again; if it is the one you have, somebody else answered"},
    Words{ChainFault::revoked, "revoked", "revoked by its CA", "ask the operator why, and for a new one"},
    Words{ChainFault::ca_revoked, "ca_revoked", "the certificate of a CA above it was revoked",
          "have it issued again by a CA that still holds"},
    Words{ChainFault::crl_missing, "crl_missing", "there is no revocation list of its CA here", fetch_list},
    Words{ChainFault::crl_not_yet_valid, "crl_not_yet_valid", "the revocation list of its CA is from the future",
          "check the clock of this machine"},
    Words{ChainFault::crl_stale, "crl_stale", "the revocation list of its CA is out of date", fetch_list},
    Words{
        ChainFault::crl_invalid, "crl_invalid", "the revocation list of its CA cannot be used",
        "it must be signed by that CA (keyUsage cRLSign), be no indirect list nor one for some reasons only, and have "
        "no unknown critical extension"},
};

// The table stands in the order of the enumeration.
constexpr const Words* find(ChainFault fault) {
    const auto place = static_cast<std::size_t>(fault);
    return place < words.size() ? &words[place] : nullptr;
}
constexpr bool in_order() {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (static_cast<std::size_t>(words[i].fault) != i) return false;
    }
    return words.back().fault == ChainFault::crl_invalid;
}
static_assert(in_order());

} // namespace

std::string_view name_of(ChainFault fault) noexcept {
    const auto* found = find(fault);
    return found == nullptr ? "refused" : found->name;
}

std::string_view describe(ChainFault fault) noexcept {
    const auto* found = find(fault);
    return found == nullptr ? "refused" : found->description;
}

std::string_view remedy(ChainFault fault) noexcept {
    const auto* found = find(fault);
    return found == nullptr ? "" : found->remedy;
}

void throw_exception_from_error(ChainFault fault, const boost::source_location&) {
    throw std::logic_error("the value of a refused certificate path was taken: " + std::string(describe(fault)));
}

} // namespace cifra::crypto
