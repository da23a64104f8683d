// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the readers of sound files read from: bytes at random.
#pragma once

#include "proto/bytes.hpp"

namespace cifra::media {

class ByteSource {
  public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    virtual std::uint64_t size() const = 0;
    // How many bytes were read: less than `out` holds only where the source ends or fails.
    virtual std::size_t read_at(std::uint64_t offset, MutableBytes out) = 0;
};

// Bytes that outlive it.
class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(ByteView bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override;

  private:
    ByteView bytes_;
};

// The first `size` bytes of an open file, which outlives it. Its position is neither used nor moved.
class FileSource final : public ByteSource {
  public:
    FileSource(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
    std::uint64_t size() const override { return size_; }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override;

  private:
    int fd_;
    std::uint64_t size_;
};

} // namespace cifra::media
