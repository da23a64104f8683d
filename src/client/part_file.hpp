// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A download that is not whole yet: NAME.<hash>.part beside its target. The hash in the name ties it to the contents,
// so that a later run goes on with it, and it gets the target's name only when whole, checked and on the disk.
#pragma once

#include "proto/messages.hpp"

#include <filesystem>

namespace cifra::client {

// All throw Failure: Exit::disk, or Exit::bad_input for a folder that is missing or closed.
class PartFile {
  public:
    PartFile(std::filesystem::path target, const proto::Manifest& manifest);
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    // The first chunk that is missing; those before it were there already, or have been written.
    std::uint64_t next_chunk() const { return next_; }
    bool resumed() const { return resumed_; }
    void write(std::uint64_t index, ByteView bytes);
    // Checks the hash if any part is from an earlier run, makes it durable, and gives it its name. With `force` an
    // existing target is replaced, else it is Exit::exists.
    void finish(bool force);

    const std::filesystem::path& path() const { return part_; }

  private:
    std::filesystem::path target_, part_;
    proto::Manifest manifest_;
    int fd_ = -1;
    std::uint64_t next_ = 0;
    bool resumed_ = false;
};

// SHA-256 of an open file, from its beginning. Throws Failure(bad_input).
proto::Sha256 hash_file(int fd, const std::filesystem::path& name);

} // namespace cifra::client
