// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The exit statuses of cifra, fixed and documented in its man page, and the one exception that carries them to main().
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace cifra::client {

enum class Exit : int {
    ok = 0,
    internal = 1,
    usage = 2,
    bad_input = 3,     // a local file or the configuration is missing, unreadable or wrong
    exists = 4,        // the target exists and is something else
    unreachable = 5,   // no connection to the server
    login_refused = 6, // the server does not let this device or person in
    not_trusted = 7,   // the server could not prove who it is, or no publisher signed the item
    lost = 8,          // the connection ended in the middle and did not come back
    integrity = 9,     // what arrived was altered, or broke the protocol
    disk = 10,         // the local disk is full or cannot be written
    refused = 11,      // the server refused the request: unknown item, quota, …
    no_audio = 12,     // no sound device
    passphrase = 13,   // wrong passphrase, or none to be had
    card = 14,         // no card, the wrong one, its PIN, or its reader
    unhealthy = 15,    // 'cifra doctor' found a failure
    waiting = 16,      // the operator has not yet answered a request to enrol
    licence = 17,      // the licence for the item does not allow it: used up, ended, withdrawn, …
    interrupted = 130, // Ctrl-C
};

// What a user is told: what happened, and what to do next (may be empty). Nothing is said when what happened is empty.
struct Failure : std::runtime_error {
    Failure(Exit status_, const std::string& what, std::string remedy_ = {})
        : std::runtime_error(what), status(status_), remedy(std::move(remedy_)) {}
    Exit status;
    std::string remedy;
    std::uint16_t code = 0; // of the server's refusal, as in proto/codes.hpp; 0: it is none
};

} // namespace cifra::client
