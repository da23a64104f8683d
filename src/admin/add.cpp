// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl device add, cifractl person add.
#include "admin/failure.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"

#include "crypto/private_key_file.hpp"

#include <botan/auto_rng.h>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    std::string name;
    std::string kind = key_kinds[0];
    int days = default_days;
};

void report(const Options& options, Party party, const fs::path& place, const Record& record) {
    if (options.common.json) {
        auto value = json_of(record);
        value["dir"] = place.string();
        return print(value);
    }
    print(place.string());
    say("Issued a certificate for " + std::string(layout::singular(party)) + " '" + record.name + "', valid until " +
        date_of(record.not_after));
    say("Next: in the listener's copy of " + (options.common.dir / "client").string() + ", put " +
        layout::chain_file(party) + " and " + layout::key_file(party) + " from this folder");
}

void run(const Options& options, Party party) {
    demand_name(layout::singular(party), options.name);
    const auto& dir = options.common.dir;
    issued(dir, party); // that DIR is there and whole is found out before a person is asked
    const auto place = dir / layout::identity(party, options.name);
    const auto record_file = dir / layout::record(party, options.name);
    demand_free(record_file);
    demand_free(place);
    crypto::PassphraseSource source(options.common.passphrase_fd);
    const auto ca = load_ca(dir, party, source);
    const auto passphrase = source.get_new("cifra-client", "New passphrase for the key of '" + options.name + "'");

    Botan::AutoSeeded_RNG rng;
    const auto leaf = make_leaf(ca, {party, options.name, {}, options.kind, options.days}, rng);
    StagedFolder folder(place);
    folder.write(layout::chain_file(party), chain_pem(leaf, ca));
    crypto::save_private_key(folder.path() / layout::key_file(party), *leaf.key, passphrase, rng);
    StagedFolder::check_interrupted();
    // The record first: a certificate without its key harms nobody, one that is not on record cannot be revoked.
    crypto::write_new_file(record_file, leaf.certificate.PEM_encode(), 0644);
    try {
        folder.commit();
    } catch (...) {
        std::error_code ignored;
        fs::remove(record_file, ignored);
        throw;
    }
    report(options, party, place, describe(leaf.certificate));
}

} // namespace

void add_add(CLI::App& noun, Party party) {
    auto options = std::make_shared<Options>();
    const std::string what(layout::singular(party));
    auto& verb = *noun.add_subcommand("add", "Issue a certificate and key for a new " + what);
    verb.footer("Examples:\n  cifractl " + what + " add \"" + (party == Party::device ? "reading room" : "a listener") +
                "\"\n  cifractl " + what +
                " add NAME --days 30 --passphrase-fd 3 3< passphrases   two lines: CA, new key");
    options->common.add_to(verb, true);
    verb.add_option("name", options->name, "Name of the " + what + "; it will stand in the certificate")
        ->type_name("NAME")
        ->required();
    verb.add_option("--key", options->kind, "Kind of key")
        ->type_name("KIND")
        ->check(CLI::IsMember(key_kinds))
        ->capture_default_str();
    verb.add_option("--days", options->days, "Validity")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days))
        ->capture_default_str();
    verb.callback([options, party] { run(*options, party); });
}

} // namespace cifra::admin
