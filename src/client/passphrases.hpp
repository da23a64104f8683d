// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Passphrases while connections may be open: as crypto::PassphraseSource, but what is asked on a terminal goes through
// the Prompter. All calls block, and are made aside.
#pragma once

#include "client/prompt.hpp"
#include "crypto/private_key.hpp"

namespace cifra::client {

class Passphrases {
  public:
    Passphrases(int fd, Prompter* prompter) : source_(fd), prompter_(prompter) {}

    // Throws crypto::NoPassphrase, Failure(interrupted).
    crypto::Secret get(const std::string& credential, const std::string& prompt);
    // The same twice on a terminal, until both agree; for new keys.
    crypto::Secret get_new(const std::string& credential, const std::string& prompt);

  private:
    crypto::Secret ask(const std::string& credential, const std::string& text);
    crypto::PassphraseSource source_;
    Prompter* prompter_;
};

} // namespace cifra::client
