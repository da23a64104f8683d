// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What `cifra card` found, and how it is shown.
#pragma once

#include "client/token/card.hpp"
#include "client/token/readers.hpp"

namespace cifra::client {

struct CardReport {
    bool service = false; // pcscd runs
    std::vector<token::Reader> readers;
    std::shared_ptr<const token::Modules> modules;
    token::Listing listing;
    std::vector<token::Verdict> verdicts; // of listing.certificates
    std::optional<token::CardError> error;
};

void print(const CardReport& report);
void print_json(const CardReport& report, const std::string& module);

} // namespace cifra::client
