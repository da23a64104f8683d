// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A login by card, from the outside: open_card(), then its credential. Blocks: see token.hpp.
#pragma once

#include "client/token/card_signer.hpp"
#include "client/token/choice.hpp"
#include "crypto/certificate.hpp"

namespace cifra::token {

struct CardOptions {
    std::string module = "opensc";     // see Modules::load
    Wish wish;                         // see choose()
    std::filesystem::path authorities; // PEM with CA certificates that the card lacks; may be empty
};

struct Card {
    std::shared_ptr<const Modules> modules;
    Certificate certificate;
    std::vector<Bytes> chain;

    // Its signer throws CardError; `ask` as in card_signer.hpp.
    crypto::Credential credential(AskPin ask) const;
    // Whether the same card, with the same certificate, is in some reader now.
    bool is_there() const;
};

// Loads the module, lists, chooses. No PIN is asked for. Throws CardError; std::runtime_error for an unreadable
// `authorities`. Where no token is there, the error says which part is missing: pcscd, reader, card, module.
Card open_card(const CardOptions& options, std::int64_t now);
Card open_card(std::shared_ptr<const Modules> modules, const CardOptions& options, std::int64_t now);

// Throws the CardError for a listing without tokens.
void demand_token(const Listing& listing);
// Throws CardError(pin_locked).
void demand_usable(const Token& token);

} // namespace cifra::token
