// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "on_terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace cifra::test {

namespace {

constexpr int patience = 60'000; // ms until something that should have happened is given up
constexpr int threw = 99;

int play(const std::function<int()>& scene) {
    try {
        return scene();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "the scene threw: %s\n", error.what());
    }
    return threw;
}

} // namespace

OnTerminal::OnTerminal(const std::function<int()>& scene) {
    std::fflush(nullptr);
    process_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (process_ < 0) throw std::runtime_error("forkpty");
    if (process_ == 0) ::_exit(play(scene));
}

OnTerminal::~OnTerminal() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    ::close(terminal_);
}

// False: nobody writes there any more.
bool OnTerminal::read_more() {
    pollfd ready{terminal_, POLLIN, 0};
    const int found = ::poll(&ready, 1, patience);
    if (found < 0 && errno == EINTR) return true;
    if (found == 0) throw std::runtime_error("nothing more was shown behind:\n" + text_);
    std::array<char, 4096> block{};
    const auto got = ::read(terminal_, block.data(), block.size());
    if (got > 0) text_.append(block.data(), static_cast<std::size_t>(got));
    return got > 0 || errno == EINTR;
}

void OnTerminal::expect(const std::string& words) {
    for (auto at = text_.find(words, seen_);; at = text_.find(words, seen_)) {
        if (at != std::string::npos) {
            seen_ = at + words.size();
            return;
        }
        if (!read_more()) throw std::runtime_error("'" + words + "' was not shown, but:\n" + text_);
    }
}

void OnTerminal::type(const std::string& line) {
    const auto keys = line + "\n";
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
        throw std::runtime_error("cannot type");
}

int OnTerminal::status() {
    while (read_more()) continue;
    int result = 0;
    ::waitpid(std::exchange(process_, -1), &result, 0);
    return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

} // namespace cifra::test
