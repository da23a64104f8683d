// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a licence allows at a time, and what using it takes away. All of it is pure: a licence and its usage in, an
// answer or another usage out. No number overflows: whatever would is the largest there is.
//
// Times are seconds since 1970, and the second that is named as an end is good.
#pragma once

#include "licence/licence.hpp"

#include <boost/system/result.hpp>

#include <span>

namespace cifra::licence {

// Numbers are the codes of PROTOCOL.md section 8.3.
enum class Reason : std::uint16_t {
    exhausted = 44,
    expired = 45,
    not_yet = 46,
    returned = 47,
    revoked = 48,
    cancelled = 49,
    concurrent = 50,
    right_missing = 51,
    voucher_refused = 52,
    not_renewable = 53,
};
std::string_view name_of(Reason reason) noexcept; // "EXHAUSTED", …, "LICENCE_REVOKED"

struct Amount {
    std::uint64_t left = 0;
    std::uint64_t of = 0; // the licence's own and what renewals added
    bool operator==(const Amount&) const = default;
};

// What is left of a licence; what has no limit is not there.
struct Remaining {
    State state = State::ready;
    Rights rights = 0;
    Renewal renewal = Renewal::none;
    std::optional<Amount> plays, units, milliseconds;
    std::optional<std::int64_t> begins;            // not_before
    std::optional<std::int64_t> ends;              // by the date, or by the first play, whichever comes first
    std::optional<std::uint64_t> after_first_play; // seconds; while the first play is still to come
    std::optional<std::uint32_t> renewals;
    std::optional<std::int64_t> renew_until;
    bool operator==(const Remaining&) const = default;
};
Remaining remaining(const Licence& licence, const Usage& usage, std::int64_t now);

// Ended by somebody, then the dates, then what is used up: the first that holds. `active` has been used.
State state_of(const Licence& licence, const Usage& usage, std::int64_t now);

// Somebody had something of it, be it before it was renewed.
bool was_used(const Usage& usage) noexcept;

// What there is to do about a denial.
enum class Remedy : std::uint8_t { wait, end_a_play, renew, use_voucher, ask_operator };

// Why nothing was renewed.
enum class Obstacle : std::uint8_t {
    none,
    nobody,      // by this licence nobody but the operator may
    voucher,     // it takes a voucher
    by_operator, // it takes the operator
    used_up,     // renewals_max
    too_late,    // renew_until
    no_gain,     // nothing of what would be added is counted by this licence
    no_help,     // it would be expired or exhausted still
};

struct Denial {
    Reason reason{};
    Right right = Right::play;          // that was asked for
    Obstacle obstacle = Obstacle::none; // with not_renewable
    Remedy remedy = Remedy::ask_operator;
    Remaining remaining;
};
[[noreturn]] void throw_exception_from_error(const Denial& denial, const boost::source_location& where);

// What a right takes: to save costs no play, and a preview costs nothing.
struct Cost {
    bool play = false;
    bool units = false;
    bool time = false;
    bool operator==(const Cost&) const = default;
};
Cost cost_of(Right right) noexcept;

struct Grant {
    Cost cost;
    Remaining remaining; // before that cost is taken
};
using Decision = boost::system::result<Grant, Denial>;

// `running`: plays of this licence that go on now, without the one that asks.
Decision decide(const Licence& licence, const Usage& usage, Right right, std::int64_t now, std::uint64_t running);

// Of several licences that one person has for one item.
struct Held {
    const Licence* licence = nullptr;
    const Usage* usage = nullptr;
    std::uint64_t running = 0;
};
struct Choice {
    std::size_t index = 0;
    Decision decision;
};
// The one that grants; of several, the one that ends soonest, then one that counts nothing, then the one issued first,
// then the lower id. If none does, the denial that is nearest to a grant. Nothing when nothing is held.
std::optional<Choice> choose(std::span<const Held> held, Right right, std::int64_t now);

// Once for each use that was granted: one play, if the right costs one; a first use (a preview is none) starts the time
// of after_first_play.
Usage with_play(Usage usage, Right right, std::int64_t now);

// While a play goes on: chunks and sound. Only what is left counts, and whether somebody ended the licence: what began
// in time may be heard to its end.
struct Lease {
    std::uint64_t units = 0;
    std::uint64_t milliseconds = 0;
    bool operator==(const Lease&) const = default;
};
// As much of what is wanted as is left; nothing at all when the licence was returned, revoked or cancelled.
Lease lease(const Licence& licence, const Usage& usage, const Lease& wanted);
Usage with_lease(Usage usage, const Lease& taken);
Usage given_back(Usage usage, const Lease& unused);

} // namespace cifra::licence
