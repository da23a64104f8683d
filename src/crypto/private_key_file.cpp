// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/private_key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cifra::crypto {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw std::system_error(errno, std::generic_category(), file.string());
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

  private:
    int fd_;
};

void write_all(int fd, std::string_view content, const std::filesystem::path& file) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(file);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

// The name under which a file is written until it is whole.
class TemporaryName {
  public:
    explicit TemporaryName(const std::filesystem::path& file)
        : name_((file.parent_path() / ("." + file.filename().string() + ".XXXXXX")).string()) {}
    TemporaryName(const TemporaryName&) = delete;
    TemporaryName& operator=(const TemporaryName&) = delete;
    ~TemporaryName() {
        if (made_) ::unlink(name_.c_str());
    }
    int create() {
        const int fd = ::mkostemp(name_.data(), O_CLOEXEC); // mode 0600
        made_ = fd >= 0;
        return fd;
    }
    const char* c_str() const { return name_.c_str(); }
    void given_away() { made_ = false; }

  private:
    std::string name_;
    bool made_ = false;
};

// Nothing of `mode` is left to the umask.
void write_temporary(TemporaryName& temporary, const std::filesystem::path& file, std::string_view content, mode_t mode,
                     const struct stat* former) {
    const Descriptor fd(temporary.create());
    if (fd.get() < 0) fail(file);
    write_all(fd.get(), content, file);
    if (former != nullptr && (former->st_uid != ::geteuid() || former->st_gid != ::getegid())) {
        // Somebody who may not give files away replaces it by one of their own.
        if (::fchown(fd.get(), former->st_uid, former->st_gid) != 0 && errno != EPERM) fail(file);
    }
    if (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0) fail(file);
}

} // namespace

void sync_folder(const std::filesystem::path& folder) {
    const Descriptor fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) fail(folder);
}

void write_new_file(const std::filesystem::path& file, std::string_view content, mode_t mode) {
    TemporaryName temporary(file);
    write_temporary(temporary, file, content, mode, nullptr);
    if (::link(temporary.c_str(), file.c_str()) != 0) fail(file); // unlike rename, never over an existing file
    sync_folder(file.parent_path());
}

void replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode) {
    struct stat former{};
    const bool there = ::lstat(file.c_str(), &former) == 0 && S_ISREG(former.st_mode);
    TemporaryName temporary(file);
    write_temporary(temporary, file, content, there ? former.st_mode & 07777 : mode, there ? &former : nullptr);
    if (::rename(temporary.c_str(), file.c_str()) != 0) fail(file);
    temporary.given_away();
    sync_folder(file.parent_path());
}

} // namespace cifra::crypto
