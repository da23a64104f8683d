// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Certificate paths of the three roles: PROTOCOL.md section 4.5.
#pragma once

#include "crypto/signature.hpp"

#include <botan/x509cert.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace cifra::crypto {

enum class ChainFault : std::uint8_t {
    malformed, // not DER of the profile
    untrusted, // no path to a root of this role
    not_yet_valid,
    expired,
    wrong_role, // extended key usage of another role
    wrong_name, // the server is not the one that was dialled, or there is no usable name
    bad_signature,
    weak,        // key or signature algorithm outside the profile
    not_allowed, // CA flag, key usage, path length, unknown critical extension
};
// "expired", … and what to do next, for people.
std::string_view describe(ChainFault fault) noexcept;
std::string_view remedy(ChainFault fault) noexcept;

template <class T>
using ChainResult = boost::system::result<T, ChainFault>;
[[noreturn]] void throw_exception_from_error(ChainFault fault, const boost::source_location& where);

// Exists only for a peer whose certificate path has been validated: TrustStore alone makes it.
class PeerVerified {
  public:
    Party party() const { return party_; }
    const std::string& name() const { return name_; } // commonName; for a server the name that was dialled
    // SHA-256 of the leaf's DER. For logs and people: whoever holds an ECDSA certificate can write its signature in a
    // second way, so who is denied is known by serial number or key.
    const Bytes& fingerprint() const { return fingerprint_; }
    const Botan::Public_Key& key() const { return *key_; }
    std::int64_t not_after() const { return not_after_; } // seconds since 1970: the earliest end on the path

  private:
    friend class TrustStore;
    PeerVerified() = default;
    Party party_{};
    std::string name_;
    Bytes fingerprint_;
    std::shared_ptr<const Botan::Public_Key> key_;
    std::int64_t not_after_ = 0;
};

// Roots of one role. Remembers paths that it has validated (bounded), so that a device that comes back costs little;
// dates and the host's name are looked at each time. Thread-safe; copies share roots and memory.
class TrustStore {
  public:
    // Throws std::runtime_error that names file and reason (missing, unreadable, no certificate in it, not a CA).
    static TrustStore load(Party party, const std::filesystem::path& roots_pem);

    // Reads the file again and forgets every path. Throws as load does, and then changes nothing.
    void reload();

    // `chain` as it came, leaf first; `now` in seconds since 1970; `host` what was dialled (name or address), for
    // servers only, and needed there: without it, wrong_name.
    ChainResult<PeerVerified> validate(const std::vector<Bytes>& chain, std::int64_t now,
                                       std::optional<std::string_view> host = std::nullopt);

    std::vector<Bytes> issuer_names() const; // DER names of the roots

  private:
    struct Impl;
    explicit TrustStore(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<Impl> impl_;
};

// A key with its certificates: who we are.
struct Credential {
    std::vector<Bytes> chain; // DER, leaf first, without the root
    std::shared_ptr<Signer> signer;
    std::string name; // commonName of the leaf
    std::int64_t not_after = 0;
};

} // namespace cifra::crypto
