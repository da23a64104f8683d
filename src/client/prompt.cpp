// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/prompt.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <future>

namespace cifra::client {

using net::awaitable;

namespace {

constexpr std::size_t max_answer = 1024; // bytes
constexpr std::chrono::milliseconds look_again{20};

int open_terminal() { return ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK); }

class Mode {
  public:
    Mode(int fd, bool echo) : fd_(fd) {
        known_ = ::tcgetattr(fd, &before_) == 0;
        wanted_ = before_;
        wanted_.c_lflag |= static_cast<tcflag_t>(ICANON | ISIG);
        if (!echo) wanted_.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
        apply();
    }
    Mode(const Mode&) = delete;
    Mode& operator=(const Mode&) = delete;
    ~Mode() { restore(); }
    // What was typed ahead of the question is no answer to it.
    void apply() {
        if (known_) ::tcsetattr(fd_, TCSAFLUSH, &wanted_);
    }
    void restore() {
        if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }

  private:
    int fd_;
    bool known_ = false;
    struct termios before_{}, wanted_{};
};

// For as long as it lives nobody else writes to the terminal.
class Turn {
  public:
    Turn(Terminal& terminal, std::atomic<bool>& asking) : terminal_(terminal), asking_(asking) {
        asking_ = true;
        terminal_.hold(true);
        terminal_.clear_status();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        asking_ = false;
        terminal_.hold(false);
    }

  private:
    Terminal& terminal_;
    std::atomic<bool>& asking_;
};

} // namespace

// One question and its answer.
class Prompter::Conversation {
  public:
    Conversation(Prompter& prompter, int fd, const Question& question)
        : prompter_(prompter),
          question_{harmless(question.text), question.echo},
          terminal_(prompter.io_, fd),
          mode_(fd, question_.echo),
          signals_(prompter.io_, SIGTSTP, SIGQUIT) {
        prompter_.stop_ = [this] { stop(); };
        say(question_.text);
        listen();
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    ~Conversation() { prompter_.stop_ = nullptr; }

    awaitable<crypto::Secret> answer() {
        const auto token = prompter_.interrupt_.call([this] { stop(); });
        while (!stopped_ && !prompter_.interrupt_.happened() && !take()) {
            net::ErrorCode error;
            co_await terminal_.async_wait(Descriptor::wait_read, net::asio::redirect_error(net::use_awaitable, error));
        }
        if (!question_.echo || stopped_) say("\n");
        prompter_.interrupt_.check();
        if (!prompter_.cancelled_.empty()) throw NoAnswer(prompter_.cancelled_);
        if (ended_ && size_ == 0) throw NoAnswer("nothing was typed");
        if (too_long_) throw NoAnswer("an answer has at most 1024 bytes");
        co_return crypto::Secret::copy_of(line_.view().first(size_));
    }

  private:
    using Descriptor = net::asio::posix::stream_descriptor;

    void stop() {
        stopped_ = true;
        net::ErrorCode ignored;
        terminal_.cancel(ignored);
    }
    void say(std::string_view text) {
        while (!text.empty()) {
            const auto written = ::write(terminal_.native_handle(), text.data(), text.size());
            if (written <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    // Whether the line is whole.
    bool take() {
        for (;;) {
            std::uint8_t byte = 0;
            const auto got = ::read(terminal_.native_handle(), &byte, 1);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno == EAGAIN) return false;
            if (got <= 0) return ended_ = true;
            if (byte == '\n') return true;
            too_long_ = too_long_ || size_ == max_answer;
            if (!too_long_) line_.writable()[size_++] = byte;
        }
    }
    // A program that is stopped or killed leaves a terminal that shows what is typed.
    void listen() {
        signals_.async_wait([this, alive = std::weak_ptr(alive_)](net::ErrorCode error, int signal) {
            if (error || alive.expired()) return;
            mode_.restore();
            if (signal == SIGQUIT) {
                std::signal(SIGQUIT, SIG_DFL);
                ::kill(::getpid(), SIGQUIT);
            } else {
                ::kill(::getpid(), SIGSTOP);
            }
            mode_.apply();
            const auto last = question_.text.rfind('\n');
            say(std::string_view(question_.text).substr(last == std::string::npos ? 0 : last + 1));
            listen();
        });
    }

    Prompter& prompter_;
    Question question_;
    Descriptor terminal_;
    Mode mode_;
    net::asio::signal_set signals_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    crypto::Secret line_{max_answer};
    std::size_t size_ = 0;
    bool ended_ = false, too_long_ = false, stopped_ = false;
};

bool Prompter::possible() {
    const int fd = open_terminal();
    if (fd >= 0) ::close(fd);
    return fd >= 0;
}

awaitable<crypto::Secret> Prompter::ask(Question question) {
    interrupt_.check();
    const Turn turn(terminal_, asking_);
    cancelled_.clear();
    // The player reads its keys from the same terminal until it notices.
    while (terminal_.keys_taken()) co_await interrupt_.sleep(look_again);
    if (!cancelled_.empty()) throw NoAnswer(cancelled_);
    const int fd = open_terminal();
    if (fd < 0) throw NoAnswer("there is no terminal to ask on");
    Conversation conversation(*this, fd, question);
    co_return co_await conversation.answer();
}

crypto::Secret Prompter::ask_from_thread(const Question& question) {
    const auto promise = std::make_shared<std::promise<crypto::Secret>>();
    auto answer = promise->get_future();
    net::asio::co_spawn(io_, ask(question), [promise](std::exception_ptr failed, crypto::Secret line) {
        if (failed)
            promise->set_exception(failed);
        else
            promise->set_value(std::move(line));
    });
    return answer.get();
}

void Prompter::cancel(const std::string& why) {
    if (!asking_) return;
    cancelled_ = why;
    if (stop_) stop_();
}

} // namespace cifra::client
