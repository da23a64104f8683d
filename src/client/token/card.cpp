// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/card.hpp"

#include "client/token/readers.hpp"

#include <algorithm>

namespace cifra::token {

crypto::Credential Card::credential(AskPin ask) const {
    return {chain, std::make_shared<CardSigner>(modules, certificate, std::move(ask)), certificate.holder,
            certificate.not_after};
}

bool Card::is_there() const {
    const auto listing = list(modules);
    return std::any_of(listing.certificates.begin(), listing.certificates.end(), [&](const Certificate& other) {
        return other.token.same_as(certificate.token) && other.der == certificate.der;
    });
}

void demand_token(const Listing& listing) {
    if (!listing.tokens.empty()) return;
    if (listing.blank != 0)
        throw CardError(CardFault::no_certificate, "the token was never initialised: there is nothing on it");
    demand_card();
    throw CardError(CardFault::unknown_card);
}

void demand_usable(const Token& token) {
    if (token.tries == Tries::locked) throw CardError(CardFault::pin_locked, {}, Tries::locked);
}

Card open_card(const CardOptions& options, std::int64_t now) {
    return open_card(Modules::load(options.module), options, now);
}

Card open_card(std::shared_ptr<const Modules> modules, const CardOptions& options, std::int64_t now) {
    const auto listing = list(modules);
    demand_token(listing);
    const auto& certificate = choose(listing, options.wish, now);
    demand_usable(certificate.token);
    return {std::move(modules), certificate, chain_of(certificate, listing, options.authorities)};
}

} // namespace cifra::token
