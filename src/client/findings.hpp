// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What 'cifra doctor' found, a line each.
#pragma once

#include <string>
#include <vector>

namespace cifra::client {

enum class Level { ok, warning, failure };

struct Finding {
    Level level = Level::ok;
    std::string check; // "device key"
    std::string text;  // what is so
    std::string remedy;
};

class Findings {
  public:
    void ok(const std::string& check, const std::string& text) { add({Level::ok, check, text, {}}); }
    void warn(const std::string& check, const std::string& text, const std::string& remedy) {
        add({Level::warning, check, text, remedy});
    }
    void fail(const std::string& check, const std::string& text, const std::string& remedy) {
        add({Level::failure, check, text, remedy});
    }
    void add(Finding finding) { all_.push_back(std::move(finding)); }
    void add(const Findings& more) { all_.insert(all_.end(), more.all_.begin(), more.all_.end()); }
    bool any_failure() const;
    bool all_ok() const;
    // On standard output: a line and its remedy for people, or one array.
    void print(bool json) const;

  private:
    std::vector<Finding> all_;
};

} // namespace cifra::client
