// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl init: PKI, server folder and client folder in one go.
#include "admin/config_text.hpp"
#include "admin/crl_store.hpp"
#include "admin/failure.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"
#include "crypto/certificate_file.hpp"
#include "people/people.hpp"
#include "vault/vault_key.hpp"

#include <botan/auto_rng.h>
#include <botan/hex.h>

#include <boost/json/array.hpp>

#include <ctime>
#include <map>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    std::vector<std::string> hosts{"localhost", "127.0.0.1", "::1"};
    std::vector<std::string> listen{"127.0.0.1:7411"};
    std::string person = "listener";
    std::string device = "device1";
    std::string publisher = "publisher";
    std::string kind = key_kinds[0];
    fs::path media;
    int days = default_days;
};

struct Passphrases {
    crypto::Secret ca, server, client;
};

Passphrases ask(const Options& options) {
    crypto::PassphraseSource source(options.common.passphrase_fd);
    Passphrases asked;
    asked.ca = source.get_new("cifra-ca", "New passphrase for the CA keys, needed to add people and devices");
    asked.server = source.get_new(
        "cifra-server", "New passphrase for the server's key, needed to start cifrad, and for the publisher's key");
    asked.client = source.get_new("cifra-client", "New passphrase for the keys of device '" + options.device +
                                                      "' and person '" + options.person + "', needed to log in");
    return asked;
}

void check(Options& options) {
    demand_name("person", options.person);
    demand_name("device", options.device);
    demand_name("publisher", options.publisher);
    for (const auto& host : options.hosts) demand_host(host);
    for (const auto& listen : options.listen) demand_listen(listen);
    if (!options.media.empty()) {
        std::error_code failure;
        if (!fs::is_directory(options.media, failure)) {
            throw Failure(Exit::bad_input, options.media.string() + ": there is no such folder of media");
        }
        options.media = fs::canonical(options.media);
    }
    demand_free(options.common.dir);
}

// Builds the folder that authority.hpp describes.
class Builder {
  public:
    Builder(const Options& options, const Passphrases& passphrases)
        : options_(options), passphrases_(passphrases), folder_(options.common.dir) {}

    void build() {
        folder_.make_folder("ca", 0700);
        for (const auto party : all_parties) {
            folder_.make_folder(fs::path("ca/issued") / layout::plural(party), 0700);
        }
        const auto tag = Botan::hex_encode(rng_.random_vec(4), false); // tells one installation's CAs from another's
        const auto root = make_root("Cifra root " + tag, options_.kind, rng_);
        save("ca/root.pem", root.certificate.PEM_encode());
        save_key("ca/root-key.pem", root, passphrases_.ca);
        for (const auto party : all_parties) {
            StagedFolder::check_interrupted();
            const auto name = "Cifra " + std::string(layout::singular(party)) + " CA " + tag;
            const auto ca = make_issuing_ca(root, party, name, options_.kind, rng_);
            save(layout::ca_certificate(issuer_of(party)), ca.certificate.PEM_encode());
            save_key(layout::ca_key(issuer_of(party)), ca, passphrases_.ca);
            issue(party, ca);
            make_list(issuer_of(party), ca);
        }
        make_list(Ca::root, root);
        make_server(root);
        make_vault();
        make_client(root);
        folder_.commit();
    }

    const std::map<Party, Record>& records() const { return records_; }
    const std::string& fingerprint() const { return fingerprint_; }

  private:
    void save(const fs::path& relative, const std::string& content) { folder_.write(relative, content); }
    void save_key(const fs::path& relative, const Issued& issued, const crypto::Secret& passphrase) {
        StagedFolder::check_interrupted();
        crypto::save_private_key(folder_.path() / relative, *issued.key, passphrase, rng_);
    }

    void issue(Party party, const Issued& ca) {
        LeafRequest request{party, options_.person, {}, options_.kind, options_.days};
        if (party == Party::device) request.name = options_.device;
        if (party == Party::publisher) request.name = options_.publisher;
        if (party == Party::server) {
            request.hosts = options_.hosts;
            request.name = options_.hosts.front().size() <= 64 ? options_.hosts.front() : "Cifra server";
        }
        const auto leaf = make_leaf(ca, request, rng_);
        save(layout::record(party, request.name), leaf.certificate.PEM_encode());
        records_[party] = describe(leaf.certificate);
        if (party == Party::server) {
            folder_.make_folder("server");
            save("server/chain.pem", chain_pem(leaf.certificate, ca.certificate));
            save_key("server/key.pem", leaf, passphrases_.server);
            return;
        }
        if (party == Party::publisher) {
            save("server/" + layout::chain_file(party), chain_pem(leaf.certificate, ca.certificate));
            save_key("server/" + layout::key_file(party), leaf, passphrases_.server);
            return;
        }
        folder_.make_folder("client");
        const auto place = layout::identity(party, request.name);
        folder_.make_folder(place);
        save(place / layout::chain_file(party), chain_pem(leaf.certificate, ca.certificate));
        save_key(place / layout::key_file(party), leaf, passphrases_.client);
        for (const auto& file : {layout::chain_file(party), layout::key_file(party)}) {
            const mode_t mode = file == layout::key_file(party) ? 0600 : 0644;
            folder_.write("client/" + file, crypto::read_text_file(folder_.path() / place / file), mode);
        }
    }

    // Nobody is revoked, and somebody says so: cifrad lets nobody in where nobody does.
    void make_list(Ca ca, const Issued& issuer) {
        StagedFolder::check_interrupted();
        if (ca == Ca::server) {
            fingerprint_ = describe(issuer.certificate).fingerprint;
            folder_.make_folder("ca/crl", 0700);
            folder_.make_folder("server/crls");
        }
        const auto text = make_crl(issuer, first_crl(ca, std::time(nullptr)), rng_);
        save(crl_copy(ca), text);
        save(crl_file(ca), text);
    }

