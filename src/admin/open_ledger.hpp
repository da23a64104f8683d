// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The ledger and the vault's key, for the verbs that lend: where they are, who may open them, and what is told when
// they cannot be.
#pragma once

#include "admin/failure.hpp"
#include "admin/item_names.hpp"
#include "admin/lending_config.hpp"
#include "admin/verbs.hpp"
#include "licence/ledger.hpp"

namespace cifra::admin {

// What every verb that lends takes.
struct LendingOptions {
    Common common;
    std::filesystem::path config; // DIR/server/cifrad.toml, if not given
    std::string database;         // these two in place of what stands there
    std::filesystem::path vault;

    bool with_ledger = true; // false: the vault's key is enough

    void add_to(CLI::App& verb);
};

// The vault's key is opened at once, and the passphrase asked for, unless a key file is there.
class OpenVault {
  public:
    // Throws Failure: bad_input, passphrase.
    explicit OpenVault(const LendingOptions& options);

    const LendingConfig& config() const { return config_; }
    const vault::VaultKey& key() const { return *key_; }
    // That which opened the vault; asked for if a key file did.
    crypto::Secret passphrase(const std::string& prompt);
    ItemNames& items() { return *items_; }

    // What an item or a person is called, as far as there is a record here; throws Failure (bad_input) with another
    // name to try, unless `anyway`.
    Id16 demand_item(const std::string& name, bool anyway);
    void demand_person(const std::string& name, bool anyway) const;

  private:
    std::filesystem::path dir_;
    int passphrase_fd_;
    LendingConfig config_;
    crypto::Secret passphrase_;
    std::optional<vault::VaultKey> key_;
    std::optional<ItemNames> items_;
};

enum class Missing : std::uint8_t { refuse, create }; // what to do about a ledger that is not there

class OpenLedger : public OpenVault {
  public:
    explicit OpenLedger(const LendingOptions& options, Missing missing = Missing::refuse);

    // Not looked at yet, whatever state it is in.
    licence::Ledger& ledger() { return *ledger_; }
    // Of all calls of one run.
    std::int64_t now() const { return now_; }
    // Throws Failure when it has a fault.
    licence::Ledger& sound();

  private:
    std::int64_t now_;
    std::unique_ptr<licence::Ledger> ledger_;
};

// What is told of a ledger's fault, and the exit status.
Failure failure_of(const licence::LedgerError& error);

template <class T>
T demand(licence::Answer<T> answer) {
    if (!answer) throw failure_of(answer.error());
    return std::move(*answer);
}
inline void demand(const licence::Answer<void>& answer) {
    if (!answer) throw failure_of(answer.error());
}

} // namespace cifra::admin
