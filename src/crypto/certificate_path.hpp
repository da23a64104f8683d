// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One certificate path against the profile, without memory and without the host's name.
#pragma once

#include "crypto/certificate_form.hpp"

#include <botan/certstor.h>

namespace cifra::crypto {

// Seconds since 1970, for any year that X.509 can say.
std::int64_t seconds_of(const Botan::X509_Time& time);

// The certificate, checked by check_form and parsed.
ChainResult<Botan::X509_Certificate> parse_certificate(ByteView der);

// What R-19 asks of a leaf of this party: the two extended key usages, digitalSignature, no CA.
std::optional<ChainFault> check_leaf(const Botan::X509_Certificate& leaf, Party party);
// What it asks of a CA: version 3, basicConstraints CA, keyCertSign; where it is confined to extended key usages, those
// of the party.
std::optional<ChainFault> check_ca(const Botan::X509_Certificate& ca, Party party);

// The names that count. Empty where there is no subjectAltName.
ChainResult<SubjectNames> subject_names(const Botan::X509_Certificate& certificate);
// The one plain commonName of the subject; empty if there is none.
std::string common_name(const Botan::X509_Certificate& certificate);

struct ValidPath {
    std::string name;   // the leaf's commonName; empty for a server without one
    SubjectNames names; // the server's
    Bytes fingerprint;
    std::shared_ptr<const Botan::Public_Key> key;
    std::int64_t not_before = 0; // the latest beginning on the path
    std::int64_t not_after = 0;  // the earliest end
};

ChainResult<ValidPath> validate_path(Party party, const Botan::Certificate_Store& roots,
                                     const std::vector<Bytes>& chain, std::int64_t now);

} // namespace cifra::crypto
