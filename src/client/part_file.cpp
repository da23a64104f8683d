// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/part_file.hpp"

#include "client/app.hpp"

#include <botan/hash.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cifra::client {

namespace fs = std::filesystem;

namespace {

std::string reason() { return std::strerror(errno); }

[[noreturn]] void disk_failure(const fs::path& path) {
    const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    throw Failure(Exit::disk, "cannot write " + path.string() + ": " + reason(),
                  full ? "free some space and run the same command again: it goes on where it stopped"
                       : "check the disk, then run the same command again");
}

void sync_folder(const fs::path& folder) {
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

} // namespace

proto::Sha256 hash_file(int fd, const fs::path& name) {
    auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    Bytes block(1 << 20);
    off_t at = 0;
    for (;;) {
        const auto got = ::pread(fd, block.data(), block.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Failure(Exit::bad_input, "cannot read " + name.string() + ": " + reason());
        if (got == 0) break;
        hash->update(block.data(), static_cast<std::size_t>(got));
        at += got;
    }
    proto::Sha256 digest{};
    hash->final(digest.data());
    return digest;
}

PartFile::PartFile(fs::path target, const proto::Manifest& manifest)
    : target_(std::move(target)),
      part_(target_.string() + "." + hex(ByteView(manifest.sha256).first(8)) + ".part"),
      manifest_(manifest) {
    fd_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) {
        if (errno == ENOSPC || errno == EDQUOT) disk_failure(part_);
        const bool missing = errno == ENOENT || errno == ENOTDIR;
        throw Failure(Exit::bad_input, "cannot create " + part_.string() + ": " + reason(),
                      missing ? "make the folder first" : "choose another folder with --output");
    }
    struct stat info{};
    if (::fstat(fd_, &info) != 0) disk_failure(part_);
    next_ = std::min(manifest_.size, static_cast<std::uint64_t>(info.st_size));
}

PartFile::~PartFile() {
    if (fd_ >= 0) ::close(fd_);
    // Nothing arrived: nothing to go on with.
    std::error_code ignored;
    if (next_ == 0 && manifest_.size != 0) fs::remove(part_, ignored);
}

void PartFile::begin(std::uint32_t chunk_size) {
    if (next_ != manifest_.size) next_ -= next_ % chunk_size;
    mixed_ = next_ != 0;
}

void PartFile::write(std::uint64_t at, ByteView bytes) {
    const auto end = at + bytes.size();
    while (!bytes.empty()) {
        const auto put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) disk_failure(part_);
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        at += static_cast<std::uint64_t>(put);
    }
    next_ = end;
}

void PartFile::finish(bool force) {
    if (::ftruncate(fd_, static_cast<off_t>(manifest_.size)) != 0) disk_failure(part_);
    if (mixed_ && hash_file(fd_, part_) != manifest_.sha256) {
        std::error_code ignored;
        fs::remove(part_, ignored);
        throw Failure(Exit::integrity, "the part that was saved earlier was damaged; it has been removed",
                      "run the same command again");
    }
    if (::fsync(fd_) != 0) disk_failure(part_);
    const int renamed = force ? std::rename(part_.c_str(), target_.c_str())
                              : ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE);
    if (renamed != 0) {
        if (errno == EEXIST)
            throw Failure(Exit::exists, target_.string() + " exists",
                          "give --force to replace it, or another --output");
        disk_failure(target_);
    }
    sync_folder(target_.parent_path());
}

} // namespace cifra::client
