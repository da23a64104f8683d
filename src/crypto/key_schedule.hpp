// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md sections 4.3 (transcript, FINISHED) and 4.4.
#pragma once

#include "crypto/secret.hpp"
#include "crypto/suite.hpp"

#include <botan/hash.h>
#include <botan/kdf.h>

#include <memory>

namespace cifra::crypto {

// Keeps whole frames until the suite is known, then hashes as bytes come.
class Transcript {
  public:
    void add(ByteView bytes);
    void choose(Suite suite); // once
    Bytes hash() const;       // over all that was added so far; needs choose()

  private:
    Bytes waiting_;
    std::unique_ptr<Botan::HashFunction> hash_;
};

Bytes hash_of(Suite suite, ByteView a, ByteView b = {}, ByteView c = {});

// "Expand" of section 4.4, for whoever calls it again and again: the ratchet does so for every record.
class Expander {
  public:
    explicit Expander(Suite suite);
    // Keeps nothing of `secret` but what HMAC keeps of its last key: gone with the next call or with the object.
    Secret expand(ByteView secret, std::string_view label, ByteView context, std::size_t length) const;

  private:
    std::unique_ptr<Botan::KDF> hkdf_;
};

// The same, once.
Secret expand(Suite suite, ByteView secret, std::string_view label, ByteView context, std::size_t length);

// The secrets of one epoch, not yet given to a direction.
struct EpochSecrets {
    Secret client;
    Secret server;
    SendSecret to_send(Role me) { return {std::move(me == Role::client ? client : server)}; }
    ReceiveSecret to_receive(Role me) { return {std::move(me == Role::client ? server : client)}; }
};

class KeySchedule {
  public:
    // `transcript` = T(DH_PARAMETERS_RESPONSE). The dh is not kept.
    KeySchedule(Suite suite, const Secret& dh, ByteView transcript);

    EpochSecrets take_handshake_secrets(); // epoch 0; once
    // HMAC with the finished key of the sender's direction.
    Bytes finished(Role sender, ByteView transcript) const;

    // Epoch 1; wipes the finished keys. `transcript` = T(the last FINISHED of the client).
    EpochSecrets start(ByteView transcript);
    // Epoch e+1, chained to epoch e (section 6).
    EpochSecrets rotate(const Secret& dh, ByteView rotate_body, ByteView response_body);

  private:
    EpochSecrets enter(Secret main, Bytes th);

    Suite suite_;
    EpochSecrets handshake_;
    Secret client_finished_, server_finished_;
    Secret salt_; // for the next main secret
    Bytes th_;
};

} // namespace cifra::crypto
