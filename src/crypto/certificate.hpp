// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Certificate paths of the four roles: PROTOCOL.md section 4.5.
#pragma once

#include "crypto/certificate_fault.hpp"
#include "crypto/revocation_facts.hpp"
#include "crypto/signature.hpp"

#include <botan/x509cert.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace cifra::crypto {

// What is asked of a user's path. `card`: certificates of national and other cards, made by somebody else, need none of
// our extended key usages. Such a path alone lets nobody in.
enum class Profile : std::uint8_t { cifra, card };

struct Attribute {
    std::string type; // CN, serialNumber, GN, SN, O, OU, C or T
    std::string value;
    bool operator==(const Attribute&) const = default;
};

// A CA on the path.
struct Authority {
    std::string name; // its commonName, empty if it has no plain one
    Bytes key_hash;
    bool operator==(const Authority&) const = default;
};

// What a certificate says, all of it looked at.
struct PeerFacts {
    Bytes fingerprint; // SHA-256 of the leaf's DER
    Bytes key_hash;    // of the leaf's key
    std::string serial, issuer;
    std::vector<Attribute> attributes;
    std::vector<Authority> authorities;
    std::shared_ptr<const Botan::Public_Key> key;
    std::int64_t not_after = 0;
};

// Exists only for a peer whose certificate has been validated: TrustStore alone makes it.
class PeerVerified {
  public:
    Party party() const { return party_; }
    Profile profile() const { return profile_; }
    // commonName; for a server the name that was dialled. Empty only from validate_key, if there is no plain one.
    const std::string& name() const { return name_; }
    // SHA-256 of the leaf's DER. For logs and people: whoever holds an ECDSA certificate can write its signature in a
    // second way, so who is denied is known by serial number or key.
    const Bytes& fingerprint() const { return facts_->fingerprint; }
    // SHA-256 of the SubjectPublicKeyInfo: what identifies a key.
    const Bytes& key_hash() const { return facts_->key_hash; }
    const std::string& serial() const { return facts_->serial; } // lower-case hex
    const std::string& issuer() const { return facts_->issuer; } // RFC 4514
    // Of the subject, in its order. Values are any text: look at is_plain_name() before one is shown.
    const std::vector<Attribute>& attributes() const { return facts_->attributes; }
    // From the issuer up to the root; none from validate_key.
    const std::vector<Authority>& authorities() const { return facts_->authorities; }
    bool revocation_checked() const { return revocation_checked_; }
    const Botan::Public_Key& key() const { return *facts_->key; }
    std::int64_t not_after() const { return facts_->not_after; } // seconds since 1970: the earliest end on the path

  private:
    friend class TrustStore;
    PeerVerified() = default;
    Party party_{};
    Profile profile_{};
    bool revocation_checked_ = false;
    std::string name_;
    std::shared_ptr<const PeerFacts> facts_;
};

// Roots of one role, and revocation lists. Remembers paths that it has validated (bounded), so that a device that comes
// back costs little; dates, the host's name and revocation are looked at each time. Thread-safe; copies share all of
// it.
class TrustStore {
  public:
    // `crls`: empty, and revocation is not looked at; or one file; or a folder, of which *.pem, *.crl and *.der are
    // lists. Then every certificate below the root needs a current list of its issuer. Profile::card is for users only.
    // Throws std::runtime_error that names file and reason (missing, unreadable, no certificate in it, not a CA).
    static TrustStore load(Party party, const std::filesystem::path& roots_pem, const std::filesystem::path& crls = {},
                           Profile profile = Profile::cifra);

    // Reads roots and lists again and forgets every path. Throws as load does, and then changes nothing.
    // Takes as long as the lists are large: call it where waiting hurts nobody.
    void reload();
    // The files are other ones than at the last load or reload, also one that failed (by stat, so cheap).
    bool changed() const;

    // `chain` as it came, leaf first; `now` in seconds since 1970; `host` what was dialled (name or address), for
    // servers only, and needed there: without it, wrong_name. `detail`, if given, becomes what an operator wants to
    // know beyond the fault: which issuer, file and date where revocation could not be checked; else empty.
    ChainResult<PeerVerified> validate(const std::vector<Bytes>& chain, std::int64_t now,
                                       std::optional<std::string_view> host = std::nullopt,
                                       std::string* detail = nullptr);

    // Somebody whom the operator enrolled by exact key, without a path, by the card profile; the leaf may be
    // self-signed, revocation is not looked at. wrong_key if it has another key.
    static ChainResult<PeerVerified> validate_key(Party party, const std::vector<Bytes>& chain, std::int64_t now,
                                                  ByteView expected_key_hash);

    // A server that is not known yet, by the SHA-256 of its certificate's DER or of that of the CA right above it in
    // the chain. wrong_fingerprint if it is neither.
    static ChainResult<PeerVerified> validate_pinned(const std::vector<Bytes>& chain, std::int64_t now,
                                                     std::string_view host, ByteView fingerprint);

    std::vector<Bytes> issuer_names() const; // DER names of the roots
    bool checks_revocation() const;
    std::vector<CrlFacts> crls() const;

  private:
    struct Impl;
    explicit TrustStore(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
    static PeerVerified make_peer(Party party, Profile profile, std::string name,
                                  std::shared_ptr<const PeerFacts> facts);
    std::shared_ptr<Impl> impl_;
};

// SHA-256 of the DER of the SubjectPublicKeyInfo, as `openssl pkey -pubin -outform DER | sha256sum` says.
Bytes key_hash_of(const Botan::Public_Key& key);
Bytes key_hash_of(const Botan::X509_Certificate& certificate);

// A key with its certificates: who we are.
struct Credential {
    std::vector<Bytes> chain; // DER, leaf first, without the root
    std::shared_ptr<Signer> signer;
    std::string name; // commonName of the leaf
    std::int64_t not_after = 0;
};

} // namespace cifra::crypto
