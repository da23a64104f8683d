// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The audit log: what was done with licences, each entry bound to all before it, and checkpoints outside of the
// database that tell when the whole of it was set back.
#pragma once

#include "licence/ledger_keys.hpp"

#include <filesystem>
#include <optional>

namespace Botan {
class Ed25519_PrivateKey;
} // namespace Botan

namespace cifra::licence {

enum class Event : std::uint8_t {
    created, // the ledger itself
    issue,   // by hand, or by policy with somebody's first play
    play,    // begun: what it cost was taken
    resume,  // the same play again: costs nothing
    denial,
    lease, // units or time reserved
    end,   // settled; over, or interrupted
    renewal,
    returned,
    revocation,
    cancellation,
    recovery,   // plays of a server that had stopped in the middle were settled
    acceptance, // the operator took over a ledger that was set back
};
std::string_view name_of(Event event) noexcept; // "play"
std::optional<Event> event_named(std::string_view name) noexcept;

// As it is stored. Person and item: zeros where there is none.
struct AuditEntry {
    std::int64_t seq = 0;  // from 1
    std::int64_t time = 0; // seconds since 1970
    Event event{};
    Pseudonym person{}, item{};
    Hash previous{};
    Bytes details; // sealed
    Hash hash{};
};
// SHA-256(previous ‖ all the rest of it).
Hash hash_of(const AuditEntry& entry);
// What its details are bound to.
Encoding place_of(const AuditEntry& entry);

struct Checkpoint {
    std::int64_t seq = 0;
    Hash hash{};
    std::int64_t time = 0;
    bool operator==(const Checkpoint&) const = default;
};

// A file of one line of JSON, signed. It is replaced as a whole, durably.
class CheckpointFile {
  public:
    // `seed`: 32 bytes. Throws std::invalid_argument.
    CheckpointFile(std::filesystem::path file, const crypto::Secret& seed);
    // Nothing when there is no file. Throws std::runtime_error when it cannot be read, or is none that this key signed.
    std::optional<Checkpoint> read() const;
    // Throws std::system_error.
    void write(const Checkpoint& checkpoint) const;
    const std::filesystem::path& file() const { return file_; }

  private:
    std::string text_of(const Checkpoint& checkpoint) const;

    std::filesystem::path file_;
    std::shared_ptr<const Botan::Ed25519_PrivateKey> key_;
};

std::string hex_of(ByteView bytes);
// Nothing when it is not so many bytes in lower-case hexadecimal digits.
bool from_hex(std::string_view text, MutableBytes out) noexcept;

} // namespace cifra::licence
