// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A PIN from a window: pinentry and its like, which speak the Assuan protocol over a pair of pipes.
#pragma once

#include "crypto/secret.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace cifra::client {

struct PinentryError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Blocks until the person has answered. `program` is a path, or a name on $PATH; it gets no argument and inherits no
// descriptor but its own. Empty: cancelled. Throws PinentryError.
crypto::Secret ask_pinentry(const std::string& program, const std::string& description, const std::string& prompt);
// A question that is answered by yes or no.
bool confirm_pinentry(const std::string& program, const std::string& description);

// For Assuan: '%', CR and LF as %25, %0D and %0A.
std::string escape_assuan(const std::string& text);

} // namespace cifra::client
