// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Where the PIN of a card comes from: --pin-fd N, the credential "cifra-pin" of a service, the terminal without echo, a
// window (pinentry) where there is no terminal.
#pragma once

#include "client/prompt.hpp"
#include "client/settings.hpp"
#include "client/token/card_signer.hpp"

namespace cifra::client {

class PinDialogue {
  public:
    PinDialogue(const Settings& settings, Prompter* prompter, Terminal* terminal)
        : settings_(settings), prompter_(prompter), terminal_(terminal) {}

    // Blocks. Says first whose card it is and how many tries are left, and has the last one confirmed. Throws Failure.
    crypto::Secret ask(const token::PinQuestion& question) const;

  private:
    std::string facts(const token::PinQuestion& question) const;
    void confirm_last(const token::PinQuestion& question) const;
    bool on_terminal() const { return prompter_ != nullptr && Prompter::possible(); }
    std::string window() const;

    Settings settings_;
    Prompter* prompter_;
    Terminal* terminal_;
};

} // namespace cifra::client
