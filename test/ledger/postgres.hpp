// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server of this program's own, on a Unix socket in a folder of its own; it ends with the program.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace test {

class Postgres {
  public:
    // The one of this process, running.
    static Postgres& running();

    ~Postgres();
    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;

    std::string uri() const;
    void start();
    void stop(); // at once, as a crash: without writing anything more

  private:
    Postgres();
    pid_t spawn(const std::vector<std::string>& command) const;

    std::filesystem::path folder_, programs_;
    pid_t server_ = -1;
};

} // namespace test
