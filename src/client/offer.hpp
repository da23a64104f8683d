// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What this client offers in NEGOTIATION.
#pragma once

#include "client/identity.hpp"
#include "states/client_session.hpp"

namespace cifra::client {

states::ClientOffer make_offer(const Settings& settings, const Identity& identity);

} // namespace cifra::client
