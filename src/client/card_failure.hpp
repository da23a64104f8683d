// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/exit_code.hpp"
#include "client/token/card_error.hpp"

namespace cifra::client {

// What is said when a card cannot be used, and the exit status: a wrong URI or module is the configuration's.
Failure failure_of(const token::CardError& error);

} // namespace cifra::client
