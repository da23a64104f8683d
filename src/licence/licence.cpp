// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/licence.hpp"

namespace cifra::licence {

std::string_view name_of(Right right) noexcept {
    switch (right) {
        case Right::play:
            return "play";
        case Right::save:
            return "save";
        case Right::bridge:
            return "bridge";
        case Right::preview:
            return "preview";
    }
    return "unknown";
}

std::string_view name_of(Renewal renewal) noexcept {
    switch (renewal) {
        case Renewal::none:
            return "none";
        case Renewal::free:
            return "free";
        case Renewal::voucher:
            return "voucher";
        case Renewal::by_operator:
            return "operator";
    }
    return "unknown";
}

std::optional<Right> right_of(std::string_view name) noexcept {
    for (const auto right : all_rights) {
        if (name_of(right) == name) return right;
    }
    return {};
}

std::optional<Renewal> renewal_of(std::string_view name) noexcept {
    for (const auto renewal : {Renewal::none, Renewal::free, Renewal::voucher, Renewal::by_operator}) {
        if (name_of(renewal) == name) return renewal;
    }
    return {};
}

std::string_view name_of(State state) noexcept {
    switch (state) {
        case State::ready:
            return "ready";
        case State::active:
            return "active";
        case State::exhausted:
            return "exhausted";
        case State::expired:
            return "expired";
        case State::returned:
            return "returned";
        case State::revoked:
            return "revoked";
        case State::cancelled:
            return "cancelled";
        case State::not_yet:
            return "not yet";
    }
    return "unknown";
}

} // namespace cifra::licence
