// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/private_key.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

namespace cifra::crypto {

namespace {

constexpr std::size_t max_passphrase = 1024;

// Signals that must not leave the terminal without echo. They are only noted here; who reads gives them back to the
// process.
constexpr std::array caught{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
volatile sig_atomic_t seen_signal = 0;
extern "C" void note_signal(int signal) { seen_signal = signal; }

class CaughtSignals {
  public:
    CaughtSignals() {
        seen_signal = 0;
        sigset_t blocked;
        sigemptyset(&blocked);
        for (const int signal : caught) sigaddset(&blocked, signal);
        ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before_);
        struct sigaction action{};
        action.sa_handler = note_signal;
        sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < caught.size(); ++i) ::sigaction(caught.at(i), &action, &before_.at(i));
    }
    CaughtSignals(const CaughtSignals&) = delete;
    CaughtSignals& operator=(const CaughtSignals&) = delete;
    ~CaughtSignals() {
        for (std::size_t i = 0; i < caught.size(); ++i) ::sigaction(caught.at(i), &before_.at(i), nullptr);
        ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    }
    // False when a signal came first.
    bool wait_readable(int fd) const {
        struct pollfd entry{fd, POLLIN, 0};
        return ::ppoll(&entry, 1, nullptr, &mask_before_) > 0 && seen_signal == 0;
    }

  private:
    sigset_t mask_before_{};
    std::array<struct sigaction, caught.size()> before_{};
};

class QuietTerminal {
  public:
    explicit QuietTerminal(int fd) : fd_(fd) {
        known_ = ::tcgetattr(fd, &before_) == 0;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
        if (known_) ::tcsetattr(fd, TCSAFLUSH, &quiet);
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;
    ~QuietTerminal() {
        if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }

  private:
    int fd_;
    bool known_ = false;
    struct termios before_{};
};

void say(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

enum class Line { whole, end, interrupted };

// Byte by byte, as what lies behind the line belongs to who reads next. The last line may lack its newline.
Line read_line(int fd, Secret& line, const CaughtSignals* signals = nullptr) {
    Secret buffer(max_passphrase);
    std::size_t size = 0;
    for (bool any = false;; any = true) {
        if (signals != nullptr && !signals->wait_readable(fd)) return Line::interrupted;
        std::uint8_t byte = 0;
        const auto got = ::read(fd, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 || (got == 0 && !any)) return Line::end;
        if (got == 0 || byte == '\n') break;
        if (size == max_passphrase) throw NoPassphrase("a passphrase has at most 1024 bytes");
        buffer.writable()[size++] = byte;
    }
    line = Secret::copy_of(buffer.view().first(size));
    return Line::whole;
}

// Nothing after a signal: it has been given back by then.
std::optional<Secret> ask_once(int terminal, const std::string& prompt) {
    Secret line;
    Line outcome{};
    {
        const CaughtSignals signals;
        const QuietTerminal quiet(terminal);
        say(terminal, prompt + ": ");
        outcome = read_line(terminal, line, &signals);
        say(terminal, "\n");
    }
    if (outcome == Line::end) throw NoPassphrase("no passphrase was given");
    if (outcome == Line::whole) return line;
    ::kill(::getpid(), seen_signal);
    return std::nullopt;
}

bool stops(int signal) { return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU; }

class Terminal {
  public:
    explicit Terminal(const std::string& credential_name) : fd_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (fd_ >= 0) return;
        throw NoPassphrase("no terminal to ask for a passphrase on: give --passphrase-fd N, or the credential \"" +
                           credential_name + "\" of the service (LoadCredential= in systemd)");
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() { ::close(fd_); }

    Secret ask(const std::string& prompt) {
        for (;;) {
            if (auto passphrase = ask_once(fd_, prompt)) return std::move(*passphrase);
            if (!stops(seen_signal)) throw NoPassphrase("interrupted");
        }
    }
    Secret ask_twice(const std::string& prompt) {
        for (;;) {
            Secret first = ask(prompt);
            if (first.empty()) {
                say(fd_, "It must not be empty.\n");
                continue;
            }
            const Secret second = ask("The same again");
            if (equal(first.view(), second.view())) return first;
            say(fd_, "They differ. Once more, please.\n");
        }
    }

  private:
    int fd_;
};

Secret from_descriptor(int fd, const std::string& option) {
    Secret line;
    if (read_line(fd, line) == Line::whole) return line;
    throw NoPassphrase("descriptor " + std::to_string(fd) + " of " + option + " has no (further) line with a " +
                       (option == "--pin-fd" ? "PIN" : "passphrase"));
}

// $CREDENTIALS_DIRECTORY/<name> up to its first newline.
std::optional<Secret> from_credentials(const std::string& name) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr) return std::nullopt;
    const auto file = std::filesystem::path(folder) / name;
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    Secret line;
    const auto outcome = read_line(fd, line);
    ::close(fd);
    if (outcome != Line::whole) throw NoPassphrase(file.string() + ": empty or unreadable");
    return line;
}

} // namespace

std::optional<Secret> PassphraseSource::get_silently(const std::string& credential_name) {
    if (fd_ >= 0) return from_descriptor(fd_, option_);
    return from_credentials(credential_name);
}

Secret PassphraseSource::get(const std::string& credential_name, const std::string& prompt) {
    if (auto passphrase = get_silently(credential_name)) return std::move(*passphrase);
    return Terminal(credential_name).ask(prompt);
}

Secret PassphraseSource::get_new(const std::string& credential_name, const std::string& prompt) {
    auto passphrase = get_silently(credential_name);
    if (!passphrase) return Terminal(credential_name).ask_twice(prompt);
    if (passphrase->empty()) throw NoPassphrase("the passphrase for a new key must not be empty");
    return std::move(*passphrase);
}

} // namespace cifra::crypto
