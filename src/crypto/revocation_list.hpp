// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One certificate revocation list (RFC 5280 section 5): read strictly, kept small. Botan's own reads no delta lists,
// and takes hundreds of bytes for an entry.
#pragma once

#include "crypto/revocation_facts.hpp"
#include "proto/bytes.hpp"

#include <botan/pk_keys.h>

#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace cifra::crypto {

inline constexpr std::size_t max_crl_size = std::size_t{64} << 20U;

// The content of a serial number's INTEGER, without the zeros before it.
ByteView serial_key(ByteView integer);

class RevocationList {
  public:
    enum class Entry : std::uint8_t { none, revoked, removed };

    // Throws std::runtime_error with the reason: not strict DER, not a CRL, too large. A list of a kind that cannot be
    // used is read all the same, and says so.
    RevocationList(Bytes der, const std::string& file);

    const CrlFacts& facts() const { return facts_; }
    const std::string& issuer() const { return issuer_; } // comparable_name()
    bool usable() const { return facts_.usable; }
    std::uint64_t base_number() const { return base_number_; } // of a delta
    bool begun(std::int64_t now) const { return facts_.this_update <= now; }
    bool current(std::int64_t now) const { return begun(now) && now <= facts_.next_update; }

    // Whether certificates of this sort are in its scope; `points`: the distribution points that the certificate names.
    bool covers(bool ca, const std::vector<Bytes>& points) const;
    bool same_scope(const RevocationList& other) const { return scope_ == other.scope_; }
    Entry look_up(ByteView serial) const; // serial_key
    // Remembers the answer for each key.
    bool signed_by(const Botan::Public_Key& key, const Bytes& key_hash) const;

  private:
    struct Place { // of a serial number in der_
        std::uint32_t offset = 0;
        std::uint16_t size = 0;
        Entry entry = Entry::none;
    };
    void read_body(ByteView body, ByteView algorithm);
    void read_entries(ByteView entries);
    void read_entry_extensions(ByteView extensions, Place& place);
    void read_extensions(ByteView extensions);
    void read_extension(ByteView oid, ByteView value, bool critical);
    void read_scope(ByteView value);
    void sort_entries();
    ByteView serial_of(const Place& place) const { return ByteView(der_).subspan(place.offset, place.size); }

    Bytes der_;
    CrlFacts facts_;
    std::string issuer_;
    std::uint64_t base_number_ = 0;
    Bytes scope_; // the value of issuingDistributionPoint
    bool users_only_ = false, cas_only_ = false;
    std::vector<Bytes> points_; // the names in it, each a GeneralName
    std::vector<Place> entries_;
    mutable std::mutex mutex_;
    mutable std::map<Bytes, bool> signers_;
};

// The fullName GeneralNames of a cRLDistributionPoints extension, as DER.
std::vector<Bytes> distribution_points(ByteView extension);

} // namespace cifra::crypto
