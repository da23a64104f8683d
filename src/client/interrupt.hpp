// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Ctrl-C (SIGINT), SIGTERM and SIGHUP: whoever waits is told, so that a download is left resumable. A second one ends
// the program at once.
#pragma once

#include "net/asio.hpp"

#include <functional>
#include <list>

namespace cifra::client {

class Interrupt {
  public:
    explicit Interrupt(net::asio::io_context& io);

    bool happened() const { return happened_; }
    // Throws Failure(interrupted) once it has happened.
    void check() const;
    // No longer listens, so that the io_context can run out of work.
    void stop();
    // A wait that ends early at an interrupt.
    net::awaitable<void> sleep(std::chrono::milliseconds time);

    // Calls `action` at an interrupt, for as long as the token lives.
    class Token {
      public:
        Token() = default;
        Token(Interrupt& from, std::list<std::function<void()>>::iterator at) : from_(&from), at_(at) {}
        Token(Token&& other) noexcept : from_(std::exchange(other.from_, nullptr)), at_(other.at_) {}
        Token& operator=(Token&& other) noexcept {
            std::swap(from_, other.from_);
            std::swap(at_, other.at_);
            return *this;
        }
        ~Token() {
            if (from_ != nullptr) from_->actions_.erase(at_);
        }

      private:
        Interrupt* from_ = nullptr;
        std::list<std::function<void()>>::iterator at_;
    };
    Token call(std::function<void()> action);

  private:
    void listen();
    net::asio::signal_set signals_;
    std::list<std::function<void()>> actions_;
    bool happened_ = false;
};

} // namespace cifra::client
