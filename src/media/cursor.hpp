// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A place in a source, for libraries that read and seek in the manner of files.
#pragma once

#include "media/byte_source.hpp"

#include <cstdio>

namespace cifra::media {

class Cursor {
  public:
    explicit Cursor(ByteSource& source) : source_(source) {}

    std::int64_t size() const;
    std::int64_t position() const { return position_; }
    // Refuses to read more than this from now on, as if the source ended. Whoever probes a file has a limit.
    void limit(std::uint64_t bytes) { left_ = bytes; }
    // Never throws, as it is called by C.
    std::size_t read(MutableBytes out) noexcept;
    // The new position, -1 where there is none. `whence` is SEEK_SET, SEEK_CUR or SEEK_END.
    std::int64_t seek(std::int64_t offset, int whence) noexcept;

  private:
    ByteSource& source_;
    std::int64_t position_ = 0;
    std::uint64_t left_ = UINT64_MAX;
};

// Reads ahead, for libraries that take a few bytes at a time.
class ReadAhead final : public ByteSource {
  public:
    explicit ReadAhead(ByteSource& source) : source_(source) {}
    std::uint64_t size() const override { return source_.size(); }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override;

  private:
    ByteSource& source_;
    std::uint64_t begin_ = 0;
    Bytes window_;
};

} // namespace cifra::media
