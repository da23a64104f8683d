// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a transfer came to, for people and as JSON.
#pragma once

#include "client/app.hpp"

namespace cifra::client {

struct Summary {
    std::string name, path;
    std::uint64_t size = 0;        // bytes
    std::uint64_t first_chunk = 0; // the transfer began here: those before were there from an earlier run
    std::uint64_t chunks = 0, bytes = 0, rotations = 0, stalls = 0;
    std::chrono::steady_clock::time_point started{};
    std::string suite, group, device, person, agreed; // of the last connection

    void begin(std::string item, std::uint64_t item_size, std::uint64_t first);
    // The counters of one connection.
    void add(const Link& link);
    // `verb`: "saved", "stored". With `data_on_stdout` JSON goes nowhere, as standard output holds the item.
    void print(App& app, const std::string& verb, bool data_on_stdout) const;
};

// Adds the counters of one connection when it is left, in whichever way.
class Tally {
  public:
    Tally(Summary& summary, const Link& link) : summary_(summary), link_(link) {}
    ~Tally() { summary_.add(link_); }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;

  private:
    Summary& summary_;
    const Link& link_;
};

} // namespace cifra::client
