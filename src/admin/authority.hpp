// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The folder that cifractl keeps, DIR: what lies where in it, its CAs, and the record of what they issued.
//
//     ca/       root and issuing CAs, their keys; issued/{servers,devices,people}/NAME.pem: a copy of each certificate
//     server/   cifrad.toml and all that it names: copy it whole to the server
//     client/   cifra.toml and all that it names: copy it whole to the first listener
//     devices/NAME/, people/NAME/    certificate chain and key of each
#pragma once

#include "admin/issue.hpp"
#include "crypto/private_key.hpp"

#include <filesystem>

namespace cifra::admin {

namespace layout {

// "servers", "devices", "people"
std::string_view plural(Party party);
// "server", "device", "person"
std::string_view singular(Party party);
// Relative to DIR.
std::filesystem::path ca_certificate(Party party);
std::filesystem::path ca_key(Party party);
std::filesystem::path record(Party party, const std::string& name);
std::filesystem::path identity(Party party, const std::string& name);
// In an identity's folder, and in client/.
std::string chain_file(Party party);
std::string key_file(Party party);

} // namespace layout

// The CA that issues for this role. Throws Failure: bad_input when there is no such DIR or it is damaged, passphrase.
Issued load_ca(const std::filesystem::path& dir, Party party, crypto::PassphraseSource& passphrases);

struct Record {
    std::string name;
    std::string serial;      // hexadecimal
    std::string fingerprint; // SHA-256 of the certificate, hexadecimal
    std::int64_t not_before = 0;
    std::int64_t not_after = 0;
};
Record describe(const Botan::X509_Certificate& certificate);

// By name. Throws Failure (bad_input).
std::vector<Record> issued(const std::filesystem::path& dir, Party party);

// The leaf and the CA that issued it, as chain files hold them.
std::string chain_pem(const Issued& leaf, const Issued& ca);

} // namespace cifra::admin
