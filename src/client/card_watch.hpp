// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Sees the card of a person go and come back while she listens.
#pragma once

#include "client/interrupt.hpp"
#include "client/person.hpp"

namespace cifra::client {

enum class CardState : std::uint8_t {
    in,
    out,   // of its reader
    other, // another card was put in instead; the watch ends with this
};

class CardWatch {
  public:
    // Tells `changed` on the io_context's thread of each change; until then the card is in. Without PC/SC there is
    // nothing to watch, and nothing is told.
    CardWatch(net::asio::io_context& io, Interrupt& interrupt, std::shared_ptr<Person> person,
              std::function<void(CardState)> changed);
    CardWatch(const CardWatch&) = delete;
    CardWatch& operator=(const CardWatch&) = delete;
    ~CardWatch();

  private:
    struct Watcher;
    std::shared_ptr<Watcher> watcher_; // shared with its thread, which a hung card may keep
};

} // namespace cifra::client
