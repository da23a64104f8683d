// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Turns chunks of DATA into what a licence counts, and back: how many may be sent before the ledger is asked again.
#pragma once

#include "licence/decide.hpp"

#include <limits>

namespace cifra::server {

class Meter {
  public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    // `before`: what the play had used when this connection took it up. An item of unknown duration counts no time.
    Meter(const licence::Constraints& constraints, licence::Cost cost, std::uint64_t duration_ms, std::uint64_t chunks,
          const licence::Lease& before);

    // Whether the ledger has to be asked as it goes on.
    bool counts() const noexcept { return units_ || time_; }
    // Of the whole play, when this connection has sent so many chunks.
    licence::Lease used(std::uint64_t sent) const noexcept;
    // What `chunks` of them cost.
    licence::Lease cost(std::uint64_t chunks) const noexcept;
    // Chunks that this connection may send in all, if the play as a whole is allowed so much; unlimited if nothing of
    // it is counted.
    std::uint64_t chunks_for(const licence::Lease& allowance) const noexcept;

  private:
    bool units_, time_;
    std::uint64_t ms_per_chunk_;
    licence::Lease before_;
};

} // namespace cifra::server
