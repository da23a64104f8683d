// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/lock.hpp"

#include "admin/authority.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

// ".NAME.XXXXXX": nobody else's while we hold the lock.
void remove_leftovers(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto name = entry.path().filename().string();
        const auto end = name.rfind('.');
        if (!name.starts_with('.') || end == 0 || name.size() - end != 7) continue;
        if (entry.is_regular_file(ignored)) fs::remove(entry.path(), ignored);
    }
}

} // namespace

Lock::Lock(const fs::path& dir) {
    demand_dir(dir);
    const auto file = dir / "ca/.lock";
    fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), file.string());
    note_interrupts();
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        say("waiting for another cifractl that is at work in " + dir.string());
        while (::flock(fd_, LOCK_EX) != 0) {
            const int failure = errno;
            StagedFolder::check_interrupted();
            if (failure != EINTR) throw std::system_error(failure, std::generic_category(), file.string());
        }
    }
    for (const auto* folder : {"ca", "ca/crl", "ca/issued/servers", "ca/issued/devices", "ca/issued/people", "server",
                               "server/crls", "client"})
        remove_leftovers(dir / folder);
}

Lock::~Lock() {
    if (fd_ >= 0) ::close(fd_);
}

} // namespace cifra::admin
