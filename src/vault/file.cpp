// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace cifra::vault {

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Descriptor open_to_read(const std::filesystem::path& file) {
    // Never waits for the writer of a FIFO.
    Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat found{};
    if (!fd || ::fstat(fd.get(), &found) != 0) return {};
    if (S_ISREG(found.st_mode)) return fd;
    errno = EINVAL;
    return {};
}

bool length_of(int fd, std::uint64_t& length) noexcept {
    struct stat found{};
    if (::fstat(fd, &found) != 0) return false;
    length = static_cast<std::uint64_t>(found.st_size);
    return true;
}

int read_at(int fd, std::uint64_t offset, MutableBytes out) noexcept {
    iovec piece{out.data(), out.size()};
    return read_vector(fd, offset, {&piece, 1});
}

int read_vector(int fd, std::uint64_t offset, std::span<iovec> pieces) noexcept {
    while (true) {
        while (!pieces.empty() && pieces.front().iov_len == 0) pieces = pieces.subspan(1);
        if (pieces.empty()) return 0;
        const auto got = ::preadv(fd, pieces.data(), static_cast<int>(pieces.size()), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return ended_early;
        offset += static_cast<std::uint64_t>(got);
        for (auto left = static_cast<std::size_t>(got); left > 0;) {
            auto& piece = pieces.front();
            const auto taken = std::min(left, piece.iov_len);
            piece.iov_base = static_cast<std::uint8_t*>(piece.iov_base) + taken;
            piece.iov_len -= taken;
            left -= taken;
            if (piece.iov_len == 0) pieces = pieces.subspan(1);
        }
    }
}

int write_at(int fd, std::uint64_t offset, ByteView bytes) noexcept {
    while (!bytes.empty()) {
        const auto n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return EIO;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return 0;
}

int sync_folder(const std::filesystem::path& folder) noexcept {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd && ::fsync(fd.get()) == 0 ? 0 : errno;
}

int rename_new(const std::filesystem::path& from, const std::filesystem::path& to) noexcept {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    // A file system without that flag.
    if (::link(from.c_str(), to.c_str()) != 0) return errno;
    ::unlink(from.c_str());
    return 0;
}

} // namespace cifra::vault
