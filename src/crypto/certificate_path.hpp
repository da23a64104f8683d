// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One certificate path against the profile, without memory and without the host's name.
#pragma once

#include "crypto/certificate_form.hpp"
#include "crypto/certificate_time.hpp"
#include "crypto/revocation.hpp"

namespace cifra::crypto {

// The certificate, checked by check_form and parsed.
ChainResult<Botan::X509_Certificate> parse_certificate(ByteView der, Profile profile = Profile::cifra);

// What R-19 asks of a leaf of this party: no CA, digitalSignature, the extended key usages.
std::optional<ChainFault> check_leaf(const Botan::X509_Certificate& leaf, Party party,
                                     Profile profile = Profile::cifra);
// What it asks of a CA: version 3, basicConstraints CA, keyCertSign; where it is confined to extended key usages, those
// of the party.
std::optional<ChainFault> check_ca(const Botan::X509_Certificate& ca, Party party, Profile profile = Profile::cifra);

// The names that count. Empty where there is no subjectAltName.
ChainResult<SubjectNames> subject_names(const Botan::X509_Certificate& certificate);
// The one plain commonName of the subject; empty if there is none.
std::string common_name(const Botan::X509_Certificate& certificate);

Bytes fingerprint_of(ByteView der); // SHA-256

// Facts of the leaf alone; authorities stay empty.
PeerFacts facts_of(const Botan::X509_Certificate& leaf, ByteView der);

// Whether `issuer`'s key signed `subject`: nothing or bad_signature.
std::optional<ChainFault> check_issued(const Botan::X509_Certificate& subject, const Botan::Public_Key& issuer);

struct ValidPath {
    PeerFacts facts;
    std::string name;            // the leaf's commonName; empty for a server without one
    SubjectNames names;          // the server's
    std::vector<PathLink> links; // the leaf and each CA below the root
    std::int64_t not_before = 0; // the latest beginning on the path; facts.not_after is the earliest end
};

// What a path is held to.
struct PathRules {
    Party party{};
    Profile profile = Profile::cifra;
};

using Roots = std::vector<std::shared_ptr<const Botan::X509_Certificate>>;

ChainResult<ValidPath> validate_path(const PathRules& rules, const Roots& roots, const std::vector<Bytes>& chain,
                                     std::int64_t now);

} // namespace cifra::crypto
