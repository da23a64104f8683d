// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "postgres.hpp"

#include "licence/database.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace test {

namespace fs = std::filesystem;

namespace {

// PostgreSQL refuses to be root.
const passwd* somebody() {
    if (::geteuid() != 0) return nullptr;
    const auto* user = ::getpwnam("postgres");
    return user != nullptr ? user : ::getpwnam("nobody");
}

fs::path find_programs() {
    std::error_code ignored;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored))
        if (fs::exists(version.path() / "bin/initdb", ignored)) return version.path() / "bin";
    throw std::runtime_error("PostgreSQL is not installed: scripts/deps check");
}

} // namespace

Postgres& Postgres::running() {
    static Postgres one;
    if (one.server_ < 0) one.start();
    return one;
}

Postgres::Postgres() : programs_(find_programs()) {
    auto name = (fs::temp_directory_path() / "cifra-pg-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    folder_ = name;
    if (const auto* user = somebody(); user != nullptr && ::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error("chown " + name);
    const auto made = spawn({"initdb", "-D", (folder_ / "data").string(), "-A", "trust", "-U", "postgres", "--no-sync",
                             "-E", "UTF8", "--locale=C.UTF-8"});
    int status = 0;
    ::waitpid(made, &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed, see " + (folder_ / "log").string());
}

Postgres::~Postgres() {
    stop();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::string Postgres::uri() const { return "postgresql://postgres@/postgres?host=" + folder_.string(); }

pid_t Postgres::spawn(const std::vector<std::string>& command) const {
    const auto program = (programs_ / command.front()).string();
    const auto log = (folder_ / "log").string();
    const auto* user = somebody();
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const auto child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child > 0) return child;
    // Only what is safe behind a fork, from here on.
    if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
        ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (out < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0 || ::chdir("/") != 0) ::_exit(126);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
}

void Postgres::start() {
    server_ = spawn({"postgres", "-D", (folder_ / "data").string(), "-k", folder_.string(), "-c", "listen_addresses="});
    for (int tries = 0; tries < 600; ++tries) {
        try {
            cifra::licence::open_postgres(uri())->weakness();
            return;
        } catch (const cifra::licence::DatabaseError&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
    throw std::runtime_error("PostgreSQL does not start, see " + (folder_ / "log").string());
}

void Postgres::stop() {
    if (server_ < 0) return;
    ::kill(server_, SIGQUIT);
    ::waitpid(server_, nullptr, 0);
    server_ = -1;
}

} // namespace test
