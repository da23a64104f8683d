// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/pinentry.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace cifra::client {

namespace {

constexpr std::size_t max_line = 1000; // of Assuan, without its LF

// The program, and the socket that is its standard input and output.
class Pinentry {
  public:
    explicit Pinentry(const std::string& program) : program_(program) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail(std::strerror(errno));
        fd_ = ends[0];
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        std::string name = program;
        std::array<char*, 2> argv{name.data(), nullptr};
        const int error = ::posix_spawnp(&child_, name.c_str(), &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (error != 0) {
            ::close(fd_);
            fail(std::strerror(error));
        }
        try {
            demand_ok();
        } catch (...) {
            end();
            throw;
        }
    }
    Pinentry(const Pinentry&) = delete;
    Pinentry& operator=(const Pinentry&) = delete;
    ~Pinentry() { end(); }

    void command(const std::string& line) {
        send(line);
        demand_ok();
    }
    // GETPIN, CONFIRM: false when the person cancelled. The answer's bytes are not kept anywhere else.
    bool ask(const std::string& line, crypto::Secret& answer) {
        send(line);
        for (;;) {
            const auto got = receive();
            const auto text = as_text(got);
            if (text.starts_with("OK")) return true;
            if (text.starts_with("ERR")) return false;
            if (text.starts_with("D ")) answer = unescape(got.view().subspan(2));
        }
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw PinentryError(program_ + ": " + what); }

    void end() {
        ::close(fd_); // it goes when nobody listens
        while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    void send(const std::string& line) {
        const auto text = line + "\n";
        for (std::size_t done = 0; done < text.size();) {
            const auto sent = ::send(fd_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) fail("it ended too early");
            done += static_cast<std::size_t>(sent);
        }
    }

    crypto::Secret receive() {
        crypto::Secret line(max_line);
        for (std::size_t size = 0;;) {
            std::uint8_t byte = 0;
            const auto got = ::recv(fd_, &byte, 1, 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) fail("it ended too early, or does not run here");
            if (byte == '\n') return crypto::Secret::copy_of(line.view().first(size));
            if (size == max_line) fail("it does not speak the protocol of pinentry");
            line.writable()[size++] = byte;
        }
    }

    static std::string_view as_text(const crypto::Secret& line) {
        return {reinterpret_cast<const char*>(line.view().data()), line.size()};
    }

    void demand_ok() {
        for (;;) {
            const auto line = receive();
            const auto text = as_text(line);
            if (text.starts_with("OK")) return;
            if (text.starts_with("#") || text.starts_with("S ")) continue;
            fail("it refused: " + std::string(text.substr(0, 80)));
        }
    }

    static int digit(std::uint8_t c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
    }

    static crypto::Secret unescape(ByteView line) {
        crypto::Secret out(line.size());
        std::size_t size = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool escaped = line[i] == '%' && i + 2 < line.size();
            out.writable()[size++] =
                escaped ? static_cast<std::uint8_t>(digit(line[i + 1]) * 16 + digit(line[i + 2])) : line[i];
            if (escaped) i += 2;
        }
        return crypto::Secret::copy_of(out.view().first(size));
    }

    std::string program_;
    int fd_ = -1;
    pid_t child_ = -1;
};

} // namespace

std::string escape_assuan(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '%')
            out += "%25";
        else if (c == '\n')
            out += "%0A";
        else if (c == '\r')
            out += "%0D";
        else
            out += c;
    }
    return out.substr(0, max_line - 20);
}

crypto::Secret ask_pinentry(const std::string& program, const std::string& description, const std::string& prompt) {
    Pinentry pinentry(program);
    pinentry.command("SETTITLE Cifra");
    pinentry.command("SETDESC " + escape_assuan(description));
    pinentry.command("SETPROMPT " + escape_assuan(prompt));
    crypto::Secret pin;
    if (!pinentry.ask("GETPIN", pin)) return {};
    return pin;
}

bool confirm_pinentry(const std::string& program, const std::string& description) {
    Pinentry pinentry(program);
    pinentry.command("SETTITLE Cifra");
    pinentry.command("SETDESC " + escape_assuan(description));
    crypto::Secret ignored;
    return pinentry.ask("CONFIRM", ignored);
}

} // namespace cifra::client
