// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Ephemeral key pairs: PROTOCOL.md section 3, R-6 and R-7.
#pragma once

#include "crypto/secret.hpp"
#include "proto/fault.hpp"
#include "proto/names.hpp"

#include <botan/pk_keys.h>
#include <botan/rng.h>

#include <memory>

namespace cifra::crypto {

class EphemeralKey {
  public:
    static EphemeralKey generate(Group group, Botan::RandomNumberGenerator& rng);

    Group group() const { return group_; }
    const Bytes& public_key() const { return public_key_; }

    // One exchange, then the key is gone: callable on an rvalue only. Fault::bad_key for what R-6 refuses.
    Result<Secret> agree(ByteView peer, Botan::RandomNumberGenerator& rng) &&;

  private:
    EphemeralKey() = default;
    Group group_{};
    Bytes public_key_;
    std::unique_ptr<Botan::Private_Key> key_;
};

} // namespace cifra::crypto
