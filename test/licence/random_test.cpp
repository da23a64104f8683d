// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Random licences, random lives: what was given never exceeds what the licence and its renewals give. A control gives
// one too many, and is found.
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;

namespace {

using Random = std::mt19937_64;

std::uint64_t up_to(Random& random, std::uint64_t most) { return random() % (most + 1); }
bool coin(Random& random) { return (random() & 1U) != 0; }

Licence random_licence(Random& random) {
    Constraints c;
    if (coin(random)) c.count = 1 + up_to(random, 5);
    if (coin(random)) c.units = 1 + up_to(random, 60);
    if (coin(random)) c.accumulated = 1 + up_to(random, 100);
    if (coin(random)) c.not_before = 1'000'000 + static_cast<std::int64_t>(up_to(random, 50));
    if (coin(random)) c.not_after = 1'000'050 + static_cast<std::int64_t>(up_to(random, 500));
    if (coin(random)) c.after_first_play = 1 + up_to(random, 200);
    if (coin(random)) c.max_concurrent = 1 + static_cast<std::uint32_t>(up_to(random, 2));
    if (coin(random)) c.renewals_max = static_cast<std::uint32_t>(up_to(random, 3));
    if (coin(random)) c.renew_until = 1'000'000 + static_cast<std::int64_t>(up_to(random, 900));
    auto licence = licence_with(c);
    licence.rights = static_cast<Rights>(1 + up_to(random, 14));
    licence.renewal = static_cast<Renewal>(up_to(random, 3));
    return licence;
}

// Counts beside the language what goes out and what came in, and looks at every step.
class Life {
  public:
    Life(Random& random, bool cheats) : random_(random), licence_(random_licence(random)), cheats_(cheats) {}

    // False when more was given than there was.
    bool step() {
        now_ += static_cast<std::int64_t>(up_to(random_, 20));
        switch (up_to(random_, 7)) {
            case 0:
            case 1:
            case 2:
                play();
                break;
            case 3:
            case 4:
                stream();
                break;
            case 5:
                settle();
                break;
            case 6:
                go_on();
                break;
            default:
                if (up_to(random_, 20) == 0) end();
        }
        return holds();
    }

  private:
    void play() {
        const auto right = all_rights[up_to(random_, 3)];
        const auto decision = decide(licence_, usage_, right, now_, running_);
        if (decision.has_value()) check_grant(right);
        if (!decision && !(cheats_ && decision.error().reason == Reason::exhausted)) return;
        usage_ = with_play(usage_, right, now_);
        if (!cost_of(right).play) return;
        ++plays_;
        ++running_;
    }

    // By the constraints, read once more.
    void check_grant(Right right) {
        const auto& c = licence_.constraints;
        bad_ |= usage_.standing != Standing::in_force || !has(licence_.rights, right);
        bad_ |= c.not_before && now_ < *c.not_before;
        bad_ |= c.not_after && now_ > std::max(*c.not_after, usage_.not_after.value_or(0));
        bad_ |= cost_of(right).play && c.max_concurrent && running_ >= *c.max_concurrent;
    }

    void stream() {
        const auto wanted = Lease{up_to(random_, 16), up_to(random_, 20'000)};
        const auto got = lease(licence_, usage_, wanted);
        bad_ |= got.units > wanted.units || got.milliseconds > wanted.milliseconds;
        usage_ = with_lease(usage_, got);
        open_.units += got.units;
        open_.milliseconds += got.milliseconds;
    }

    void settle() {
        const Lease unused{up_to(random_, open_.units), up_to(random_, open_.milliseconds)};
        usage_ = given_back(usage_, unused);
        units_ += open_.units - unused.units;
        milliseconds_ += open_.milliseconds - unused.milliseconds;
        open_ = {};
        if (running_ > 0) --running_;
    }

    void go_on() {
        Gives gives;
        const auto by = static_cast<By>(up_to(random_, 2));
        if (by == By::voucher && coin(random_)) gives = {2, 10, 30, 1};
        const auto renewed = renew(licence_, usage_, now_, by, gives);
        if (!renewed) return;
        const auto& c = licence_.constraints;
        bad_ |= usage_.standing != Standing::in_force;
        more_plays_ += gives.plays.value_or(static_cast<std::uint32_t>(c.count.value_or(0)));
        more_units_ += gives.units.value_or(static_cast<std::uint32_t>(c.units.value_or(0)));
        more_seconds_ += gives.seconds.value_or(static_cast<std::uint32_t>(c.accumulated.value_or(0)));
        bad_ |= c.renewals_max && ++renewals_ > *c.renewals_max;
        bad_ |= c.renew_until && now_ > *c.renew_until;
        const auto end = remaining(licence_, *renewed, now_).ends;
        const auto old_end = remaining(licence_, usage_, now_).ends;
        bad_ |= c.renew_until && end && old_end && *end > std::max(*c.renew_until, *old_end);
        bad_ |= end && *end < now_ && remaining(licence_, *renewed, now_).state != State::not_yet;
        usage_ = *renewed;
    }

    void end() {
        const auto ended = coin(random_) ? return_early(licence_, usage_, now_) : revoke(licence_, usage_, now_);
        if (ended) usage_ = *ended;
    }

    bool holds() const {
        const auto& c = licence_.constraints;
        if (bad_) return false;
        if (c.count && plays_ > *c.count + more_plays_) return false;
        if (c.units && units_ + open_.units > *c.units + more_units_) return false;
        if (c.accumulated && milliseconds_ + open_.milliseconds > 1000 * (*c.accumulated + more_seconds_)) return false;
        return usage_.plays == plays_;
    }

    Random& random_;
    Licence licence_;
    bool cheats_;
    Usage usage_;
    std::int64_t now_ = 1'000'000;
    std::uint64_t running_ = 0, plays_ = 0, units_ = 0, milliseconds_ = 0, renewals_ = 0;
    std::uint64_t more_plays_ = 0, more_units_ = 0, more_seconds_ = 0;
    Lease open_;
    bool bad_ = false;
};

// The seed of the first life in which more was given than there was.
std::optional<std::uint64_t> first_broken(bool cheats) {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        Random random(seed);
        Life life(random, cheats);
        for (int i = 0; i < 100; ++i) {
            if (!life.step()) return seed;
        }
    }
    return {};
}

} // namespace

TEST_CASE("random lives: never more than the licence and its renewals give") {
    CHECK(first_broken(false) == std::nullopt);
}

TEST_CASE("random lives: a play that is given though none is left is found") {
    CHECK(first_broken(true) != std::nullopt);
}

TEST_CASE("random licences: written, read, the same; and what remains adds up") {
    Random random(7);
    for (int i = 0; i < 2000; ++i) {
        const auto licence = random_licence(random);
        if (fault_of(licence)) continue;
        CHECK(*parse(text_of(licence)) == licence);
        Usage usage;
        usage.plays = up_to(random, 9);
        usage.more_plays = up_to(random, 9);
        const auto left = remaining(licence, usage, 1'000'100);
        if (left.plays) CHECK(left.plays->left <= left.plays->of);
        const bool grants = decide(licence, usage, Right::play, 1'000'100, 0).has_value();
        const bool usable = left.state == State::ready || left.state == State::active;
        CHECK(grants == (usable && has(licence.rights, Right::play)));
    }
}
