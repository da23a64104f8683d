// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Work that outlives a connection.
#include "client/app.hpp"

#include <algorithm>
#include <utility>

namespace cifra::client {

using net::awaitable;

namespace {

using Clock = std::chrono::steady_clock;

// How long a lost connection is tried again: as long as the settings say without anything that was worth it. A login
// alone is not: a server that lets us in and drops us must not be asked for ever.
class Patience {
  public:
    explicit Patience(std::chrono::seconds whole) : whole_(whole) {}

    // A connection ended that began at `begun` and has sent DATA or not. False: give up. `fresh`: the first one since
    // something was worth it.
    bool lasts(const Standing& standing, Clock::time_point begun, bool sent, bool& fresh) {
        const auto now = Clock::now();
        if (standing.done > done_ || (standing.idle && now - begun >= whole_)) reset();
        done_ = std::max(done_, standing.done);
        fresh = give_up_at_ == Clock::time_point::max();
        if (fresh) {
            give_up_at_ = now + whole_;
        } else if (now + pause_ >= give_up_at_ && sent && !doubted_) {
            // What became durable of it shows at the next login only.
            doubted_ = true;
            give_up_at_ = now + whole_;
            pause_ = first_pause;
        }
        return now + pause_ < give_up_at_;
    }
    std::chrono::milliseconds next_pause() {
        return std::exchange(pause_, std::min(pause_ * 2, std::chrono::milliseconds(5000)));
    }

  private:
    static constexpr std::chrono::milliseconds first_pause{250};
    void reset() {
        give_up_at_ = Clock::time_point::max();
        pause_ = first_pause;
        doubted_ = false;
    }

    std::chrono::seconds whole_;
    std::chrono::milliseconds pause_ = first_pause;
    Clock::time_point give_up_at_ = Clock::time_point::max();
    std::uint64_t done_ = 0;
    bool doubted_ = false;
};

} // namespace

awaitable<void> with_reconnection(App& app, std::shared_ptr<Link>& link, const Attempt& attempt,
                                  const std::function<Standing()>& standing) {
    Patience patience(app.settings.retry_for);
    for (;;) {
        std::optional<Lost> lost;
        const auto begun = Clock::now();
        try {
            if (!link) {
                link = co_await Link::connect(app.settings, *app.identity, app.interrupt);
                app.terminal.say("reconnected: " + describe(*link));
            }
            co_await attempt(*link);
            co_return;
        } catch (const Lost& error) {
            lost = error;
        }
        app.interrupt.check();
        const bool connected = link != nullptr;
        const bool sent = connected && link->session().counters().data_sent != 0;
        if (link) std::exchange(link, nullptr)->leave();
        auto stands = standing ? standing() : Standing{};
        stands.idle = stands.idle && connected;
        bool fresh = false;
        const bool lasts = patience.lasts(stands, begun, sent, fresh);
        if (fresh) app.terminal.say(std::string(lost->what()) + "; reconnecting");
        if (!lasts)
            throw Failure(
                Exit::lost,
                std::string(lost->what()) + "; gave up after " + std::to_string(app.settings.retry_for.count()) + " s",
                "run the same command again: it goes on where it stopped");
        co_await app.interrupt.sleep(patience.next_pause());
    }
}

} // namespace cifra::client