    void make_server(const Issued& root) {
        // One root for all; what keeps the roles apart is what each CA below it is confined to.
        for (const auto* file : {"server/device-roots.pem", "server/user-roots.pem", "server/server-roots.pem"})
            save(file, root.certificate.PEM_encode());
        save("server/people.json", people::People().to_json());
        folder_.make_folder("server/state", 0700);
        save("server/cifrad.toml", server_config(options_.listen, options_.media.string()));
    }

    // Opened by the passphrase of the server's key, until it is wrapped by another.
    void make_vault() {
        StagedFolder::check_interrupted();
        folder_.make_folder("server/vault/items", 0700);
        folder_.make_folder("server/vault/incoming", 0700);
        const auto key = vault::VaultKey::make(rng_);
        const vault::Wrapping wrapping{vault::KeyKind::passphrase, crypto::Secret::copy_of(passphrases_.server.view())};
        const auto saved = vault::save_vault_key(folder_.path() / "server/vault/vault.key", key, wrapping, rng_);
        if (!saved) throw Failure(Exit::disk, saved.error().text(), "nothing was left behind");
    }

    void make_client(const Issued& root) {
        for (const auto* file : {"client/server-roots.pem", "client/publisher-roots.pem"})
            save(file, root.certificate.PEM_encode());
        const bool all_signed = options_.media.empty();
        save("client/cifra.toml",
             client_config(options_.hosts.front(), demand_listen(options_.listen.front()), all_signed));
    }

    const Options& options_;
    const Passphrases& passphrases_;
    StagedFolder folder_;
    Botan::AutoSeeded_RNG rng_;
    std::map<Party, Record> records_;
    std::string fingerprint_; // of the CA for servers
};

void report(const Options& options, const Builder& made) {
    const auto& records = made.records();
    const auto dir = options.common.dir.string();
    if (options.common.json) {
        boost::json::array hosts(options.hosts.begin(), options.hosts.end());
        auto server = json_of(records.at(Party::server));
        server["hosts"] = std::move(hosts);
        print(boost::json::object{{"dir", dir},
                                  {"server_config", dir + "/server/cifrad.toml"},
                                  {"client_config", dir + "/client/cifra.toml"},
                                  {"vault", dir + "/server/vault"},
                                  {"media_dir", options.media.string()},
                                  {"fingerprint", made.fingerprint()},
                                  {"server", std::move(server)},
                                  {"device", json_of(records.at(Party::device))},
                                  {"person", json_of(records.at(Party::user))},
                                  {"publisher", json_of(records.at(Party::publisher))}});
        return;
    }
    print(dir);
    say("Made " + dir + ":");
    say("  ca/      root and issuing CAs. Keep a copy offline; ca/root-key.pem is not needed again for years");
    say("  server/  for " + options.hosts.front() + ", certificate until " +
        date_of(records.at(Party::server).not_after) + ": all that cifrad needs");
    say("  client/  device '" + options.device + "', person '" + options.person + "', until " +
        date_of(records.at(Party::user).not_after) + ": all that cifra needs");
    say("Lists of who is revoked are good for " + std::to_string(default_crl_days) +
        " days: run 'cifractl renew' from time to time, or from cron");
    say("Listeners who enrol know this server by " + made.fingerprint());
    if (options.media.empty())
        say("Next: cifractl media add --dir " + dir + " FILE…, then");
    else
        say("Next: what is in " + options.media.string() + " is lent as it lies there, unsigned and without licences:");
    say("  cifrad --config " + dir + "/server/cifrad.toml");
    say("  cifra --config " + dir + "/client/cifra.toml list");
}

void run(Options options) {
    check(options);
    const auto passphrases = ask(options);
    Builder builder(options, passphrases);
    builder.build();
    report(options, builder);
}

} // namespace

void add_init(CLI::App& program) {
    auto options = std::make_shared<Options>();
    auto& verb = *program.add_subcommand("init", "Make CAs, a server, the first device and the first person");
    verb.footer(
        "Examples:\n"
        "  cifractl init                                        a server to try on this machine, in ./cifra\n"
        "  cifractl init --name music.example --name 192.0.2.7 --listen 0.0.0.0:7411\n"
        "  cifractl init --dir lending --person \"a listener\" --device \"reading room\" --media /srv/recordings\n"
        "  cifractl init --passphrase-fd 3 3< passphrases       three lines: CA, server, client");
    options->common.add_to(verb, true);
    verb.add_option("--name", options->hosts, "Host name or address that clients dial; again for more")
        ->type_name("HOST")
        ->allow_extra_args(false)
        ->capture_default_str();
    verb.add_option("--listen", options->listen, "Address and port for the server's configuration; again for more")
        ->type_name("ADDRESS:PORT")
        ->allow_extra_args(false)
        ->capture_default_str();
    verb.add_option("--person", options->person, "Name of the first person")->type_name("NAME")->capture_default_str();
    verb.add_option("--device", options->device, "Name of the first device")->type_name("NAME")->capture_default_str();
    verb.add_option("--publisher", options->publisher, "Name of the publisher, who signs what is lent")
        ->type_name("NAME")
        ->capture_default_str();
    verb.add_option("--media", options->media, "Lend the plain files of this folder, without vault and licences")
        ->type_name("DIR");
    verb.add_option("--key", options->kind, "Kind of all keys")
        ->type_name("KIND")
        ->check(CLI::IsMember(key_kinds))
        ->capture_default_str();
    verb.add_option("--days", options->days, "Validity of server, device, person and publisher")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days))
        ->capture_default_str();
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
