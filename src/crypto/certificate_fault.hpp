// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Why a certificate, its path or a certificate request is refused: one value a reason, with words for people.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string_view>

namespace cifra::crypto {

enum class ChainFault : std::uint8_t {
    // The form.
    malformed,
    too_large,
    old_version, // not X.509 version 3
    chain_too_long,
    weak_key,
    weak_signature,     // algorithm or hash
    critical_extension, // one that nobody here understands
    name_constraints,
    // The path.
    untrusted,   // no path to a root of this role
    self_signed, // a leaf that stands for itself
    bad_signature,
    is_ca,        // the leaf
    key_usage,    // the leaf's
    wrong_role,   // the leaf's extKeyUsage
    not_ca,       // a certificate above the leaf
    ca_key_usage, // of a CA: no keyCertSign
    ca_wrong_role,
    path_length,
    not_yet_valid, // the leaf or a CA
    expired,       // the leaf
    ca_expired,
    no_name,    // no name of the role's kind that can be used
    wrong_name, // the server is not the one that was dialled
    wrong_key,  // not the public key that was expected: validate_key
    wrong_fingerprint,
    // Revocation.
    revoked, // the leaf
    ca_revoked,
    crl_missing,       // no list of an issuer on the path
    crl_not_yet_valid, // there is one, from the future
    crl_stale,
    crl_invalid, // its signature does not verify, or it is of a kind that cannot be used
};

// "crl_stale", …: for logs that programs read.
std::string_view name_of(ChainFault fault) noexcept;
// "expired", … and what to do next, for people.
std::string_view describe(ChainFault fault) noexcept;
std::string_view remedy(ChainFault fault) noexcept;

// The leaf or a CA above it was revoked.
constexpr bool says_revoked(ChainFault fault) {
    return fault == ChainFault::revoked || fault == ChainFault::ca_revoked;
}
// Whether it was cannot be told now: the operator's concern, not the holder's.
constexpr bool says_not_checked(ChainFault fault) {
    return fault == ChainFault::crl_missing || fault == ChainFault::crl_not_yet_valid ||
           fault == ChainFault::crl_stale || fault == ChainFault::crl_invalid;
}
// Not valid at this time: section 8.3 has one code for it, as the clocks may be what is wrong.
constexpr bool says_expired(ChainFault fault) {
    return fault == ChainFault::expired || fault == ChainFault::ca_expired || fault == ChainFault::not_yet_valid;
}

template <class T>
using ChainResult = boost::system::result<T, ChainFault>;
[[noreturn]] void throw_exception_from_error(ChainFault fault, const boost::source_location& where);

} // namespace cifra::crypto
