// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// How a licence goes on, and how somebody ends it.
#pragma once

#include "licence/decide.hpp"

namespace cifra::licence {

enum class By : std::uint8_t { listener, voucher, by_operator };

// What a renewal gives. With none of these: the same again as the licence gave.
struct Gives {
    std::optional<std::uint32_t> plays, units, seconds; // seconds of sound
    std::optional<std::uint32_t> days;
    bool same_again() const { return !plays && !units && !seconds && !days; }
    bool operator==(const Gives&) const = default;
};

using NewUsage = boost::system::result<Usage, Denial>;

// The same again: count, units and accumulated grow by the licence's own; the end moves on by the licence's own length
// (from not_before, else issued) from now or the old end, whichever is later; the time of after_first_play starts anew
// with the next play. Else just what is given, as far as the licence counts it; days move the end by so many, and start
// the time of after_first_play anew. No end moves beyond renew_until. A renewal that would not help is refused and
// costs nothing. renewals_max and renew_until bind the operator too: beyond them it takes another licence.
NewUsage renew(const Licence& licence, const Usage& usage, std::int64_t now, By by, const Gives& gives = {});

// Somebody ends it: nothing undoes that but another licence. The error is the state that forbids it.
using Ended = boost::system::result<Usage, State>;
[[noreturn]] void throw_exception_from_error(State state, const boost::source_location& where);

Ended return_early(const Licence& licence, const Usage& usage, std::int64_t now);
Ended revoke(const Licence& licence, const Usage& usage, std::int64_t now);
// Only while nothing of it was used; later it is to be revoked.
Ended cancel(const Licence& licence, const Usage& usage, std::int64_t now);

// What there is to do when this is the reason for a denial.
Remedy remedy_for(const Licence& licence, const Usage& usage, std::int64_t now, Reason reason);

} // namespace cifra::licence
