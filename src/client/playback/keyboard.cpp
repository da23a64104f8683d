// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/keyboard.hpp"

#include <poll.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace cifra::playback {
namespace {

// For the signal handlers, which may use only what POSIX calls async-signal-safe, and run on any thread.
std::atomic<int> terminal_in_use = -1;
static_assert(std::atomic<int>::is_always_lock_free);
termios as_found;
termios key_by_key;

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

void replace_handler(int signal, void (*from)(int), void (*to)(int)) {
    struct sigaction present{};
    sigaction(signal, nullptr, &present);
    if ((present.sa_flags & SA_SIGINFO) == 0 && present.sa_handler == from) set_handler(signal, to);
}

// A background job that touches the terminal is stopped.
bool is_foreground(int terminal) {
    const pid_t foreground = tcgetpgrp(terminal);
    return foreground < 0 || foreground == getpgrp();
}

// Delivered, with the default action, as soon as the handler that calls this returns.
void restore_and_raise(int signal) {
    const int saved_errno = errno;
    if (const int terminal = terminal_in_use; terminal >= 0) tcsetattr(terminal, TCSANOW, &as_found);
    set_handler(signal, SIG_DFL);
    raise(signal);
    errno = saved_errno;
}

void on_continue(int) {
    const int saved_errno = errno;
    const int terminal = terminal_in_use;
    if (terminal >= 0 && is_foreground(terminal)) tcsetattr(terminal, TCSANOW, &key_by_key);
    set_handler(SIGTSTP, restore_and_raise);
    errno = saved_errno;
}

std::optional<Key> plain_key(char byte) {
    switch (byte) {
        case ' ':
            return Key::toggle_pause;
        case '+':
        case '=': // the same key without shift on many keyboards
            return Key::louder;
        case '-':
            return Key::quieter;
        case 'n':
        case 'N':
            return Key::next;
        case 'p':
        case 'P':
            return Key::previous;
        case 'q':
        case 'Q':
            return Key::quit;
        default:
            return std::nullopt;
    }
}

// The final byte of ESC [ or ESC O.
std::optional<Key> arrow_key(char byte) {
    switch (byte) {
        case 'A':
            return Key::louder;
        case 'B':
            return Key::quieter;
        case 'C':
            return Key::forward;
        case 'D':
            return Key::back;
        default:
            return std::nullopt;
    }
}

bool wait_for_input(int terminal, std::chrono::milliseconds limit) {
    pollfd waiting{.fd = terminal, .events = POLLIN, .revents = 0}; // a negative one is passed over
    return ::poll(&waiting, 1, static_cast<int>(limit.count())) > 0;
}

} // namespace

std::optional<Key> KeyParser::parse(char byte) {
    if (byte == '\x1b') {
        escape_ = byte;
        return std::nullopt;
    }
    if (escape_.empty()) return plain_key(byte);
    if (escape_.size() == 1) {
        if (byte == '[' || byte == 'O') {
            escape_ += byte;
        } else {
            reset();
        }
        return std::nullopt;
    }
    const bool is_final = byte >= 0x40 && byte <= 0x7E;
    if (!is_final) {
        escape_.resize(2);
        escape_ += byte; // parameters: with them it is another key, such as shift and an arrow
        return std::nullopt;
    }
    const auto key = escape_.size() == 2 ? arrow_key(byte) : std::nullopt;
    reset();
    return key;
}

Keyboard::Keyboard(int terminal) : terminal_(terminal) {
    if (isatty(terminal) == 0) return;
    if (!is_foreground(terminal)) return;
    if (terminal_in_use >= 0) throw std::logic_error("two keyboards at once");
    if (tcgetattr(terminal, &as_found) != 0) return;
    key_by_key = as_found;
    key_by_key.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    key_by_key.c_cc[VMIN] = 1;
    key_by_key.c_cc[VTIME] = 0;
    terminal_in_use = terminal;
    is_active_ = true;
    for (const int signal : ending_signals) replace_handler(signal, SIG_DFL, restore_and_raise);
    replace_handler(SIGTSTP, SIG_DFL, restore_and_raise);
    replace_handler(SIGCONT, SIG_DFL, on_continue);
    tcsetattr(terminal, TCSANOW, &key_by_key);
}

Keyboard::~Keyboard() {
    if (!is_active_) return;
    replace_handler(SIGCONT, on_continue, SIG_DFL);
    replace_handler(SIGTSTP, restore_and_raise, SIG_DFL);
    for (const int signal : ending_signals) replace_handler(signal, restore_and_raise, SIG_DFL);
    terminal_in_use = -1;
    tcsetattr(terminal_, TCSANOW, &as_found);
}

std::optional<Key> Keyboard::read(std::chrono::milliseconds limit) {
    constexpr std::chrono::milliseconds within_sequence{50};
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const bool can_read = is_active_ && !is_hung_up_ && is_foreground(terminal_);
        if (!wait_for_input(can_read ? terminal_ : -1, std::max(left, std::chrono::milliseconds(0))))
            return std::nullopt;
        char byte = 0;
        const auto count = ::read(terminal_, &byte, 1);
        is_hung_up_ = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
        if (count != 1) return std::nullopt;
        if (const auto key = parser_.parse(byte)) return key;
        if (byte == '\x1b' && !wait_for_input(terminal_, within_sequence)) parser_.reset();
    }
}

} // namespace cifra::playback
