// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A download that is not whole yet: NAME.<hash>.part beside its target. The hash in the name ties it to the contents,
// so that a later run goes on with it, and it gets the target's name only when whole, checked and on the disk. The
// folder may be one where others can write: a part is a plain file of our own, locked while we write to it.
#pragma once

#include "proto/messages.hpp"

#include <sys/types.h>

#include <filesystem>

namespace cifra::client {

// All throw Failure: Exit::disk, Exit::bad_input for a folder that is missing or closed, Exit::exists for a part that
// is not ours alone.
class PartFile {
  public:
    PartFile(std::filesystem::path target, const proto::Manifest& manifest);
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    // A connection begins that brings chunks of this size: goes back to where one of them begins.
    void begin(std::uint32_t chunk_size);
    // The first byte that is missing; those before it were there already, or have been written.
    std::uint64_t next_byte() const { return next_; }
    // What comes next.
    void write(std::uint64_t at, ByteView bytes);

    // When it is whole. Checks the hash unless all is from one connection, which authenticates every record; makes it
    // durable. Takes long; may run on another thread.
    void settle();
    // Gives it its name. With `force` an existing target is replaced, else it is Exit::exists.
    void publish(bool force);
    // Makes the name durable. As long as the disk likes; may run on another thread.
    void settle_name() const;

    const std::filesystem::path& path() const { return part_; }

  private:
    std::filesystem::path target_, part_;
    proto::Manifest manifest_;
    int fd_ = -1;
    ::mode_t mode_; // of the file when it is whole
    std::uint64_t next_ = 0;
    bool mixed_ = false; // from several connections, perhaps of several runs
};

// SHA-256 of an open file, from its beginning. Throws Failure(bad_input).
proto::Sha256 hash_file(int fd, const std::filesystem::path& name);

} // namespace cifra::client
