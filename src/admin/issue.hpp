// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Makes keys and certificates by the profiles of certs/README.md.
#pragma once

#include "crypto/certificate.hpp"

#include <botan/pubkey.h>
#include <botan/rng.h>
#include <botan/x509cert.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace cifra::admin {

using crypto::Party;

inline constexpr std::array key_kinds{"p256", "p384", "ed25519", "rsa2048", "rsa3072", "rsa4096"};
inline constexpr int root_days = 7300;
inline constexpr int ca_days = 3650;
inline constexpr int default_days = 730;

struct Issued {
    Botan::X509_Certificate certificate;
    std::shared_ptr<const Botan::Private_Key> key;
};

std::shared_ptr<const Botan::Private_Key> make_key(const std::string& kind, Botan::RandomNumberGenerator& rng);

Issued make_root(const std::string& name, const std::string& kind, Botan::RandomNumberGenerator& rng);
// A CA below the root that issues for this role only.
Issued make_issuing_ca(const Issued& root, Party party, const std::string& name, const std::string& kind,
                       Botan::RandomNumberGenerator& rng);

// Below, `days` are cut to the CA's end.
struct LeafRequest {
    Party party{};
    std::string name;               // commonName
    std::vector<std::string> hosts; // for a server: names and addresses
    std::string kind = key_kinds[0];
    int days = default_days;
};
Issued make_leaf(const Issued& ca, const LeafRequest& request, Botan::RandomNumberGenerator& rng);

// For the key of somebody else, a SubjectPublicKeyInfo; `kind` is not used.
Botan::X509_Certificate certify_leaf(const Issued& ca, const LeafRequest& request, const Bytes& public_key,
                                     Botan::RandomNumberGenerator& rng);
// The same names and key again.
Botan::X509_Certificate renew_leaf(const Issued& ca, Party party, const Botan::X509_Certificate& former, int days,
                                   Botan::RandomNumberGenerator& rng);
Botan::X509_Certificate renew_issuing_ca(const Issued& root, Party party, const Botan::X509_Certificate& former,
                                         Botan::RandomNumberGenerator& rng);
Botan::X509_Certificate renew_root(const Issued& former, Botan::RandomNumberGenerator& rng);

// What signs in the name of a CA, and how that is written in what it signs.
struct CaSigner {
    Botan::AlgorithmIdentifier algorithm;
    std::unique_ptr<Botan::PK_Signer> signer;
};
CaSigner ca_signer(const Botan::Private_Key& key, Botan::RandomNumberGenerator& rng);

} // namespace cifra::admin
