// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/offer.hpp"

#include <botan/cpuid.h>

namespace cifra::client {

std::vector<Suite> usual_suites(bool aes_instructions) {
    if (aes_instructions) return {Suite::aes256_gcm_sha384, Suite::aes128_gcm_sha256, Suite::chacha20_poly1305_sha256};
    return {Suite::chacha20_poly1305_sha256, Suite::aes256_gcm_sha384, Suite::aes128_gcm_sha256};
}

states::ClientOffer make_offer(const Settings& settings) {
    states::ClientOffer offer;
    offer.suites = settings.suites.empty() ? usual_suites(Botan::CPUID::has_hw_aes()) : settings.suites;
    offer.groups = settings.groups.empty() ? std::vector{Group::x25519, Group::p256, Group::p384} : settings.groups;
    offer.schemes = {Scheme::ed25519,        Scheme::ecdsa_p256_sha256, Scheme::ecdsa_p384_sha384,
                     Scheme::rsa_pss_sha256, Scheme::rsa_pss_sha384,    Scheme::rsa_pss_sha512};
    offer.server_name = settings.host;
    offer.padding = settings.padded ? proto::Padding::full : proto::Padding::none;
    return offer;
}

states::ClientOffer make_offer(const Settings& settings, Identity& identity) {
    auto offer = make_offer(settings);
    offer.device_chain = identity.device().chain;
    offer.ticket = identity.tickets().find();
    return offer;
}

} // namespace cifra::client
