// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The folder that cifractl keeps, DIR: what lies where in it, its CAs, and the record of what they issued.
//
//     ca/       root and issuing CAs, their keys; below it, for each of servers, devices, people and publishers:
//       issued/people/NAME.pem         the certificate that NAME has now
//       superseded/people/SERIAL.pem   what was renewed since; valid until it ends
//       revoked/people/SERIAL.pem      and SERIAL/ with chain and key, if they were kept here
//       revoked.json, crl/*.pem        what was revoked when and why, and the CRLs made last
//       cards/KEYHASH.pem              certificates that others made, of people in people.json
//       .lock                          held by the one cifractl that changes something
//     server/   cifrad.toml and all that it names: copy it whole to the server; people.json, crls/ after each change
//     client/   cifra.toml and all that it names: copy it whole to the first listener
//     devices/NAME/, people/NAME/, publishers/NAME/    certificate chain and key of each
#pragma once

#include "admin/issue.hpp"
#include "crypto/private_key.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <optional>

namespace cifra::admin {

enum class Ca : std::uint8_t { server, device, user, publisher, root };
inline constexpr std::array all_cas{Ca::root, Ca::server, Ca::device, Ca::user, Ca::publisher};
inline constexpr std::array all_parties{Party::server, Party::device, Party::user, Party::publisher};
constexpr Ca issuer_of(Party party) { return static_cast<Ca>(party); }
constexpr Party issued_by(Ca ca) { return static_cast<Party>(ca); } // of an issuing CA

namespace layout {

// "servers", "devices", "people", "publishers"
std::string_view plural(Party party);
// "server", "device", "person", "publisher"
std::string_view singular(Party party);
// Relative to DIR.
std::string ca_name(Ca ca); // "root", "server-ca"
std::filesystem::path ca_certificate(Ca ca);
std::filesystem::path ca_key(Ca ca);
std::filesystem::path record(Party party, const std::string& name);
std::filesystem::path superseded(Party party, const std::string& serial);
std::filesystem::path revoked(Party party, const std::string& serial);
std::filesystem::path identity(Party party, const std::string& name);
// In an identity's folder, and in client/; a publisher's in server/.
std::string chain_file(Party party);
std::string key_file(Party party);

} // namespace layout

// Throws Failure (bad_input) when DIR is none that init made.
void demand_dir(const std::filesystem::path& dir);
// Those that are here: what an older cifractl made has no CA of publishers.
std::vector<Ca> cas_in(const std::filesystem::path& dir);
std::vector<Party> parties_in(const std::filesystem::path& dir);
// Throws Failure: bad_input when it is missing or damaged.
Botan::X509_Certificate read_ca(const std::filesystem::path& dir, Ca ca);

// The CAs with their keys. The one passphrase of all is asked for when the first key is needed.
class Authorities {
  public:
    Authorities(std::filesystem::path dir, crypto::PassphraseSource& passphrases)
        : dir_(std::move(dir)), passphrases_(passphrases) {}
    // Throws Failure: bad_input, passphrase. The reference stays valid.
    const Issued& get(Ca ca);
    // Reads the certificates again: once DIR is locked, and when one was renewed.
    void refresh();

  private:
    std::filesystem::path dir_;
    crypto::PassphraseSource& passphrases_;
    std::optional<crypto::Secret> passphrase_;
    std::map<Ca, Issued> loaded_;
};

struct Record {
    std::string name;
    std::string serial;      // hexadecimal
    std::string fingerprint; // SHA-256 of the certificate, hexadecimal
    std::int64_t not_before = 0;
    std::int64_t not_after = 0;
};
Record describe(const Botan::X509_Certificate& certificate);

// A certificate that was issued.
struct Certified {
    Record record;
    Botan::X509_Certificate certificate;
    std::filesystem::path file;
};
// What people and devices have now, by name. Throws Failure (bad_input).
std::vector<Certified> issued(const std::filesystem::path& dir, Party party);
// What was renewed since.
std::vector<Certified> superseded(const std::filesystem::path& dir, Party party);
// What was revoked, as far as its record is out of the way already.
std::vector<Certified> retired(const std::filesystem::path& dir, Party party);
// With `name`. Throws Failure (bad_input), suggesting another name.
Certified demand_issued(const std::filesystem::path& dir, Party party, const std::string& name);

// The leaf and the CA that issued it, as chain files hold them.
std::string chain_pem(const Botan::X509_Certificate& leaf, const Botan::X509_Certificate& ca);

// SHA-256 of the SubjectPublicKeyInfo, hexadecimal.
std::string key_hash(const Botan::X509_Certificate& certificate);

} // namespace cifra::admin
