// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/descriptors.hpp"

#include "server/log.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>

namespace cifra::server {

namespace {
constexpr std::uint64_t own_descriptors = 64; // listeners, threads, files
}

void allow_descriptors(std::uint32_t half_open) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const auto before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (before != limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        log(Level::warning, "limit of descriptors cannot be raised", {{"reason", std::strerror(errno)}});
        limit.rlim_cur = before;
    }
    log(Level::debug, "descriptors", {{"limit", limit.rlim_cur}});
    const auto needed = half_open + own_descriptors;
    if (limit.rlim_cur >= needed) return;
    log(Level::warning, "few_descriptors",
        {{"limit", limit.rlim_cur},
         {"needed", needed},
         {"remedy", "raise the limit of open files (LimitNOFILE= in systemd, ulimit -n), or lower half_open_ramp"}});
}

} // namespace cifra::server
