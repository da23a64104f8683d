// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl media rm, cifractl media rewrap.
#include "admin/media_verbs.hpp"
#include "admin/output.hpp"

#include <botan/auto_rng.h>

namespace cifra::admin {

namespace {

struct Removal {
    LendingOptions lending;
    std::vector<std::string> names;

    Removal() { lending.with_ledger = false; }
};

void remove(const Removal& options) {
    OpenMedia media(options.lending);
    for (const auto& name : options.names) {
        // One that is damaged has no name any more, but its id.
        const auto id = ItemNames::id_if(name);
        const auto item = id ? *id : media.demand_entries({name}).front().info.item;
        if (const auto removed = media.vault().remove(item); !removed) throw failure_of(removed.error());
        print(name);
    }
    say("Who is listening hears the rest; nobody else can begin");
}

struct Rewrapping {
    LendingOptions lending;
    std::filesystem::path key_file;
    bool passphrase = false;

    Rewrapping() { lending.with_ledger = false; }
};

void rewrap(const Rewrapping& options) {
    if (options.key_file.empty() == !options.passphrase)
        throw Failure(Exit::usage, "by what shall the vault be opened from now on?",
                      "give --to-key-file FILE or --to-passphrase");
    OpenMedia media(options.lending);
    vault::Wrapping wrapping{vault::KeyKind::passphrase, {}, {}};
    if (options.passphrase) {
        wrapping.secret =
            crypto::PassphraseSource(options.lending.common.passphrase_fd)
                .get_new("cifra-vault", "New passphrase of the vault; cifrad asks for one alone, that of its key");
    } else {
        auto secret = vault::load_key_file(options.key_file);
        if (!secret) throw failure_of(secret.error());
        wrapping = {vault::KeyKind::key_file, std::move(*secret), {}};
    }
    Botan::AutoSeeded_RNG rng;
    const auto file = vault::Vault::key_file(media.config().vault);
    if (const auto done = vault::rewrap_vault_key(file, media.key(), wrapping, rng); !done)
        throw failure_of(done.error());
    print(file.string());
    if (!options.key_file.empty()) say("Set key_file in [vault] of the configuration to it, and start cifrad again");
    say("Copies of the former " + file.filename().string() + " are still opened by what opened them");
}

} // namespace

void add_media_rm(CLI::App& media) {
    auto options = std::make_shared<Removal>();
    auto& verb = *media.add_subcommand("rm", "Take items out of the vault, for good");
    verb.footer("Examples:\n  cifractl media rm concert.flac");
    options->lending.add_to(verb);
    verb.add_option("items", options->names, "Names, or ids")->type_name("ITEM")->required();
    verb.callback([options] { remove(*options); });
}

void add_media_rewrap(CLI::App& media) {
    auto options = std::make_shared<Rewrapping>();
    auto& verb =
        *media.add_subcommand("rewrap", "Open the vault by another passphrase or key file; no recording is touched");
    verb.footer(
        "Examples:\n"
        "  cifractl media rewrap --to-passphrase\n"
        "  head -c 32 /dev/urandom > vault.bin; chmod 600 vault.bin; cifractl media rewrap --to-key-file vault.bin");
    options->lending.add_to(verb);
    verb.add_option("--to-key-file", options->key_file, "A file of 32 bytes that opens it from now on")
        ->type_name("FILE");
    verb.add_flag("--to-passphrase", options->passphrase, "Ask for the passphrase that opens it from now on");
    verb.callback([options] { rewrap(*options); });
}

} // namespace cifra::admin
