// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A licence as text: one line of JSON in the one form that FORMAT.md describes, and an Ed25519 signature beside it.
// Whatever is read here writes itself again byte for byte; whatever is not wholly understood is refused.
#pragma once

#include "crypto/secret.hpp"
#include "licence/licence.hpp"

#include <boost/system/result.hpp>

#include <array>
#include <memory>
#include <string>

namespace Botan {
class Ed25519_PrivateKey;
class Ed25519_PublicKey;
} // namespace Botan

namespace cifra::licence {

inline constexpr std::size_t max_document = 2048; // bytes of text
inline constexpr std::size_t max_person = 128;    // bytes of a person's name, "device:" included
inline constexpr std::size_t max_origin = 64;
// What every JSON reader holds exactly.
inline constexpr std::uint64_t max_amount = (std::uint64_t{1} << 53U) - 1;
inline constexpr std::int64_t max_time = 253'402'300'799; // the last second of the year 9999

enum class Flaw : std::uint8_t {
    too_large,       // seen before anything is read
    bad_json,        // not one object of JSON, a member twice, too deep
    unknown_version, // another version of the language: nothing in it is looked at
    unknown_member,  // a member, a constraint or a right that this version does not know
    missing,         // a member that must be there
    bad_value,       // of the wrong kind, or out of its range
    not_canonical,   // says something that is understood, but not in the one form
    bad_signature,   // not signed by that key
};
std::string_view describe(Flaw flaw) noexcept;

struct DocumentFault {
    Flaw flaw{};
    std::string what; // for people: "constraints.region: not a constraint that this version knows"
};
template <class T>
using Parsed = boost::system::result<T, DocumentFault>;
[[noreturn]] void throw_exception_from_error(const DocumentFault& fault, const boost::source_location& where);

// What keeps this from being a licence at all, as FORMAT.md says; nothing when it is one.
std::optional<DocumentFault> fault_of(const Licence& licence);

// The one text of it. Throws std::invalid_argument for what fault_of() finds.
std::string text_of(const Licence& licence);
Parsed<Licence> parse(std::string_view text);

using Signature = std::array<std::uint8_t, 64>;
using PublicKey = std::array<std::uint8_t, 32>;

// What stands in the ledger and goes to others.
struct Document {
    std::string text;
    Signature signature{};
    bool operator==(const Document&) const = default;
};

// Both may be used by several threads at a time.
class LicenceVerifier {
  public:
    explicit LicenceVerifier(const PublicKey& key);
    const PublicKey& key() const { return key_; }

    [[nodiscard]] bool verifies(std::string_view text, ByteView signature) const;
    // The signature first: what is not signed is not read.
    Parsed<Licence> open(std::string_view text, ByteView signature) const;
    Parsed<Licence> open(const Document& document) const { return open(document.text, document.signature); }

  private:
    PublicKey key_;
    std::shared_ptr<const Botan::Ed25519_PublicKey> public_key_;
};

class LicenceSigner {
  public:
    // 32 bytes; throws std::invalid_argument for another size.
    explicit LicenceSigner(const crypto::Secret& seed);

    // Throws std::invalid_argument for what fault_of() finds.
    Document sign(const Licence& licence) const;
    PublicKey public_key() const;
    LicenceVerifier verifier() const { return LicenceVerifier(public_key()); }

  private:
    std::shared_ptr<const Botan::Ed25519_PrivateKey> key_;
};

} // namespace cifra::licence
