// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Ctrl-C (SIGINT), SIGTERM and SIGHUP: whoever waits is told, so that a download is left resumable. A second one ends
// the program at once.
#pragma once

#include "net/asio.hpp"

#include <functional>
#include <list>
#include <memory>

namespace cifra::client {

class Interrupt {
    using Actions = std::list<std::function<void()>>;

  public:
    explicit Interrupt(net::asio::io_context& io);

    // Until then signals do what they always do: a passphrase prompt, or reading a long file, ends by Ctrl-C as usual.
    void start();
    // As if a signal had come.
    void happen();
    bool happened() const { return happened_; }
    // Throws Failure(interrupted) once it has happened.
    void check() const;
    // No longer listens, so that the io_context can run out of work.
    void stop();
    // After that, when nothing is left that runs on the io_context: a signal ends the program at once, with the same
    // status as ever.
    void leave() const;
    // A wait that ends early at an interrupt.
    net::awaitable<void> sleep(std::chrono::milliseconds time);

    // Calls `action` at an interrupt, for as long as the token lives, which may be longer than we do: connections that
    // are still open at the end go with the io_context.
    class Token {
      public:
        Token() = default;
        Token(const std::shared_ptr<Actions>& from, Actions::iterator at) : from_(from), at_(at) {}
        Token(Token&& other) noexcept : from_(std::exchange(other.from_, {})), at_(other.at_) {}
        Token& operator=(Token&& other) noexcept {
            std::swap(from_, other.from_);
            std::swap(at_, other.at_);
            return *this;
        }
        ~Token() {
            if (const auto from = from_.lock()) from->erase(at_);
        }

      private:
        std::weak_ptr<Actions> from_;
        Actions::iterator at_;
    };
    Token call(std::function<void()> action);

  private:
    void listen();
    net::asio::signal_set signals_;
    std::shared_ptr<Actions> actions_ = std::make_shared<Actions>();
    bool started_ = false, happened_ = false;
};

} // namespace cifra::client
