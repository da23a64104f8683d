// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_vault: files by descriptor. Failures are errno values.
#pragma once

#include "proto/bytes.hpp"

#include <sys/uio.h>

#include <filesystem>
#include <span>
#include <utility>

namespace cifra::vault {

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

// What read_at() and read_vector() give when the file ends too early.
inline constexpr int ended_early = -1;

// A regular file and no symbolic link; an invalid Descriptor with errno set otherwise.
Descriptor open_to_read(const std::filesystem::path& file);
// Its length; false with errno set.
bool length_of(int fd, std::uint64_t& length) noexcept;

int read_at(int fd, std::uint64_t offset, MutableBytes out) noexcept;
// Fills the pieces one behind the other; changes them.
int read_vector(int fd, std::uint64_t offset, std::span<iovec> pieces) noexcept;
int write_at(int fd, std::uint64_t offset, ByteView bytes) noexcept;
int sync_folder(const std::filesystem::path& folder) noexcept;
// Never replaces what is there: EEXIST.
int rename_new(const std::filesystem::path& from, const std::filesystem::path& to) noexcept;

} // namespace cifra::vault
