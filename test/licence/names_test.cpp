// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/licence.hpp"

using namespace cifra::licence;

TEST_CASE("rights, renewals and states have names, and a number that is none of them has not") {
    CHECK(name_of(Right::play) == "play");
    CHECK(name_of(Right::save) == "save");
    CHECK(name_of(Right::bridge) == "bridge");
    CHECK(name_of(Right::preview) == "preview");
    CHECK(name_of(Renewal::none) == "none");
    CHECK(name_of(Renewal::free) == "free");
    CHECK(name_of(Renewal::voucher) == "voucher");
    CHECK(name_of(Renewal::by_operator) == "operator");
    CHECK(name_of(State::ready) == "ready");
    CHECK(name_of(State::active) == "active");
    CHECK(name_of(State::exhausted) == "exhausted");
    CHECK(name_of(State::expired) == "expired");
    CHECK(name_of(State::returned) == "returned");
    CHECK(name_of(State::revoked) == "revoked");
    CHECK(name_of(State::cancelled) == "cancelled");
    CHECK(name_of(State::not_yet) == "not yet");
    CHECK(name_of(static_cast<Right>(0)) == "unknown");
    CHECK(name_of(static_cast<Renewal>(9)) == "unknown");
    CHECK(name_of(static_cast<State>(99)) == "unknown");
}
