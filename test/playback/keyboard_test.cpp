// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/keyboard.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <vector>

namespace cifra::playback {
namespace {

using namespace std::chrono_literals;

std::vector<Key> parse_all(const std::string& bytes) {
    KeyParser parser;
    std::vector<Key> keys;
    for (const char byte : bytes) {
        if (const auto key = parser.parse(byte)) keys.push_back(*key);
    }
    return keys;
}

class Terminal {
  public:
    Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
        REQUIRE(master_ >= 0);
        REQUIRE(grantpt(master_) == 0);
        REQUIRE(unlockpt(master_) == 0);
        slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
        REQUIRE(slave_ >= 0);
    }
    ~Terminal() {
        close(slave_);
        close(master_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    int slave() const { return slave_; }
    void type(const std::string& text) const { REQUIRE(write(master_, text.data(), text.size()) == std::ssize(text)); }
    bool is_line_by_line() const {
        termios settings{};
        REQUIRE(tcgetattr(slave_, &settings) == 0);
        return (settings.c_lflag & ICANON) != 0 && (settings.c_lflag & ECHO) != 0;
    }

  private:
    int master_;
    int slave_ = -1;
};

TEST_CASE("keys are told from each other") {
    REQUIRE(parse_all(" np+-=q") == std::vector{Key::toggle_pause, Key::next, Key::previous, Key::louder, Key::quieter,
                                                Key::louder, Key::quit});
    REQUIRE(parse_all("\x1b[A\x1b[B\x1b[C\x1b[D") == std::vector{Key::louder, Key::quieter, Key::forward, Key::back});
    REQUIRE(parse_all("\x1bOC\x1bOD") == std::vector{Key::forward, Key::back});
}

TEST_CASE("what is no key is passed over, whole sequences of it too") {
    REQUIRE(parse_all("x\x07\n").empty());
    REQUIRE(parse_all("\x1b[3~\x1b[1;2C\x1b[15~").empty());
    REQUIRE(parse_all("\x1b\x1b[C") == std::vector{Key::forward});
    REQUIRE(parse_all("\x1b[3~n") == std::vector{Key::next});
}

TEST_CASE("a terminal is switched to single keys and back") {
    const Terminal terminal;
    REQUIRE(terminal.is_line_by_line());
    {
        Keyboard keyboard(terminal.slave());
        REQUIRE(keyboard.is_active());
        REQUIRE_FALSE(terminal.is_line_by_line());
        terminal.type("x\x1b[Cn");
        REQUIRE(keyboard.read(10s) == Key::forward);
        REQUIRE(keyboard.read(10s) == Key::next);
        REQUIRE_FALSE(keyboard.read(0s));
        terminal.type("\x1b");
        REQUIRE_FALSE(keyboard.read(0s));
        terminal.type("["); // no arrow: the escape was a key of its own
        REQUIRE_FALSE(keyboard.read(0s));
        terminal.type("p");
        REQUIRE(keyboard.read(10s) == Key::previous);
    }
    REQUIRE(terminal.is_line_by_line());
}

TEST_CASE("without a terminal there are no keys") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], "q", 1) == 1);
    {
        Keyboard keyboard(ends[0]);
        REQUIRE_FALSE(keyboard.is_active());
        REQUIRE_FALSE(keyboard.read(0s));
    }
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("a signal that ends the program restores the terminal") {
    const Terminal terminal;
    const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
    const pid_t child = fork();
    if (child == 0) {
        std::signal(signal, SIG_DFL); // the test runner handles some
        const Keyboard keyboard(terminal.slave());
        if (!terminal.is_line_by_line()) raise(signal);
        _exit(1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == signal);
    REQUIRE(terminal.is_line_by_line());
}

TEST_CASE("a suspended program gives the terminal back, and takes it again") {
    const Terminal terminal;
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        std::signal(SIGTSTP, SIG_DFL);
        const Keyboard keyboard(terminal.slave());
        raise(SIGTSTP);
        _exit(terminal.is_line_by_line() ? 1 : 0);
    }
    setpgid(child, child);
    int status = 0;
    REQUIRE(waitpid(child, &status, WUNTRACED) == child);
    REQUIRE(WIFSTOPPED(status));
    REQUIRE(terminal.is_line_by_line());
    REQUIRE(kill(child, SIGCONT) == 0);
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
}

} // namespace
} // namespace cifra::playback
