// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/part_file.hpp"

#include "client/app.hpp"

#include <botan/hash.h>

#include <fcntl.h>
#include <sys/file.h>
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

[[noreturn]] void create_failure(const fs::path& path) {
    if (errno == ENOSPC || errno == EDQUOT) disk_failure(path);
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    throw Failure(Exit::bad_input, "cannot create " + path.string() + ": " + reason(),
                  missing ? "make the folder first" : "choose another folder with --output");
}

[[noreturn]] void not_ours(const fs::path& path, const std::string& why) {
    throw Failure(Exit::exists, path.string() + " is there and " + why,
                  "find out who made it and remove it, or choose another folder with --output");
}

// What somebody may have put there to have us write into a file of his choice, or into one that he can write too.
void demand_ours(int fd, const fs::path& path) {
    struct stat info{};
    if (::fstat(fd, &info) != 0) disk_failure(path);
    if (!S_ISREG(info.st_mode)) not_ours(path, "is no regular file");
    if (info.st_uid != ::geteuid()) not_ours(path, "belongs to somebody else");
    if (info.st_nlink > 1) not_ours(path, "has a second name");
}

void lock(int fd, const fs::path& path) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return; // some file systems have no locks
    throw Failure(Exit::exists, "another cifra is saving this just now, to " + path.string(),
                  "wait until it is done, or choose another place with --output");
}

// The other cifra may have finished, and the file have got another name, or none, before we had the lock.
bool has_name(int fd, const fs::path& path) {
    struct stat file{}, name{};
    return ::fstat(fd, &file) == 0 && ::lstat(path.c_str(), &name) == 0 && file.st_dev == name.st_dev &&
           file.st_ino == name.st_ino;
}

int open_part(const fs::path& path) {
    for (int i = 0; i < 10; ++i) {
        int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        const bool made = fd >= 0;
        if (!made && errno != EEXIST) create_failure(path);
        if (!made) fd = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) continue; // gone meanwhile
        if (fd < 0) not_ours(path, errno == ELOOP ? "is a symbolic link" : "cannot be used: " + reason());
        try {
            if (!made) demand_ours(fd, path);
            lock(fd, path);
        } catch (...) {
            ::close(fd);
            throw;
        }
        if (has_name(fd, path)) return fd;
        ::close(fd);
    }
    not_ours(path, "does not stay");
}

::mode_t usual_mode() {
    const auto mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
}

// Never replaces what is there: EEXIST. 0, or errno.
int rename_new(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    // A file system without that flag …
    if (::link(from.c_str(), to.c_str()) == 0) {
        ::unlink(from.c_str());
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) return errno;
    // … and without links: whoever takes the name between these two lines loses it.
    struct stat there{};
    if (::lstat(to.c_str(), &there) == 0) return EEXIST;
    return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
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
      manifest_(manifest),
      fd_(open_part(part_)),
      mode_(usual_mode()) {
    (void)::fchmod(fd_, 0600); // one of an older cifra; not every file system has modes
    struct stat info{};
    if (::fstat(fd_, &info) == 0) next_ = std::min(manifest_.size, static_cast<std::uint64_t>(info.st_size));
}

PartFile::~PartFile() {
    // Nothing arrived: nothing to go on with.
    std::error_code ignored;
    if (next_ == 0 && manifest_.size != 0 && has_name(fd_, part_)) fs::remove(part_, ignored);
    ::close(fd_);
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

void PartFile::settle() {
    if (::ftruncate(fd_, static_cast<off_t>(manifest_.size)) != 0) disk_failure(part_);
    if (mixed_ && hash_file(fd_, part_) != manifest_.sha256) {
        std::error_code ignored;
        fs::remove(part_, ignored);
        throw Failure(Exit::integrity, "the part that was saved earlier was damaged; it has been removed",
                      "run the same command again");
    }
    (void)::fchmod(fd_, mode_);
    if (::fsync(fd_) != 0) disk_failure(part_);
}

void PartFile::publish(bool force) {
    int error = 0;
    if (!force)
        error = rename_new(part_, target_);
    else if (std::rename(part_.c_str(), target_.c_str()) != 0)
        error = errno;
    if (error == EEXIST)
        throw Failure(Exit::exists, target_.string() + " exists", "give --force to replace it, or another --output");
    errno = error;
    if (error != 0) disk_failure(target_);
}

void PartFile::settle_name() const {
    const auto folder = target_.parent_path();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

} // namespace cifra::client
