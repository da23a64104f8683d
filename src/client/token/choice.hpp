// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which certificate of all that are there a login uses. Touches no card.
#pragma once

#include "client/token/token.hpp"

#include <filesystem>

namespace cifra::token {

struct Wish {
    std::string selector = {};        // RFC 7512 URI, or a label of a certificate or a token; empty: by the rules
    std::vector<Bytes> issuers = {};  // DER names that the server said; empty: any
    std::vector<Scheme> schemes = {}; // that the server takes; empty: any
};

enum class Verdict : std::uint8_t {
    chosen,
    possible,     // would do; another is better, or the choice is ambiguous
    other_issuer, // would do, but the server said issuers, and others here are of theirs
    not_selected,
    malformed,
    authority, // a CA's, no person's
    key_usage, // not for signing in: no digitalSignature
    no_key,
    unsupported_key,
    not_yet_valid,
    expired,
};
std::string_view name_of(Verdict verdict) noexcept; // "other_issuer"
std::string_view describe(Verdict verdict) noexcept;

// The verdict on each certificate of the listing, in its order; more than one `possible` and none `chosen`: ambiguous.
// Of several on a card the one for authentication is taken: by label, or PIV's 9A. Throws CardError for a selector that
// is none.
std::vector<Verdict> judge(const Listing& listing, const Wish& wish, std::int64_t now);

// The one that is chosen. Throws CardError: no_match, ambiguous (its words list the candidates with their URIs),
// no_certificate (with the reason of each), or a sharper one where there is but one certificate.
const Certificate& choose(const Listing& listing, const Wish& wish, std::int64_t now);

// Its chain: leaf, then CA certificates of the same token or of `authorities` (PEM, may be empty) as far as they lead,
// without a root; at most 4. Throws std::runtime_error for an unreadable file.
std::vector<Bytes> chain_of(const Certificate& leaf, const Listing& listing,
                            const std::filesystem::path& authorities = {});

} // namespace cifra::token
