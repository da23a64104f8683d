// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Signatures of the handshake: PROTOCOL.md sections 3 (schemes) and 4.3 (what is signed).
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"
#include "proto/names.hpp"

#include <botan/pk_keys.h>
#include <botan/rng.h>

#include <memory>

namespace cifra::crypto {

// publisher: who answers for items, whichever server hands them out; it signs manifests (signed_manifest.hpp), and no
// handshake. enrolment: a device that has no certificate yet signs under this context, and under no other.
enum class Party : std::uint8_t { server, device, user, publisher, enrolment };
std::string_view name_of(Party party) noexcept; // "server", "device", "user", "publisher", "enrolment"

// 64 spaces, the context of that party, 0x00, the transcript hash.
Bytes signed_content(Party party, ByteView transcript);

// Something that signs: a key in memory here, a card in src/client/token.
class Signer {
  public:
    virtual ~Signer() = default;
    // Schemes that this key can make, the best first.
    virtual std::vector<Scheme> schemes() const = 0;
    // Fault::not_offered for another scheme; Fault::bad_key if the key did not do its work.
    virtual Result<Bytes> sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& rng) = 0;
};

std::unique_ptr<Signer> make_signer(std::shared_ptr<const Botan::Private_Key> key);

// Schemes that this public key can verify; none for a kind or size outside the profile.
std::vector<Scheme> schemes_of(const Botan::Public_Key& key);

// The first scheme of `mine` that `theirs` contains; rsa_pkcs1 only for Party::user.
std::optional<Scheme> choose_scheme(const std::vector<Scheme>& mine, const std::vector<Scheme>& theirs, Party party);

// True only if the scheme fits the key, is allowed for this party, and the signature verifies over `content`.
[[nodiscard]] bool verify(const Botan::Public_Key& key, Scheme scheme, Party party, ByteView content,
                          ByteView signature);

} // namespace cifra::crypto
