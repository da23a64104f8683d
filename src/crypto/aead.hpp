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

    // Decrypts `text` in place. False: the tag is wrong; `text` then holds nothing that may be used.
    [[nodiscard]] virtual bool open(ByteView nonce, ByteView ad, MutableBytes text,
                                    std::span<const std::uint8_t, tag_length> tag) = 0;

    // A new key for the same cipher, as the ratchet gives one for every record.
    virtual void set_key(ByteView key) = 0;
};

enum class Provider : std::uint8_t { botan, openssl };

// For AEAD suites only.
std::unique_ptr<Aead> make_aead(Suite suite, ByteView key, Provider provider);

// What the record layer uses when nobody says otherwise.
Provider default_provider() noexcept;

}  // namespace cifra::crypto
