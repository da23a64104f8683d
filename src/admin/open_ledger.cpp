// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/open_ledger.hpp"

#include "admin/names.hpp"
#include "admin/people_file.hpp"

#include <algorithm>
#include <ctime>

namespace cifra::admin {

namespace fs = std::filesystem;

using licence::LedgerFault;

namespace {

constexpr std::string_view sqlite = "sqlite:";
constexpr std::string_view device = "device:";

LendingConfig config_of(const LendingOptions& options) {
    const bool all_given = !options.vault.empty() && (!options.database.empty() || !options.with_ledger);
    const auto file = options.config.empty() ? options.common.dir / "server/cifrad.toml" : options.config;
    std::error_code ignored;
    // With both named, and no configuration meant, there need be none.
    LendingConfig config;
    if (!all_given || !options.config.empty() || fs::exists(file, ignored)) config = load_lending_config(file);
    if (!options.database.empty()) config.database = options.database;
    if (!options.vault.empty()) config.vault = options.vault;
    if (config.vault.empty())
        throw Failure(Exit::bad_input, file.string() + ": no vault, whose key everything that is lent needs",
                      "set dir in [vault], or name it: --vault DIR");
    return config;
}

Failure failure_of_key(const vault::Failure& failure) {
    switch (failure.problem) {
        case vault::Problem::wrong_key:
            return {Exit::passphrase, failure.text(), "try again; at first it is that of the server's key"};
        case vault::Problem::no_key:
            return {Exit::passphrase, failure.text(),
                    "name it as key_file in [vault], or bring it as the credential \"cifra-vault-key\""};
        case vault::Problem::not_there:
            return {Exit::bad_input, failure.text(),
                    "'cifractl init' makes one; another vault is named by --vault DIR"};
        default:
            return {Exit::bad_input, failure.text()};
    }
}

vault::VaultKey open_key(const LendingOptions& options, const LendingConfig& config, crypto::Secret& passphrase) {
    crypto::PassphraseSource passphrases(options.common.passphrase_fd);
    vault::KeySource source;
    source.passphrase = [&] {
        passphrase = passphrases.get("cifra-server", "Passphrase of the server's key");
        return crypto::Secret::copy_of(passphrase.view());
    };
    source.key_file = config.key_file;
    auto key = vault::open_vault_key(config.vault / "vault.key", source);
    if (!key) throw failure_of_key(key.error());
    return std::move(*key);
}

LedgerFault fault_of(licence::DatabaseFault fault) {
    switch (fault) {
        case licence::DatabaseFault::full:
            return LedgerFault::full;
        case licence::DatabaseFault::failed:
            return LedgerFault::failed;
        case licence::DatabaseFault::corrupted:
            return LedgerFault::corrupted;
        case licence::DatabaseFault::away:
        case licence::DatabaseFault::conflict:
            break;
    }
    return LedgerFault::away;
}

std::unique_ptr<licence::Database> open_database(const LendingConfig& config, Missing missing) {
    if (config.database.empty())
        throw Failure(Exit::bad_input, config.file.string() + ": no ledger, so nothing is licensed",
                      "set database in [ledger], or name it: --database sqlite:FILE");
    if (config.database.starts_with(sqlite)) {
        const fs::path file(config.database.substr(sqlite.size()));
        std::error_code ignored;
        const bool there = fs::exists(file, ignored);
        if (!there && fs::exists(config.checkpoint, ignored) && missing == Missing::refuse)
            throw Failure(Exit::set_back, file.string() + ": the ledger is gone, and its checkpoint is there",
                          "bring it back from a backup; to begin a new one in its place: cifractl audit accept --yes");
        if (!there && missing == Missing::refuse)
            throw Failure(Exit::bad_input, file.string() + ": there is no ledger yet",
                          "the first licence makes it: cifractl licence issue, or cifrad");
    }
    try {
        return licence::open_database(config.database, missing == Missing::create);
    } catch (const std::invalid_argument& wrong) {
        throw Failure(Exit::bad_input, wrong.what(), "expected: sqlite:FILE, or postgresql://HOST/NAME");
    } catch (const licence::DatabaseError& error) {
        throw failure_of({fault_of(error.fault()), error.what()});
    }
}

[[noreturn]] void refuse_unknown(const std::string& what, const std::string& name,
                                 const std::vector<std::string>& names, const std::string& list) {
    const auto near = nearest(name, names);
    throw Failure(Exit::bad_input, "there is no " + what + " '" + name + "'",
                  (near.empty() ? "see: " + list : "did you mean '" + near + "'?") + " As it is: --anyway");
}

} // namespace

void LendingOptions::add_to(CLI::App& verb) {
    common.add_to(verb, true);
    verb.add_option("--config", config, "cifrad's configuration, if not DIR/server/cifrad.toml")->type_name("FILE");
    verb.add_option("--vault", vault, "The vault's folder, if not that of cifrad's configuration")->type_name("DIR");
    if (with_ledger)
        verb.add_option("--database", database, "The ledger, if not that of cifrad's configuration")
            ->type_name("ADDRESS");
}

OpenVault::OpenVault(const LendingOptions& options)
    : dir_(options.common.dir), passphrase_fd_(options.common.passphrase_fd), config_(config_of(options)) {
    key_.emplace(open_key(options, config_, passphrase_));
    items_.emplace(config_.vault, *key_);
}

crypto::Secret OpenVault::passphrase(const std::string& prompt) {
    if (passphrase_.empty()) passphrase_ = crypto::PassphraseSource(passphrase_fd_).get("cifra-server", prompt);
    return crypto::Secret::copy_of(passphrase_.view());
}

Id16 OpenVault::demand_item(const std::string& name, bool anyway) {
    if (const auto id = items_->id_if(name)) return *id;
    const auto id = vault::item_id(*key_, name);
    if (!anyway && !items_->has(id)) refuse_unknown("item", name, items_->names(), "cifractl media list");
    items_->remember(id, name);
    return id;
}

void OpenVault::demand_person(const std::string& name, bool anyway) const {
    std::error_code ignored;
    // On the server there is no record of who was issued a certificate.
    if (anyway || !fs::is_directory(dir_ / "ca", ignored)) return;
    std::vector<std::string> names;
    if (name.starts_with(device)) {
        for (const auto& one : issued(dir_, Party::device)) names.push_back(std::string(device) + one.record.name);
    } else {
        names = names_on_record(dir_, load_people(dir_));
    }
    if (std::ranges::find(names, name) != names.end()) return;
    if (name.starts_with(device)) refuse_unknown("device", name.substr(device.size()), names, "cifractl device list");
    refuse_unknown("person", name, names, "cifractl person list");
}

OpenLedger::OpenLedger(const LendingOptions& options, Missing missing)
    : OpenVault(options), now_(static_cast<std::int64_t>(std::time(nullptr))) {
    auto database = open_database(config(), missing);
    licence::LedgerKeys keys{key().derive("ledger seal"), key().derive("ledger pseudonyms"),
                             key().derive("audit signing"), key().derive("licence signing")};
    licence::LedgerOptions settings;
    settings.checkpoint = config().checkpoint;
    settings.server = "cifractl"; // it plays nothing
    ledger_ = std::make_unique<licence::Ledger>(std::move(database), std::move(keys), std::move(settings));
}

licence::Ledger& OpenLedger::sound() {
    demand(ledger_->open(now_));
    return *ledger_;
}

Failure failure_of(const licence::LedgerError& error) {
    const auto what = std::string(licence::describe(error.fault)) + ": " + error.text;
    switch (error.fault) {
        case LedgerFault::away:
            return {Exit::away, what, "nothing was done; give the same command again when it answers"};
        case LedgerFault::full:
            return {Exit::disk, what, "free some space and give the same command again; nothing was done"};
        case LedgerFault::failed:
            return {Exit::disk, what,
                    "see what was done: cifractl licence show; and whether you may write there as cifrad may"};
        case LedgerFault::corrupted:
            return {Exit::integrity, what, "bring it back from a backup, then: cifractl audit accept"};
        case LedgerFault::tampered:
            return {Exit::integrity, what, "see what is wrong: cifractl audit verify; and bring it back from a backup"};
        case LedgerFault::rolled_back:
            return {Exit::set_back, what, "what that means, and how to go on: cifractl audit accept"};
        case LedgerFault::newer:
            return {Exit::bad_input, what, "use the cifractl that came with the server"};
        case LedgerFault::unknown:
            return {Exit::bad_input, error.text, "see: cifractl licence show"};
        case LedgerFault::taken_over:
            break;
    }
    return {Exit::internal, what};
}

} // namespace cifra::admin
