// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Disks that are full, and files that may not grow.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

namespace cifra::server::test {

// A tmpfs of `bytes` over `folder`, in a mount namespace of this process. Needs root; otherwise mounted() is false.
class SmallDisk {
  public:
    SmallDisk(std::filesystem::path folder, std::size_t bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const noexcept { return mounted_; }

  private:
    std::filesystem::path folder_;
    bool mounted_ = false;
};

// No file of this process grows beyond `bytes`: writing there gives EFBIG.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes);
    ~FileSizeLimit();
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
    sighandler_t handler_;
};

} // namespace cifra::server::test
