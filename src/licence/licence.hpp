// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a person may do with an item, and what is left of it. The language is small on purpose: all constraints must
// hold, and one that is not known here refuses the licence. No input, no output, no clock: times come in.
#pragma once

#include "proto/messages.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cifra::licence {

using proto::Id16;

enum class Right : std::uint8_t { play = 1, save = 2, bridge = 4, preview = 8 };
inline constexpr std::array all_rights{Right::play, Right::save, Right::bridge, Right::preview};
std::string_view name_of(Right right) noexcept; // "play"
std::optional<Right> right_of(std::string_view name) noexcept;
// Rights are bits of this.
using Rights = std::uint8_t;
inline constexpr Rights every_right = 15;
constexpr bool has(Rights rights, Right right) { return (rights & static_cast<Rights>(right)) != 0; }

struct Constraints {
    std::optional<std::uint64_t> count;                // plays
    std::optional<std::uint64_t> units;                // chunks of DATA
    std::optional<std::uint64_t> accumulated;          // seconds of sound
    std::optional<std::int64_t> not_before, not_after; // seconds since 1970; not_after is the last second that is good
    std::optional<std::uint64_t> after_first_play;     // seconds: it ends so long behind the first play
    std::optional<std::uint32_t> max_concurrent;       // plays at a time
    std::optional<std::uint32_t> renewals_max;
    std::optional<std::int64_t> renew_until; // seconds since 1970: nothing is renewed later, nor beyond
    bool operator==(const Constraints&) const = default;
};

// Who may renew: nobody, the listener at will, whoever has a voucher, the operator. The operator always may.
enum class Renewal : std::uint8_t { none = 0, free = 1, voucher = 2, by_operator = 3 };
std::string_view name_of(Renewal renewal) noexcept; // "none", "free", "voucher", "operator"
std::optional<Renewal> renewal_of(std::string_view name) noexcept;

inline constexpr std::uint32_t licence_version = 1;

// As it was issued; never changed. What happens to it stands in Usage.
struct Licence {
    std::uint32_t version = licence_version;
    Id16 id{};
    std::string person; // by which the server knows her; "device:NAME" for a device without a person
    Id16 item{};
    Rights rights = 0;
    Constraints constraints;
    Renewal renewal = Renewal::none;
    std::int64_t issued = 0; // seconds since 1970
    std::string origin;      // "operator" or the name of the policy that gave it
    bool operator==(const Licence&) const = default;
};

// Ended by somebody; everything else follows from numbers and times.
enum class Standing : std::uint8_t { in_force = 0, returned = 1, revoked = 2, cancelled = 3 };

// All numbers stay below 2^63, so that any database holds them.
struct Usage {
    Standing standing = Standing::in_force;
    std::uint64_t plays = 0;        // debited
    std::uint64_t units = 0;        // chunks debited, leases included
    std::uint64_t milliseconds = 0; // of sound, debited, leases included
    std::int64_t first_play = 0;    // seconds since 1970; 0: none yet, or none since it was renewed
    std::uint32_t renewals = 0;
    // What renewals have added to the licence's own `count`, `units` and `accumulated`.
    std::uint64_t more_plays = 0;
    std::uint64_t more_units = 0;
    std::uint64_t more_milliseconds = 0;
    std::optional<std::int64_t> not_after; // after a renewal, in place of the licence's
    bool operator==(const Usage&) const = default;
};

enum class State : std::uint8_t { ready, active, exhausted, expired, returned, revoked, cancelled, not_yet };
std::string_view name_of(State state) noexcept; // "ready", …, "not yet"

} // namespace cifra::licence
