// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/file_io.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <botan/hash.h>
#include <botan/hex.h>

#include <algorithm>
#include <cerrno>

namespace cifra::server {

namespace {

constexpr std::size_t piece_size = 1 << 20;

FileStamp stamp_from(const struct stat& found) {
    return {static_cast<std::uint64_t>(found.st_size),
            static_cast<std::int64_t>(found.st_mtim.tv_sec) * 1'000'000'000 + found.st_mtim.tv_nsec, found.st_ino};
}

// Without openat2 (before Linux 5.6, or filtered out): no symbolic links at all.
Descriptor open_by_components(int folder, const std::string& relative) {
    Descriptor at;
    std::size_t begin = 0;
    while (true) {
        const auto slash = relative.find('/', begin);
        const auto component = relative.substr(begin, slash == std::string::npos ? slash : slash - begin);
        if (component.empty() || component == "." || component == "..") {
            errno = EINVAL;
            return {};
        }
        const bool last = slash == std::string::npos;
        const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY);
        at = Descriptor(::openat(at ? at.get() : folder, component.c_str(), flags));
        if (!at || last) return at;
        begin = slash + 1;
    }
}

} // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

bool stamp_of(int fd, FileStamp& stamp) noexcept {
    struct stat found{};
    if (::fstat(fd, &found) != 0) return false;
    if (!S_ISREG(found.st_mode)) {
        errno = EINVAL;
        return false;
    }
    stamp = stamp_from(found);
    return true;
}

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) noexcept {
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0) return std::nullopt;
    return stamp_from(found);
}

Descriptor open_folder(const std::filesystem::path& folder) {
    return Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Descriptor open_beneath(int folder, const std::string& relative) {
    struct open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY; // never waits for the writer of a FIFO
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    Descriptor file(static_cast<int>(::syscall(SYS_openat2, folder, relative.c_str(), &how, sizeof how)));
    if (!file && (errno == ENOSYS || errno == EPERM)) file = open_by_components(folder, relative);
    FileStamp stamp;
    if (file && !stamp_of(file.get(), stamp)) return {};
    return file;
}

int read_at(int fd, std::uint64_t offset, MutableBytes out) noexcept {
    while (!out.empty()) {
        const auto n = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return EIO;
        out = out.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return 0;
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

int for_each_piece(int fd, std::uint64_t length, const std::function<void(ByteView)>& take,
                   const Cancelled& cancelled) {
    Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, length)));
    for (std::uint64_t offset = 0; offset < length;) {
        if (cancelled && cancelled()) return ECANCELED;
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), length - offset));
        if (const int error = read_at(fd, offset, MutableBytes(piece).first(n))) return error;
        take(ByteView(piece).first(n));
        offset += n;
    }
    return 0;
}

int replace_file(const std::filesystem::path& file, ByteView contents) {
    auto next = file;
    next += ".new";
    Descriptor fd(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return errno;
    int error = write_at(fd.get(), 0, contents);
    if (error == 0 && ::fdatasync(fd.get()) != 0) error = errno;
    if (error == 0 && ::rename(next.c_str(), file.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(next.c_str());
        return error;
    }
    return sync_folder(file.parent_path());
}

bool read_file(const std::filesystem::path& file, std::size_t limit, Bytes& contents) {
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    FileStamp stamp;
    if (!fd || !stamp_of(fd.get(), stamp)) return false;
    if (stamp.size > limit) {
        errno = EFBIG;
        return false;
    }
    contents.resize(static_cast<std::size_t>(stamp.size));
    errno = read_at(fd.get(), 0, contents);
    return errno == 0;
}

int sync_folder(const std::filesystem::path& folder) noexcept {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd && ::fsync(fd.get()) == 0 ? 0 : errno;
}

proto::Sha256 sha256(ByteView bytes) {
    proto::Sha256 digest{};
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(bytes.data(), bytes.size());
    hash->final(digest.data());
    return digest;
}

std::string hex(ByteView bytes) { return Botan::hex_encode(bytes.data(), bytes.size(), false); }

} // namespace cifra::server
