// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which of several licences serves.
#include "licence/decide.hpp"

#include <limits>
#include <tuple>

namespace cifra::licence {

namespace {

bool counts(const Constraints& c) { return c.count || c.units || c.accumulated; }

// Lower goes first.
auto order_of_grant(const Held& held, const Remaining& left) {
    const auto end = left.ends.value_or(std::numeric_limits<std::int64_t>::max());
    return std::tuple(end, counts(held.licence->constraints), held.licence->issued, held.licence->id);
}

// What passes by itself, then what the listener can mend, then what she cannot.
int distance_of(const Denial& denial) {
    switch (denial.reason) {
        case Reason::concurrent:
            return 0;
        case Reason::not_yet:
            return 1;
        case Reason::exhausted:
        case Reason::expired:
            if (denial.remedy == Remedy::renew) return 2;
            return denial.remedy == Remedy::use_voucher ? 3 : 4;
        case Reason::right_missing:
            return 5;
        case Reason::returned:
            return 6;
        default:
            return 7;
    }
}

// Of those that are as near, what begins first, then the one issued last (~ turns the order round).
auto order_of_denial(const Held& held, const Denial& denial) {
    const auto begins = denial.reason == Reason::not_yet ? denial.remaining.begins.value_or(0) : 0;
    return std::tuple(distance_of(denial), begins, ~held.licence->issued, held.licence->id);
}

bool goes_first(const Held& one, const Decision& for_one, const Held& other, const Decision& for_other) {
    if (for_one.has_value() != for_other.has_value()) return for_one.has_value();
    if (for_one) return order_of_grant(one, for_one->remaining) < order_of_grant(other, for_other->remaining);
    return order_of_denial(one, for_one.error()) < order_of_denial(other, for_other.error());
}

} // namespace

std::optional<Choice> choose(std::span<const Held> held, Right right, std::int64_t now) {
    std::optional<Choice> best;
    for (std::size_t i = 0; i < held.size(); ++i) {
        auto decision = decide(*held[i].licence, *held[i].usage, right, now, held[i].running);
        if (!best || goes_first(held[i], decision, held[best->index], best->decision))
            best = Choice{i, std::move(decision)};
    }
    return best;
}

} // namespace cifra::licence
