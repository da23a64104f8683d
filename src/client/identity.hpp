// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who we are and whom we trust, loaded once and kept over reconnections, so that a passphrase is asked for once.
#pragma once

#include "client/settings.hpp"
#include "crypto/private_key.hpp"

namespace cifra::client {

class Identity {
  public:
    // Throws Failure.
    static Identity load(const Settings& settings);

    const crypto::Credential& device() const { return device_; }
    const crypto::Credential* user() const { return user_ ? &*user_ : nullptr; }
    crypto::TrustStore& servers() { return *servers_; }

  private:
    crypto::Credential device_;
    std::optional<crypto::Credential> user_;
    std::optional<crypto::TrustStore> servers_;
};

} // namespace cifra::client
