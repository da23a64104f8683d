// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl server add, cifractl device add, cifractl person add, cifractl publisher add.
#include "admin/failure.hpp"
#include "admin/lock.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/people_file.hpp"
#include "admin/retire.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"

#include "crypto/certificate_subject.hpp"
#include "crypto/private_key_file.hpp"

#include <botan/auto_rng.h>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    std::string name;
    std::vector<std::string> hosts;
    std::string kind = key_kinds[0];
    int days = default_days;
    fs::path certificate; // of a person: one that somebody else made
    CardPerson card;
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
    if (party == Party::server)
        return say("Next: on the server, " + layout::chain_file(party) + " is to be 'chain' of cifrad.toml, " +
                   layout::key_file(party) + " 'key'");
    if (party == Party::publisher)
        return say("Next: who takes recordings in signs them with " + layout::key_file(party) + ", and " +
                   layout::chain_file(party) + " goes with it");
    say("Next: in the listener's copy of " + (options.common.dir / "client").string() + ", put " +
        layout::chain_file(party) + " and " + layout::key_file(party) + " from this folder");
}

std::string credential_of(Party party) {
    return party == Party::server || party == Party::publisher ? "cifra-server" : "cifra-client";
}

// A name that is to be had, and DIR that is there and whole: found out before a person is asked.
void demand_free_name(const fs::path& dir, Party party, const std::string& name) {
    const auto revocations = Revocations::load(dir);
    for (const auto& one : issued(dir, party)) {
        if (one.record.name != name || revocations.find(one.record.serial) == nullptr) continue;
        const Lock lock(dir); // somebody was stopped while revoking it
        retire_revoked(dir, party, revocations);
    }
    if (party == Party::user) demand_not_in_people(dir, name);
    demand_free(dir / layout::record(party, name));
    const auto place = dir / layout::identity(party, name);
    std::error_code ignored;
    if (fs::create_directory(place.parent_path(), ignored)) fs::permissions(place.parent_path(), fs::perms(0755));
    demand_free(place);
}

void issue(const Options& options, Party party) {
    const auto& dir = options.common.dir;
    demand_free_name(dir, party, options.name);
    const auto place = dir / layout::identity(party, options.name);
    const auto record_file = dir / layout::record(party, options.name);
    crypto::PassphraseSource source(options.common.passphrase_fd);
    Authorities authorities(dir, source);
    authorities.get(issuer_of(party));
    const auto passphrase =
        source.get_new(credential_of(party), "New passphrase for the key of '" + options.name + "'");

    const Lock lock(dir);
    authorities.refresh();
    const auto& ca = authorities.get(issuer_of(party));
    Botan::AutoSeeded_RNG rng;
    const auto leaf = make_leaf(ca, {party, options.name, options.hosts, options.kind, options.days}, rng);
    StagedFolder folder(place);
    folder.write(layout::chain_file(party), chain_pem(leaf.certificate, ca.certificate));
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

void enter(const Options& options) {
    const auto& dir = options.common.dir;
    load_people(dir);
    const auto certificate = read_foreign(options.certificate);
    const Lock lock(dir);
    auto people = load_people(dir);
    const bool entered = enter_key(dir, people, certificate, options.card);
    if (entered) save_people(dir, people);
    const auto holder = crypto::distinguished_name_text(certificate.subject_dn());
    if (options.common.json) {
        return print(boost::json::object{{"name", options.name},
                                         {"key", key_hash(certificate)},
                                         {"subject", holder},
                                         {"issuer", crypto::distinguished_name_text(certificate.issuer_dn())},
                                         {"not_after", date_time_of(describe(certificate).not_after)},
                                         {"entered", entered}});
    }
    print(people_file(dir).string());
    say((entered ? "Entered: person '" : "Entered before: person '") + options.name + "', certificate of " + holder +
        ", until " + date_of(describe(certificate).not_after));
    if (!options.card.trust_key)
        say("cifrad lets it in when user_roots or card_roots hold the root of its issuer, " +
            crypto::distinguished_name_text(certificate.issuer_dn()));
    say_copy_people(dir);
}

void run(Options options, Party party) {
    demand_name(layout::singular(party), options.name);
    options.card.name = options.name;
    if (!options.certificate.empty()) return enter(options);
    if (options.card.trust_key || options.card.card || options.card.another)
        throw Failure(Exit::usage, "--trust-key, --card and --another say something of a --certificate",
                      "See: cifractl person add --help");
    if (party == Party::server && options.hosts.empty()) options.hosts = {options.name};
    for (const auto& host : options.hosts) demand_host(host);
    issue(options, party);
}

void add_certificate_options(CLI::App& verb, Options& options) {
    verb.add_option("--certificate", options.certificate,
                    "Let in who has the key of this certificate, that others made")
        ->type_name("FILE");
    verb.add_flag("--trust-key", options.card.trust_key, "Its key alone is enough, whoever issued it");
    verb.add_flag("--card", options.card.card, "Its key is on a card");
    verb.add_flag("--another", options.card.another, "Besides what the person has already");
}

} // namespace

void add_add(CLI::App& noun, Party party) {
    auto options = std::make_shared<Options>();
    const std::string what(layout::singular(party));
    constexpr std::array examples{"music2.example", "\"reading room\"", "\"a listener\"", "\"a label\""};
    auto& verb = *noun.add_subcommand(
        "add", party == Party::user ? "Issue a certificate and key for a new person, or let one in who has a card"
                                    : "Issue a certificate and key for a new " + what);
    verb.footer("Examples:\n  cifractl " + what + " add " + examples.at(static_cast<std::size_t>(party)) +
                "\n  cifractl " + what +
                " add NAME --days 30 --passphrase-fd 3 3< passphrases   two lines: CA, new key" +
                (party == Party::user ? "\n  cifractl person add NAME --certificate FILE --card" : ""));
    options->common.add_to(verb, true);
    verb.add_option("name", options->name, "Name of the " + what + "; it will stand in the certificate")
        ->type_name("NAME")
        ->required();
    if (party == Party::server) {
        verb.add_option("--name", options->hosts, "Host name or address that clients dial; again for more")
            ->type_name("HOST")
            ->allow_extra_args(false);
    }
    verb.add_option("--key", options->kind, "Kind of key")
        ->type_name("KIND")
        ->check(CLI::IsMember(key_kinds))
        ->capture_default_str();
    verb.add_option("--days", options->days, "Validity")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days))
        ->capture_default_str();
    if (party == Party::user) add_certificate_options(verb, *options);
    verb.callback([options, party] { run(*options, party); });
}

} // namespace cifra::admin
