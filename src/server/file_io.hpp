// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Files below std::fstream: positions, durability, and names that cannot lead out of a folder. Failures are errno
// values.
#pragma once

#include "proto/bytes.hpp"
#include "proto/messages.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

namespace cifra::server {

// An open file or folder; closed by the destructor.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

// What tells one state of a file from another without reading it.
struct FileStamp {
    std::uint64_t size = 0;    // bytes
    std::int64_t mtime_ns = 0; // since 1970
    std::uint64_t inode = 0;
    bool operator==(const FileStamp&) const = default;
};
// False: not a regular file, or fstat failed.
bool stamp_of(int fd, FileStamp& stamp) noexcept;
// Nothing when it is not there.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file) noexcept;

Descriptor open_folder(const std::filesystem::path& folder);
// Opens a regular file for reading. A symbolic link may stand in `relative`, but nothing leads out of `folder`. An
// invalid Descriptor with errno set otherwise.
Descriptor open_beneath(int folder, const std::string& relative);

// 0, or errno. Reading less than `out` because the file ends is EIO.
int read_at(int fd, std::uint64_t offset, MutableBytes out) noexcept;
int write_at(int fd, std::uint64_t offset, ByteView bytes) noexcept;
// Asked again and again by work that may be long: whether nobody wants its result any more. Empty: it is wanted.
using Cancelled = std::function<bool()>;
// Calls `take` with the first `length` bytes of the file, piece by piece. 0, or errno; ECANCELED.
int for_each_piece(int fd, std::uint64_t length, const std::function<void(ByteView)>& take,
                   const Cancelled& cancelled = {});

// Replaces `file` by a new one, mode 0600, that is whole and durable, or leaves the old one: 0, or errno.
int replace_file(const std::filesystem::path& file, ByteView contents);
// The whole file, at most `limit` bytes; false with errno set otherwise.
bool read_file(const std::filesystem::path& file, std::size_t limit, Bytes& contents);
int sync_folder(const std::filesystem::path& folder) noexcept;

proto::Sha256 sha256(ByteView bytes);
std::string hex(ByteView bytes);

} // namespace cifra::server
