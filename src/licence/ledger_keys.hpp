// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What keeps the ledger from those who read or write its database without asking: pseudonyms, seals and MACs of rows.
#pragma once

#include "crypto/aead.hpp"
#include "licence/licence.hpp"

#include <botan/mac.h>
#include <botan/rng.h>

#include <array>
#include <memory>

namespace cifra::licence {

// Each 32 bytes: the vault key's children of these names.
struct LedgerKeys {
    crypto::Secret seal;            // "ledger seal"
    crypto::Secret pseudonyms;      // "ledger pseudonyms"
    crypto::Secret audit_signing;   // "audit signing": seed of an Ed25519 key
    crypto::Secret licence_signing; // "licence signing": likewise
};

using Hash = std::array<std::uint8_t, 32>;
using Pseudonym = Id16;
using Mac = std::array<std::uint8_t, 16>;

// Values one behind the other, so that no two different lists of them give the same bytes.
class Encoding {
  public:
    explicit Encoding(std::string_view table) { add(table); }
    Encoding& add(ByteView bytes);
    Encoding& add(std::string_view text) { return add(as_bytes(text)); }
    Encoding& add(std::int64_t value);
    Encoding& add(std::uint64_t value) { return add(static_cast<std::int64_t>(value)); }
    Encoding& add(const std::optional<std::int64_t>& value);
    ByteView view() const { return bytes_; }

  private:
    Bytes bytes_;
};

// The sum of all rows of a table, modulo 2^256, each as a keyed hash: in whatever order they come and go, and a row
// that is missing, added or set back to what it was changes it.
class RowSum {
  public:
    RowSum() = default;
    explicit RowSum(const Hash& value) : value_(value) {}
    void add(const Hash& row);
    void remove(const Hash& row);
    const Hash& value() const { return value_; }
    bool operator==(const RowSum&) const = default;

  private:
    Hash value_{};
};

class Sealing {
  public:
    // Throws std::invalid_argument for a key of another size.
    Sealing(const LedgerKeys& keys, Botan::RandomNumberGenerator& rng);

    // HMAC-SHA-256(kind ‖ 0 ‖ value), its first 16 bytes.
    Pseudonym pseudonym(std::string_view kind, ByteView value);
    Mac mac(const Encoding& row);
    bool holds(const Encoding& row, ByteView mac);
    // What stands for the row in its table's sum.
    Hash summand(const Encoding& row);

    // nonce 12 ‖ AES-256-GCM ‖ tag 16, bound to `place`. The text is filled up to a multiple of 64 bytes: lengths tell
    // little of names. A random nonce: 2^32 of them are few enough.
    Bytes seal(std::string_view text, const Encoding& place);
    // Nothing when it is not what was sealed for that place.
    std::optional<std::string> open(ByteView sealed, const Encoding& place);

    Id16 random_id();

  private:
    Botan::RandomNumberGenerator& rng_;
    std::unique_ptr<Botan::MessageAuthenticationCode> pseudonyms_, rows_, sums_;
    std::unique_ptr<crypto::Aead> aead_;
};

} // namespace cifra::licence
