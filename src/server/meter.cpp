// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/meter.hpp"

#include <algorithm>

namespace cifra::server {

namespace {

std::uint64_t times(std::uint64_t a, std::uint64_t b) noexcept {
    return b != 0 && a > Meter::unlimited / b ? Meter::unlimited : a * b;
}
std::uint64_t plus(std::uint64_t a, std::uint64_t b) noexcept {
    return a > Meter::unlimited - b ? Meter::unlimited : a + b;
}

} // namespace

// Rounded up: a licence for a minute never gives more than that.
Meter::Meter(const licence::Constraints& constraints, licence::Cost cost, std::uint64_t duration_ms,
             std::uint64_t chunks, const licence::Lease& before)
    : units_(constraints.units.has_value() && cost.units),
      time_(constraints.accumulated.has_value() && cost.time && duration_ms != 0 && chunks != 0),
      ms_per_chunk_(chunks == 0 ? 0 : duration_ms / chunks + (duration_ms % chunks != 0 ? 1 : 0)),
      before_(before) {}

licence::Lease Meter::cost(std::uint64_t chunks) const noexcept {
    return {units_ ? chunks : 0, time_ ? times(chunks, ms_per_chunk_) : 0};
}

licence::Lease Meter::used(std::uint64_t sent) const noexcept {
    const auto more = cost(sent);
    return {plus(before_.units, more.units), plus(before_.milliseconds, more.milliseconds)};
}

std::uint64_t Meter::chunks_for(const licence::Lease& allowance) const noexcept {
    std::uint64_t chunks = unlimited;
    const auto beyond = [](std::uint64_t all, std::uint64_t before) { return all > before ? all - before : 0; };
    if (units_) chunks = beyond(allowance.units, before_.units);
    if (time_) chunks = std::min(chunks, beyond(allowance.milliseconds, before_.milliseconds) / ms_per_chunk_);
    return chunks;
}

} // namespace cifra::server
