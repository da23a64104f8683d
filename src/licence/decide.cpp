// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/decide.hpp"

#include "licence/arithmetic.hpp"
#include "licence/renewal.hpp"

#include <stdexcept>

namespace cifra::licence {

namespace {

constexpr std::uint64_t ms = 1000;

std::optional<Amount> amount_of(const std::optional<std::uint64_t>& own, std::uint64_t more, std::uint64_t used) {
    if (!own) return {};
    const auto of = sum(*own, more);
    return Amount{difference(of, used), of};
}

std::optional<std::int64_t> end_of(const Licence& licence, const Usage& usage) {
    auto end = usage.not_after ? usage.not_after : licence.constraints.not_after;
    if (!licence.constraints.after_first_play || usage.first_play == 0) return end;
    const auto by_first = moved_by(usage.first_play, *licence.constraints.after_first_play);
    return end ? std::min(*end, by_first) : by_first;
}

bool is_used_up(const Remaining& left) {
    for (const auto& amount : {left.plays, left.units, left.milliseconds}) {
        if (amount && amount->left == 0) return true;
    }
    return false;
}

State state_with(const Usage& usage, const Remaining& left, std::int64_t now) {
    switch (usage.standing) {
        case Standing::in_force:
            break;
        case Standing::returned:
            return State::returned;
        case Standing::cancelled:
            return State::cancelled;
        case Standing::revoked:
        default: // a number that is none of them opens nothing
            return State::revoked;
    }
    if (left.begins && now < *left.begins) return State::not_yet;
    if (left.ends && now > *left.ends) return State::expired;
    if (is_used_up(left)) return State::exhausted;
    return was_used(usage) ? State::active : State::ready;
}

std::optional<Reason> reason_of(State state) {
    switch (state) {
        case State::ready:
        case State::active:
            return {};
        case State::exhausted:
            return Reason::exhausted;
        case State::expired:
            return Reason::expired;
        case State::returned:
            return Reason::returned;
        case State::cancelled:
            return Reason::cancelled;
        case State::not_yet:
            return Reason::not_yet;
        case State::revoked:
            break;
    }
    return Reason::revoked;
}

std::optional<Reason> denied(const Licence& licence, const Usage& usage, Right right, State state,
                             std::uint64_t running) {
    const auto by_state = reason_of(state);
    if (by_state && usage.standing != Standing::in_force) return by_state;
    if (!has(licence.rights, right)) return Reason::right_missing; // whatever the day, and whatever is left
    if (by_state) return by_state;
    const auto& at_most = licence.constraints.max_concurrent;
    if (at_most && cost_of(right).play && running >= *at_most) return Reason::concurrent;
    return {};
}

} // namespace

bool was_used(const Usage& usage) noexcept {
    return usage.first_play != 0 || usage.plays != 0 || usage.units != 0 || usage.milliseconds != 0;
}

Remaining remaining(const Licence& licence, const Usage& usage, std::int64_t now) {
    const auto& c = licence.constraints;
    Remaining left;
    left.rights = licence.rights;
    left.renewal = licence.renewal;
    left.plays = amount_of(c.count, usage.more_plays, usage.plays);
    left.units = amount_of(c.units, usage.more_units, usage.units);
    if (c.accumulated)
        left.milliseconds = amount_of(product(*c.accumulated, ms), usage.more_milliseconds, usage.milliseconds);
    left.begins = c.not_before;
    left.ends = end_of(licence, usage);
    if (usage.first_play == 0) left.after_first_play = c.after_first_play;
    if (c.renewals_max) left.renewals = *c.renewals_max - std::min(*c.renewals_max, usage.renewals);
    left.renew_until = c.renew_until;
    left.state = state_with(usage, left, now);
    return left;
}

State state_of(const Licence& licence, const Usage& usage, std::int64_t now) {
    return remaining(licence, usage, now).state;
}

Decision decide(const Licence& licence, const Usage& usage, Right right, std::int64_t now, std::uint64_t running) {
    auto left = remaining(licence, usage, now);
    const auto reason = denied(licence, usage, right, left.state, running);
    if (!reason) return Grant{cost_of(right), left};
    return Denial{*reason, right, Obstacle::none, remedy_for(licence, usage, now, *reason), left};
}

Cost cost_of(Right right) noexcept {
    switch (right) {
        case Right::play:
        case Right::bridge:
            return {true, true, true};
        case Right::save:
            return {false, true, false};
        case Right::preview:
            break;
    }
    return {};
}

Usage with_play(Usage usage, Right right, std::int64_t now) {
    const auto cost = cost_of(right);
    if (cost.play) usage.plays = sum(usage.plays, 1);
    if (cost.units && usage.first_play == 0) usage.first_play = std::max<std::int64_t>(now, 1); // 0 is none
    return usage;
}

Lease lease(const Licence& licence, const Usage& usage, const Lease& wanted) {
    if (usage.standing != Standing::in_force) return {};
    const auto left = remaining(licence, usage, 0); // the day is not asked
    auto given = wanted;
    if (left.units) given.units = std::min(given.units, left.units->left);
    if (left.milliseconds) given.milliseconds = std::min(given.milliseconds, left.milliseconds->left);
    return given;
}

Usage with_lease(Usage usage, const Lease& taken) {
    usage.units = sum(usage.units, taken.units);
    usage.milliseconds = sum(usage.milliseconds, taken.milliseconds);
    return usage;
}

Usage given_back(Usage usage, const Lease& unused) {
    usage.units = difference(usage.units, unused.units);
    usage.milliseconds = difference(usage.milliseconds, unused.milliseconds);
    return usage;
}

std::string_view name_of(Reason reason) noexcept {
    switch (reason) {
        case Reason::exhausted:
            return "EXHAUSTED";
        case Reason::expired:
            return "EXPIRED";
        case Reason::not_yet:
            return "NOT_YET";
        case Reason::returned:
            return "RETURNED";
        case Reason::revoked:
            return "LICENCE_REVOKED";
        case Reason::cancelled:
            return "CANCELLED";
        case Reason::concurrent:
            return "CONCURRENT";
        case Reason::right_missing:
            return "RIGHT_MISSING";
        case Reason::voucher_refused:
            return "VOUCHER_REFUSED";
        case Reason::not_renewable:
            return "NOT_RENEWABLE";
    }
    return "UNKNOWN";
}

void throw_exception_from_error(const Denial& denial, const boost::source_location& where) {
    throw std::logic_error("a denial was taken for a grant: " + std::string(name_of(denial.reason)) + " at " +
                           where.to_string());
}

} // namespace cifra::licence
