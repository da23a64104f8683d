// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What PC/SC says of readers and of cards coming and going. Touches no card: watching does not disturb a signature.
#pragma once

#include "client/token/card_error.hpp"
#include "proto/bytes.hpp"

#include <atomic>
#include <chrono>
#include <optional>

namespace cifra::token {

struct Reader {
    std::string name;
    bool card = false;
    bool mute = false;       // a card that does not answer, upside down perhaps
    Bytes atr;               // of the card
    unsigned insertions = 0; // changes at each insertion and removal: a quick one is not missed
    bool operator==(const Reader&) const = default;
};

class ReaderMonitor {
  public:
    // Throws CardError(no_service).
    ReaderMonitor();
    ReaderMonitor(const ReaderMonitor&) = delete;
    ReaderMonitor& operator=(const ReaderMonitor&) = delete;
    ~ReaderMonitor();

    // Throws CardError(no_service) also when the service ends.
    std::vector<Reader> readers();
    // Waits until it differs from `known`. Nothing after `patience`, or when cancelled. Throws as readers().
    std::optional<std::vector<Reader>> wait_change(const std::vector<Reader>& known,
                                                   std::chrono::milliseconds patience);
    // From any thread: wait_change() returns, now and ever after.
    void cancel() noexcept;

  private:
    void connect();
    long context_ = 0;
    std::atomic<bool> cancelled_{false};
};

// Throws CardError: no_service, no_reader or no_card, in that order, unless some card is there.
void demand_card();

} // namespace cifra::token
