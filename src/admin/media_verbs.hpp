// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The verbs below 'cifractl media', and what they share.
#pragma once

#include "admin/open_ledger.hpp"
#include "vault/vault.hpp"

namespace cifra::admin {

void add_media_add(CLI::App& media);
void add_media_list(CLI::App& media);
void add_media_verify(CLI::App& media);
void add_media_rm(CLI::App& media);
void add_media_rewrap(CLI::App& media);

// The vault as its verbs use it. Throws Failure.
class OpenMedia : public OpenVault {
  public:
    explicit OpenMedia(const LendingOptions& options);
    vault::Vault& vault() { return *vault_; }

    struct Entry {
        vault::ItemInfo info;
        proto::SignedManifest described;
    };
    // By name; what is damaged is told.
    std::vector<Entry> entries();
    // Those of these names or ids, in their order; all of them when none is named. Throws Failure for one that is not
    // there.
    std::vector<Entry> demand_entries(const std::vector<std::string>& names);
    std::size_t damaged() const { return damaged_; }

  private:
    std::unique_ptr<vault::Vault> vault_;
    std::size_t damaged_ = 0;
};

// What is told of the vault's failure, and the exit status.
Failure failure_of(const vault::Failure& failure);

} // namespace cifra::admin
