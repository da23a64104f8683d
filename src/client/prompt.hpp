// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Questions on the terminal while a connection is open: the network goes on, Ctrl-C is heard at any time, and the
// terminal is put back as it was whatever happens.
#pragma once

#include "client/interrupt.hpp"
#include "client/terminal.hpp"
#include "crypto/secret.hpp"

#include <exception>

namespace cifra::client {

struct Question {
    std::string text; // the last line of it is repeated when the program was stopped and goes on
    bool echo = false;
};

// Nobody will answer: no terminal, end of input, or cancel().
struct NoAnswer : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Prompter {
  public:
    Prompter(net::asio::io_context& io, Interrupt& interrupt, Terminal& terminal)
        : io_(io), interrupt_(interrupt), terminal_(terminal) {}

    // Whether there is a terminal to ask on.
    static bool possible();

    // One line. Throws NoAnswer, Failure(interrupted).
    net::awaitable<crypto::Secret> ask(Question question);
    // The same from any thread but that of the io_context, which it blocks.
    crypto::Secret ask_from_thread(const Question& question);
    // From the io_context's thread: whoever asks gets NoAnswer(why).
    void cancel(const std::string& why);
    bool asking() const { return asking_; }

  private:
    class Conversation;

    net::asio::io_context& io_;
    Interrupt& interrupt_;
    Terminal& terminal_;
    std::atomic<bool> asking_{false};
    std::string cancelled_;
    std::function<void()> stop_; // the present wait
};

} // namespace cifra::client
