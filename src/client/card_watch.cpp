// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/card_watch.hpp"

#include "client/aside.hpp"
#include "client/token/readers.hpp"

#include <algorithm>
#include <thread>

namespace cifra::client {

namespace {

constexpr std::chrono::seconds slice{10};
// A module takes a moment to notice the card that PC/SC has seen.
constexpr int looks = 6;
constexpr std::chrono::milliseconds between_looks{500};

using Readers = std::vector<token::Reader>;

// Whether a card is in some reader that was not there, in that reader, before.
bool new_card(const Readers& before, const Readers& now) {
    return std::any_of(now.begin(), now.end(), [&](const token::Reader& reader) {
        return reader.card && std::none_of(before.begin(), before.end(), [&](const token::Reader& old) {
                   return old.card && old.name == reader.name && old.insertions == reader.insertions;
               });
    });
}

} // namespace

struct CardWatch::Watcher {
    Watcher(net::asio::io_context& context, std::shared_ptr<Person> whose, std::function<void(CardState)> tell)
        : io(context), person(std::move(whose)), changed(std::move(tell)) {}

    void run();
    bool is_there();
    CardState look(const Readers& before, const Readers& now);
    void tell(CardState state) {
        net::asio::post(io, [this, state, alive = self.lock()] {
            if (alive && !over) changed(state);
        });
    }

    net::asio::io_context& io;
    std::shared_ptr<Person> person;
    std::function<void(CardState)> changed;
    std::weak_ptr<Watcher> self;
    token::ReaderMonitor monitor; // throws when there is no PC/SC
    std::atomic<bool> over{false};
};

bool CardWatch::Watcher::is_there() {
    const std::lock_guard turn(person->turn());
    try {
        // Who came in by a ticket has not shown a card yet.
        if (person->selector().empty()) person->choose({{}, {}, true});
        return person->is_there();
    } catch (const std::exception&) {
        return false;
    }
}

// When readers have changed from `before`, which had our card in, or did not.
CardState CardWatch::Watcher::look(const Readers& before, const Readers& now) {
    const bool another = new_card(before, now);
    for (int i = 0; i < (another ? looks : 1) && !over; ++i) {
        if (i != 0) std::this_thread::sleep_for(between_looks);
        if (is_there()) return CardState::in;
    }
    return another ? CardState::other : CardState::out;
}

void CardWatch::Watcher::run() {
    auto known = monitor.readers();
    auto state = CardState::in;
    if (!is_there()) tell(state = CardState::out);
    while (!over && state != CardState::other) {
        const auto now = monitor.wait_change(known, slice);
        if (!now || over) continue;
        const auto seen = look(known, *now);
        known = *now;
        if (seen != state) tell(state = seen);
    }
}

CardWatch::CardWatch(net::asio::io_context& io, Interrupt& interrupt, std::shared_ptr<Person> person,
                     std::function<void(CardState)> changed) {
    try {
        watcher_ = std::make_shared<Watcher>(io, std::move(person), std::move(changed));
    } catch (const token::CardError&) {
        return; // a token without a reader
    }
    watcher_->self = watcher_;
    const std::function<void()> work = [watcher = watcher_] {
        try {
            watcher->run();
        } catch (const token::CardError&) {
            // PC/SC has ended: nobody can tell any more whether the card is there.
            watcher->tell(CardState::out);
        }
    };
    net::asio::co_spawn(io, aside(interrupt, work), net::asio::detached);
}

CardWatch::~CardWatch() {
    if (!watcher_) return;
    watcher_->over = true;
    watcher_->monitor.cancel();
}

} // namespace cifra::client
