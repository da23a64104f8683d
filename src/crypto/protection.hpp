// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md section 5.2, and the keys of one direction and epoch. The record layer's own; nobody else includes it.
#pragma once

#include "crypto/aead.hpp"
#include "crypto/key_schedule.hpp"

#include <botan/cipher_mode.h>
#include <botan/rng.h>

namespace cifra::crypto {

enum class Direction : std::uint8_t { seal, open };

// The parts of a SECURE_X behind its epoch, and of the MAC frame; those that a suite has not are empty.
struct RecordParts {
    MutableBytes iv;
    MutableBytes text;
    MutableBytes tag;
};

class Protection {
  public:
    virtual ~Protection() = default;

    // Encrypts in place, fills iv and tag, and returns the MAC's bytes in `mac` (as long as the suite's MAC).
    virtual void seal(std::uint64_t number, ByteView ad, const RecordParts& parts, MutableBytes mac,
                      Botan::RandomNumberGenerator& rng) = 0;
    // Decrypts in place, if the record is authentic.
    [[nodiscard]] virtual bool open(std::uint64_t number, ByteView ad, const RecordParts& parts, ByteView mac) = 0;

    // The next link of the ratchet, where there is one: behind every record.
    void advance();

  protected:
    explicit Protection(Suite suite) : suite_(suite) {}

    virtual void set_keys(const Secret& key, const Secret& mac_key) = 0;
    using Nonce = std::array<std::uint8_t, nonce_length>;
    Nonce nonce(std::uint64_t number) const;

    Suite suite() const { return suite_; }

  private:
    friend std::unique_ptr<Protection> make_protection(Suite, Direction, Secret, bool);
    void derive(const Expander& expander, ByteView secret);

    Suite suite_;
    Secret iv_;
    Secret secret_; // kept only with a ratchet
    std::unique_ptr<Expander> ratchet_;
};

std::unique_ptr<Protection> make_protection(Suite suite, Direction direction, Secret secret, bool ratchet);

} // namespace cifra::crypto
