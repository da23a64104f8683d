// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/terms.hpp"

namespace cifra::server {

using licence::Reason;
using licence::Right;
using proto::ErrorCode;
using proto::TermsState;

namespace {

TermsState state_of(licence::State state) {
    switch (state) {
        case licence::State::ready:
            return TermsState::ready;
        case licence::State::active:
            return TermsState::active;
        case licence::State::exhausted:
            return TermsState::exhausted;
        case licence::State::expired:
            return TermsState::expired;
        case licence::State::returned:
            return TermsState::returned;
        case licence::State::revoked:
            return TermsState::revoked;
        case licence::State::cancelled:
            return TermsState::cancelled;
        case licence::State::not_yet:
            return TermsState::not_yet;
    }
    return TermsState::none;
}

// Why something cannot be done to a licence in that state.
ErrorCode code_of(licence::State state) {
    switch (state) {
        case licence::State::exhausted:
            return ErrorCode::exhausted;
        case licence::State::expired:
            return ErrorCode::expired;
        case licence::State::returned:
            return ErrorCode::returned;
        case licence::State::revoked:
            return ErrorCode::licence_revoked;
        case licence::State::cancelled:
            return ErrorCode::cancelled;
        case licence::State::not_yet:
            return ErrorCode::not_yet;
        case licence::State::ready:
        case licence::State::active:
            break;
    }
    return ErrorCode::internal;
}

std::uint64_t time_of(std::optional<std::int64_t> time, std::uint64_t otherwise) {
    if (!time) return otherwise;
    return *time < 0 ? 0 : static_cast<std::uint64_t>(*time);
}

proto::Terms nothing() {
    proto::Terms terms;
    terms.state = TermsState::none;
    terms.rights = 0;
    return terms;
}

} // namespace

proto::Terms terms_of(const licence::Remaining& remaining) {
    proto::Terms terms;
    terms.state = state_of(remaining.state);
    terms.rights = remaining.rights;
    terms.renewal = static_cast<proto::TermsRenewal>(remaining.renewal);
    if (remaining.plays) terms.plays = remaining.plays->left;
    if (remaining.units) terms.units = remaining.units->left;
    if (remaining.milliseconds) terms.seconds = remaining.milliseconds->left / 1'000;
    terms.not_before = time_of(remaining.begins, 0);
    terms.not_after = time_of(remaining.ends, proto::no_limit);
    terms.renewals = remaining.renewals ? *remaining.renewals : proto::no_limit;
    if (remaining.renewal == licence::Renewal::none) terms.renewals = 0;
    return terms;
}

proto::Terms terms_of(std::span<const licence::Holding> held, const std::optional<licence::Licence>& first,
                      std::int64_t now) {
    if (held.empty()) {
        if (!first) return nothing();
        auto licence = *first;
        licence.issued = now;
        return terms_of(licence::remaining(licence, {}, now));
    }
    std::vector<licence::Held> candidates;
    candidates.reserve(held.size());
    for (const auto& one : held) candidates.push_back({&one.licence, &one.usage, one.running});
    auto choice = licence::choose(candidates, Right::play, now);
    if (choice && !choice->decision) {
        // Who may only save has no use for what would have been left to play.
        if (auto saving = licence::choose(candidates, Right::save, now); saving && saving->decision) choice = saving;
    }
    if (!choice) return nothing();
    const auto& chosen = held[choice->index];
    return terms_of(licence::remaining(chosen.licence, chosen.usage, now));
}

ErrorCode code_of(Reason reason) noexcept {
    switch (reason) {
        case Reason::exhausted:
            return ErrorCode::exhausted;
        case Reason::expired:
            return ErrorCode::expired;
        case Reason::not_yet:
            return ErrorCode::not_yet;
        case Reason::returned:
            return ErrorCode::returned;
        case Reason::revoked:
            return ErrorCode::licence_revoked;
        case Reason::cancelled:
            return ErrorCode::cancelled;
        case Reason::concurrent:
            return ErrorCode::concurrent;
        case Reason::right_missing:
            return ErrorCode::right_missing;
        case Reason::voucher_refused:
            return ErrorCode::voucher_refused;
        case Reason::not_renewable:
            return ErrorCode::not_renewable;
    }
    return ErrorCode::internal;
}

ErrorCode code_of(const licence::Refusal& refusal) noexcept {
    switch (refusal.why) {
        case licence::Why::no_licence:
            return ErrorCode::unavailable;
        case licence::Why::denied:
            return refusal.denial ? code_of(refusal.denial->reason) : ErrorCode::internal;
        case licence::Why::person_busy:
            return ErrorCode::concurrent;
        case licence::Why::play_over:
        case licence::Why::other_play:
            return ErrorCode::play_over;
        case licence::Why::not_so:
            return refusal.state ? code_of(*refusal.state) : ErrorCode::internal;
    }
    return ErrorCode::internal;
}

ErrorCode code_of(licence::Standing standing) noexcept {
    switch (standing) {
        case licence::Standing::in_force:
            return ErrorCode::exhausted;
        case licence::Standing::returned:
            return ErrorCode::returned;
        case licence::Standing::revoked:
            return ErrorCode::licence_revoked;
        case licence::Standing::cancelled:
            return ErrorCode::cancelled;
    }
    return ErrorCode::internal;
}

ErrorCode code_of(licence::LedgerFault fault) noexcept {
    switch (fault) {
        case licence::LedgerFault::taken_over:
            return ErrorCode::superseded;
        case licence::LedgerFault::unknown:
            return ErrorCode::unavailable;
        default:
            return ErrorCode::ledger_away;
    }
}

} // namespace cifra::server
