// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The thread that looks for media: a scan may take hours, and nothing else waits for it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace cifra::server {

class Scanner {
  public:
    // `scan` may throw: that is logged, and the next one comes all the same.
    explicit Scanner(std::function<void()> scan);
    ~Scanner() { join(); }
    Scanner(const Scanner&) = delete;
    Scanner& operator=(const Scanner&) = delete;

    // Any thread. While a scan goes on another one follows, as it may have passed what has changed since. `done` is
    // called on the scanner's thread behind the next scan that begins, unless join() comes first.
    void soon(std::function<void()> done = {});
    // Waits for the scan that goes on, and begins no other.
    void join();

  private:
    void run();

    const std::function<void()> scan_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = false, ended_ = false;
    std::vector<std::function<void()>> done_;
    std::thread thread_; // last, as it uses the others
};

} // namespace cifra::server
