// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What this client offers in NEGOTIATION.
#pragma once

#include "client/identity.hpp"
#include "states/client_session.hpp"

namespace cifra::client {

// In order of preference. ChaCha20-Poly1305 in front says that AES would be slow on this machine.
std::vector<Suite> usual_suites(bool aes_instructions);

states::ClientOffer make_offer(const Settings& settings); // of nobody yet
states::ClientOffer make_offer(const Settings& settings, Identity& identity);

} // namespace cifra::client
