// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A connection to the server, before anything is said on it.
#pragma once

#include "client/exit_code.hpp"
#include "client/interrupt.hpp"
#include "client/settings.hpp"

namespace cifra::client {

// The connection is gone; trying again may help (Failure is thrown where it cannot).
struct Lost : std::runtime_error {
    Lost(const std::string& what, Exit status_, std::string remedy_)
        : std::runtime_error(what), status(status_), remedy(std::move(remedy_)) {}
    Exit status;
    std::string remedy;
};

// The socket of the first address that answers. Throws Lost with the last reason, Failure(interrupted).
net::awaitable<net::tcp::socket> dial(const Settings& settings, Interrupt& interrupt);

} // namespace cifra::client
