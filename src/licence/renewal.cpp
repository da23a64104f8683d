// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/renewal.hpp"

#include "licence/arithmetic.hpp"

#include <limits>
#include <stdexcept>

namespace cifra::licence {

namespace {

constexpr std::uint64_t day = 86'400;
constexpr std::uint64_t ms = 1000;

Obstacle who_may(Renewal renewal, By by) {
    if (by == By::by_operator) return Obstacle::none;
    switch (renewal) {
        case Renewal::free:
            return Obstacle::none;
        case Renewal::voucher:
            return by == By::voucher ? Obstacle::none : Obstacle::voucher;
        case Renewal::by_operator:
            return Obstacle::by_operator;
        case Renewal::none:
            break;
    }
    return Obstacle::nobody;
}

void grow(std::uint64_t& more, const std::optional<std::uint64_t>& own, std::uint64_t given) {
    if (own) more = sum(more, given);
}

// The end as it moves; the old one where it does not.
std::optional<std::int64_t> moved_end(const Licence& licence, const Usage& usage, std::int64_t now,
                                      const Gives& gives) {
    const auto& c = licence.constraints;
    if (!c.not_after) return usage.not_after;
    const auto length = gives.same_again() ? seconds_between(c.not_before.value_or(licence.issued), *c.not_after)
                                           : product(gives.days.value_or(0), day);
    const auto old = usage.not_after.value_or(*c.not_after);
    if (length == 0) return usage.not_after;
    auto moved = moved_by(std::max(now, old), length);
    if (c.renew_until) moved = std::min(moved, *c.renew_until);
    return moved > old ? moved : usage.not_after;
}

// The time of after_first_play starts anew, with an end at renew_until, or where it had its end if that is later.
void start_anew(const Licence& licence, Usage& usage, const Gives& gives) {
    const auto& c = licence.constraints;
    if (!c.after_first_play || usage.first_play == 0) return;
    if (!gives.same_again() && !gives.days) return;
    const auto had = moved_by(usage.first_play, *c.after_first_play);
    usage.first_play = 0;
    if (!c.renew_until) return;
    const auto last = std::max(*c.renew_until, had);
    const auto end = usage.not_after ? usage.not_after : c.not_after;
    usage.not_after = end ? std::min(*end, last) : last;
}

Usage grown(const Licence& licence, Usage usage, std::int64_t now, const Gives& gives) {
    const auto& c = licence.constraints;
    const bool same = gives.same_again();
    grow(usage.more_plays, c.count, same ? c.count.value_or(0) : gives.plays.value_or(0));
    grow(usage.more_units, c.units, same ? c.units.value_or(0) : gives.units.value_or(0));
    grow(usage.more_milliseconds, c.accumulated,
         product(same ? c.accumulated.value_or(0) : gives.seconds.value_or(0), ms));
    usage.not_after = moved_end(licence, usage, now, gives);
    start_anew(licence, usage, gives);
    return usage;
}

struct Attempt {
    Obstacle obstacle = Obstacle::none;
    Usage usage;
};

// Of a licence in force.
Attempt attempt(const Licence& licence, const Usage& usage, std::int64_t now, By by, const Gives& gives) {
    const auto& c = licence.constraints;
    if (const auto obstacle = who_may(licence.renewal, by); obstacle != Obstacle::none) return {obstacle, usage};
    if (c.renewals_max && usage.renewals >= *c.renewals_max) return {Obstacle::used_up, usage};
    if (c.renew_until && now > *c.renew_until) return {Obstacle::too_late, usage};
    auto next = grown(licence, usage, now, gives);
    if (next == usage) return {Obstacle::no_gain, usage};
    if (next.renewals < std::numeric_limits<std::uint32_t>::max()) ++next.renewals;
    const auto state = state_of(licence, next, now);
    if (state == State::expired || state == State::exhausted) return {Obstacle::no_help, usage};
    return {Obstacle::none, next};
}

std::optional<Reason> ended_by_somebody(const Usage& usage) {
    switch (usage.standing) {
        case Standing::in_force:
            return {};
        case Standing::returned:
            return Reason::returned;
        case Standing::cancelled:
            return Reason::cancelled;
        default:
            return Reason::revoked;
    }
}

Remedy remedy_for(const Licence& licence, const Usage& usage, std::int64_t now, Obstacle obstacle) {
    // With another voucher it might be mended; with another renewal of the same kind not.
    if (obstacle != Obstacle::voucher) return Remedy::ask_operator;
    const auto tried = attempt(licence, usage, now, By::voucher, {});
    return tried.obstacle == Obstacle::none ? Remedy::use_voucher : Remedy::ask_operator;
}

Ended ended_as(const Licence& licence, Usage usage, std::int64_t now, Standing standing) {
    if (usage.standing != Standing::in_force) return state_of(licence, usage, now);
    usage.standing = standing;
    return usage;
}

} // namespace

NewUsage renew(const Licence& licence, const Usage& usage, std::int64_t now, By by, const Gives& gives) {
    if (const auto reason = ended_by_somebody(usage))
        return Denial{*reason, Right::play, Obstacle::none, Remedy::ask_operator, remaining(licence, usage, now)};
    auto tried = attempt(licence, usage, now, by, gives);
    if (tried.obstacle == Obstacle::none) return tried.usage;
    return Denial{Reason::not_renewable, Right::play, tried.obstacle, remedy_for(licence, usage, now, tried.obstacle),
                  remaining(licence, usage, now)};
}

Remedy remedy_for(const Licence& licence, const Usage& usage, std::int64_t now, Reason reason) {
    if (reason == Reason::not_yet) return Remedy::wait;
    if (reason == Reason::concurrent) return Remedy::end_a_play;
    if (reason != Reason::exhausted && reason != Reason::expired) return Remedy::ask_operator;
    for (const auto by : {By::listener, By::voucher}) {
        if (attempt(licence, usage, now, by, {}).obstacle == Obstacle::none)
            return by == By::listener ? Remedy::renew : Remedy::use_voucher;
    }
    return Remedy::ask_operator;
}

Ended return_early(const Licence& licence, const Usage& usage, std::int64_t now) {
    return ended_as(licence, usage, now, Standing::returned);
}

Ended revoke(const Licence& licence, const Usage& usage, std::int64_t now) {
    return ended_as(licence, usage, now, Standing::revoked);
}

Ended cancel(const Licence& licence, const Usage& usage, std::int64_t now) {
    if (usage.standing == Standing::in_force && was_used(usage)) return state_of(licence, usage, now);
    return ended_as(licence, usage, now, Standing::cancelled);
}

void throw_exception_from_error(State state, const boost::source_location& where) {
    throw std::logic_error("a licence was taken for ended that is " + std::string(name_of(state)) + " at " +
                           where.to_string());
}

} // namespace cifra::licence
