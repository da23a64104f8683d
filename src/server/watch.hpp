// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A thread that looks at files again and again: what it finds there counts, whatever the disk or the sessions do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace cifra::server {

class Watch {
  public:
    // `look` may throw: that is logged, and it is called again.
    explicit Watch(std::function<void()> look, std::chrono::milliseconds every = std::chrono::seconds(1));
    // Waits for the look that goes on.
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

  private:
    void run();

    const std::function<void()> look_;
    const std::chrono::milliseconds every_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::thread thread_; // last, as it uses the others
};

} // namespace cifra::server
