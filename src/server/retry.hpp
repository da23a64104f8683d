// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A watched file that could not be read is tried again although it does not change: what was in the way (no
// descriptors, no memory, a closed folder) may be gone.
#pragma once

#include <chrono>
#include <string>

namespace cifra::server {

class Retry {
  public:
    using Steady = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds pause{10};

    bool due(Steady now) const { return failed_ && now >= next_; }
    // True: this was not said the last time.
    bool failed(const std::string& error, Steady now) {
        const bool news = !failed_ || error != error_;
        failed_ = true;
        error_ = error;
        next_ = now + pause;
        return news;
    }
    void succeeded() { failed_ = false; }

  private:
    bool failed_ = false;
    std::string error_;
    Steady next_;
};

} // namespace cifra::server
