// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/playback/keyboard.hpp"
#include "client/playback/player.hpp"
#include "client/terminal.hpp"

#include <functional>
#include <thread>

namespace cifra::client {

// Keys and display of a player, on a thread of their own, until it is done.
class Console {
  public:
    // `names` of the tracks. While `held` is true nothing makes the player go on.
    Console(Terminal& terminal, playback::Player& player, const std::atomic<bool>& held, std::vector<std::string> names,
            std::function<void()> done);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

  private:
    void tell_failures();
    void share_keys(std::optional<playback::Keyboard>& keyboard);
    void read_key(std::optional<playback::Keyboard>& keyboard);
    void run(const std::function<void()>& done);

    Terminal& terminal_;
    playback::Player& player_;
    const std::atomic<bool>& held_;
    std::vector<std::string> names_;
    std::size_t told_ = 0; // failures
    std::thread thread_;
};

} // namespace cifra::client
