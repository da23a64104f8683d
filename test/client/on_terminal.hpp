// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A client on a terminal of its own, in a process of its own; the test is the person in front of it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace cifra::test {

class OnTerminal {
  public:
    // Runs `scene` there; what it gives is the process's exit status.
    explicit OnTerminal(const std::function<int()>& scene);
    OnTerminal(const OnTerminal&) = delete;
    OnTerminal& operator=(const OnTerminal&) = delete;
    ~OnTerminal();

    // Waits for these words, behind those that were waited for last. Throws when they do not come.
    void expect(const std::string& words);
    void type(const std::string& line);
    // Waits for the end.
    int status();
    const std::string& text() const { return text_; } // all that was shown

  private:
    bool read_more();
    int terminal_ = -1;
    pid_t process_ = -1;
    std::string text_;
    std::size_t seen_ = 0;
};

} // namespace cifra::test
