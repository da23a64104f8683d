// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Words go to standard error, data to standard output; progress is shown on a terminal only. Any thread may speak.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace cifra::client {

class Terminal {
  public:
    Terminal();

    bool quiet = false;
    // A line on standard error, below whatever progress is being shown. Nothing when quiet.
    void say(const std::string& line);
    // The same even when quiet: what went wrong.
    void complain(const std::string& line);
    // One line that is written over; shown on a terminal only, ten times a second at most.
    void status(const std::string& line, bool at_once = false);
    void clear_status();
    bool shows_status() const { return is_terminal_ && !quiet; }

    // While a question stands there: no line of status, and whoever reads keys leaves them alone, as soon as it
    // notices.
    void hold(bool held) { held_ = held; }
    bool held() const { return held_; }
    void take_keys(bool taken) { keys_taken_ = taken; }
    bool keys_taken() const { return keys_taken_; }

  private:
    void erase_status();
    std::mutex mutex_;
    bool is_terminal_;
    bool status_shown_ = false;
    std::atomic<bool> held_{false}, keys_taken_{false};
    std::chrono::steady_clock::time_point last_status_{};
};

// Without what steers a terminal: text from servers and cards must not.
std::string harmless(const std::string& text);

// "1.5 MiB", "3:07", and "12.3 MiB/s".
std::string show_bytes(std::uint64_t bytes);
std::string show_time(std::uint64_t seconds);

// Progress of one transfer: bytes, rate, time left, position and epoch.
class Progress {
  public:
    Progress(Terminal& terminal, std::string name, std::uint64_t total, std::uint64_t begin);
    void show(std::uint64_t done, std::uint32_t epoch, bool at_once = false);
    // Bytes a second since the beginning.
    double rate(std::uint64_t done) const;

  private:
    Terminal& terminal_;
    std::string name_;
    std::uint64_t total_, begin_;
    std::chrono::steady_clock::time_point started_;
};

} // namespace cifra::client
