// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The state of one session. Nothing else assigns a state: every change goes through the table.
#pragma once

#include "states/transitions.hpp"

namespace cifra::states {

class Machine {
  public:
    explicit Machine(Role role) : role_(role) {}

    Role role() const { return role_; }
    Phase phase() const { return phase_; }
    Rotation rotation() const { return rotation_; }

    bool allows(On on) const { return next(role_, phase_, on).has_value(); }
    // False and unchanged: there is no row.
    [[nodiscard]] bool advance(On on) { return step(phase_, next(role_, phase_, on)); }

    bool rotation_allows(On on) const { return next(role_, rotation_, on).has_value(); }
    [[nodiscard]] bool advance_rotation(On on) { return step(rotation_, next(role_, rotation_, on)); }

  private:
    template <class State>
    static bool step(State& state, std::optional<State> to) {
        if (to) state = *to;
        return to.has_value();
    }

    Role role_;
    Phase phase_ = Phase::connect;
    Rotation rotation_ = Rotation::steady;
};

// The state of one stream.
class StreamMachine {
  public:
    StreamMachine(Role role, Direction direction) : role_(role), direction_(direction) {}

    Stream state() const { return state_; }
    Direction direction() const { return direction_; }
    [[nodiscard]] bool advance(On on) {
        const auto to = next(role_, direction_, state_, on);
        if (to) state_ = *to;
        return to.has_value();
    }

  private:
    Role role_;
    Direction direction_;
    Stream state_ = Stream::none;
};

} // namespace cifra::states
