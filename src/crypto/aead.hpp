// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The one place where an AEAD is made, so that a faster implementation of the same cipher can stand beside Botan's.
#pragma once

#include "crypto/secret.hpp"
#include "crypto/suite.hpp"

#include <memory>

namespace cifra::crypto {

class Aead {
  public:
    static constexpr std::size_t tag_length = 16;
    virtual ~Aead() = default;

    // Encrypts `text` in place and writes the tag. `nonce` has 12 bytes. A nonce must never repeat under one key.
    virtual void seal(ByteView nonce, ByteView ad, MutableBytes text, std::span<std::uint8_t, tag_length> tag) = 0;

    // Decrypts `text` in place. False: the tag is wrong; `text` has then been wiped.
    [[nodiscard]] virtual bool open(ByteView nonce, ByteView ad, MutableBytes text,
                                    std::span<const std::uint8_t, tag_length> tag) = 0;

    // A new key for the same cipher, as the ratchet gives one for every record.
    virtual void set_key(ByteView key) = 0;
};

enum class Provider : std::uint8_t { botan, openssl };

// Whether this build contains the provider; Botan always.
bool has_provider(Provider provider) noexcept;

// For AEAD suites only. Throws std::invalid_argument for another suite, a key of the wrong length or a provider that
// this build lacks.
std::unique_ptr<Aead> make_aead(Suite suite, ByteView key, Provider provider);

// What the record layer uses when nobody says otherwise: OpenSSL where it is compiled in, else Botan.
Provider default_provider() noexcept;

// Changes it for the sealers and openers made from then on, in every thread; meant for start-up and tests. No
// environment variable does this. Throws std::invalid_argument for a provider that this build lacks.
void set_default_provider(Provider provider);

} // namespace cifra::crypto
