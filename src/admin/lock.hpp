// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One cifractl at a time changes DIR. Taken after passphrases were asked for: nobody waits for a person who types.
#pragma once

#include <filesystem>

namespace cifra::admin {

class Lock {
  public:
    // Waits, and says so. From here on Ctrl-C and a request to terminate are noted, as by StagedFolder. What another
    // one that was killed left behind of files that never got their name is removed.
    explicit Lock(const std::filesystem::path& dir);
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock();

  private:
    int fd_ = -1;
};

} // namespace cifra::admin
