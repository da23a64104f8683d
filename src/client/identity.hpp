// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who we are and whom we trust, loaded once and kept over reconnections, so that a passphrase is asked for once. The
// device's key is opened here; the person's when a server asks for her.
#pragma once

#include "client/person.hpp"
#include "client/tickets.hpp"
#include "crypto/private_key.hpp"

namespace cifra::client {

class Identity {
  public:
    // Throws Failure. Without a prompter the person is asked nothing on a terminal.
    static Identity load(const Settings& settings, Prompter* prompter = nullptr, Terminal* terminal = nullptr);

    const crypto::Credential& device() const { return device_; }
    const std::shared_ptr<Person>& person() const { return person_; }
    crypto::TrustStore& servers() { return *servers_; }
    // Who may sign items; nullptr: nobody has to.
    crypto::TrustStore* publishers() { return publishers_ ? &*publishers_ : nullptr; }
    Tickets& tickets() { return tickets_; }
    // What a question is asked with; may be nullptr.
    Prompter* prompter() const { return prompter_; }

  private:
    crypto::Credential device_;
    std::shared_ptr<Person> person_;
    std::optional<crypto::TrustStore> servers_, publishers_;
    Tickets tickets_;
    Prompter* prompter_ = nullptr;
};

} // namespace cifra::client
