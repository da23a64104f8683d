// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace cifra::crypto {

// Started with standard input, output or error closed, the next file or socket would get that number, and words meant
// for people would be written into it. Reads then find nothing, and writes fail.
inline void occupy_standard_streams() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        [[maybe_unused]] const int taken = ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    }
}

} // namespace cifra::crypto
