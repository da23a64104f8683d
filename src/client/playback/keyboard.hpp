// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The player's keys, read one by one from a terminal.
#pragma once

#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

namespace cifra::playback {

enum class Key { toggle_pause, back, forward, louder, quieter, next, previous, quit };

// Space, arrows left and right, arrows up and down or + and -, n, p, q. Anything else is passed over.
class KeyParser {
  public:
    std::optional<Key> parse(char byte);
    // No more bytes have come for a while: an ESC that came alone was the key of that name.
    void reset() { escape_.clear(); }

  private:
    std::string escape_; // the beginning of an escape sequence
};

// Switches a terminal to reading key by key without echo, and back: on destruction, on signals that end the program
// (INT, TERM, HUP, QUIT, as long as nobody else handles them) and while it is suspended. One at a time.
class Keyboard {
  public:
    // Does nothing if `terminal` is not one, or belongs to another foreground job.
    explicit Keyboard(int terminal = STDIN_FILENO);
    ~Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;

    // Without it there are no keys: read() then only waits.
    bool is_active() const { return is_active_; }
    // The next key, if one comes within this time.
    std::optional<Key> read(std::chrono::milliseconds limit);

  private:
    const int terminal_;
    bool is_active_ = false;
    bool is_hung_up_ = false;
    KeyParser parser_;
};

} // namespace cifra::playback
