// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/findings.hpp"
#include "client/interrupt.hpp"
#include "client/settings.hpp"

namespace cifra::client {

// Reader, card, module, PIN state: nothing is spent. What is missing is a failure where a card is configured, else no
// more than a warning.
net::awaitable<void> check_card(const Settings& settings, Interrupt& interrupt, Findings& findings);

} // namespace cifra::client
