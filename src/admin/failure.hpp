// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The exit statuses of cifractl, fixed and documented in its help, and the one exception that carries them to main().
#pragma once

#include <stdexcept>
#include <string>

namespace cifra::admin {

enum class Exit : int {
    ok = 0,
    internal = 1,
    usage = 2,
    bad_input = 3,     // a file or folder is missing, unreadable or wrong
    exists = 4,        // what was to be made is already there
    away = 5,          // the ledger's database does not answer
    integrity = 9,     // the ledger was changed by somebody else, or is broken
    disk = 10,         // the disk is full or cannot be written
    refused = 11,      // a licence does not allow it
    passphrase = 13,   // wrong passphrase, or none to be had
    due = 20,          // needs-renewal: there is something to renew
    set_back = 21,     // the ledger was set back to an older state
    interrupted = 130, // Ctrl-C
};

// What the user is told: what happened, and what to do next (may be empty).
struct Failure : std::runtime_error {
    Failure(Exit status_, const std::string& what, std::string remedy_ = {})
        : std::runtime_error(what), status(status_), remedy(std::move(remedy_)) {}
    Exit status;
    std::string remedy;
};

// Ends the program with this status; all that is to be said has been said.
struct Told {
    Exit status;
};

} // namespace cifra::admin
