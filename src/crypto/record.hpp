// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md section 5: one SECURE_X (and its MAC frame) at a time, in place. One object serves one direction of one
// epoch.
#pragma once

#include "crypto/secret.hpp"
#include "crypto/suite.hpp"
#include "proto/fault.hpp"
#include "proto/frame.hpp"
#include "proto/messages.hpp"

#include <botan/rng.h>

#include <memory>

namespace cifra::crypto {

class Protection; // AEAD or encrypt-then-MAC: protection.hpp

// Counts one direction over the whole connection.
struct SequenceNumber {
    std::uint64_t value = 0;
};

inline constexpr std::size_t inner_header_size = 4;
inline constexpr std::size_t max_padding = std::size_t{1} << 20; // bytes; section 5.3

class RecordSealer {
  public:
    RecordSealer(Suite suite, SendSecret secret, std::uint32_t epoch, bool ratchet);
    RecordSealer(RecordSealer&&) noexcept;
    RecordSealer& operator=(RecordSealer&&) noexcept;
    ~RecordSealer();

    std::uint32_t epoch() const { return epoch_; }
    // Bytes of the wire in front of the body: frame header, epoch, IV, inner header.
    std::size_t prefix() const;
    // Bytes on the wire for a body, MAC frame included. `padding` is the least that is wanted; CBC adds what fills its
    // block. More padding than max_padding, or more of everything than a frame can state, throws std::length_error.
    std::size_t sealed_size(std::size_t body, std::size_t padding) const;
    // `record` has sealed_size() bytes, and its body from prefix() on. Uses up one sequence number.
    void seal(MutableBytes record, proto::InnerType type, std::size_t body, std::size_t padding, SequenceNumber& number,
              Botan::RandomNumberGenerator& rng);

  private:
    Suite suite_;
    std::uint32_t epoch_;
    std::unique_ptr<Protection> protection_;
};

struct OpenedRecord {
    std::uint8_t inner_type; // not yet looked at
    MutableBytes body;       // inside the frame that was opened
};

class RecordOpener {
  public:
    RecordOpener(Suite suite, ReceiveSecret secret, std::uint32_t epoch, bool ratchet);
    RecordOpener(RecordOpener&&) noexcept;
    RecordOpener& operator=(RecordOpener&&) noexcept;
    ~RecordOpener();

    std::uint32_t epoch() const { return epoch_; }
    // `frame` is a whole SECURE_X with its header; `mac` the payload of its MAC frame, empty for an AEAD. Every failure
    // is Fault::bad_record; the epoch is checked too.
    Result<OpenedRecord> open(MutableBytes frame, ByteView mac, SequenceNumber& number);

  private:
    Suite suite_;
    std::uint32_t epoch_;
    std::unique_ptr<Protection> protection_;
};

// The epoch that a SECURE_X names, before it is opened; nothing for a payload too short to have one.
std::optional<std::uint32_t> epoch_of(ByteView frame) noexcept;

} // namespace cifra::crypto
