// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Plays into a ledger as cifrad would, at times that the test chooses: player VAULT.KEY DATABASE CHECKPOINT.
// Standard input: the passphrase of the vault's key, then a play a line, with tabs between:
//     PERSON  ITEM (32 hex digits)  RIGHT  TIME (seconds since 1970)  CHUNKS  MILLISECONDS  "end" or "on"
// Answers each with "granted", or the reason why not.
#include "licence/hex.hpp"
#include "licence/ledger.hpp"
#include "vault/vault_key.hpp"

#include <botan/auto_rng.h>

#include <iostream>
#include <sstream>

namespace {

using namespace cifra;

licence::Ledger open(const vault::VaultKey& key, const std::string& database, const std::string& checkpoint) {
    licence::LedgerOptions options;
    options.checkpoint = checkpoint;
    options.server = "player";
    return {licence::open_database(database),
            {key.derive("ledger seal"), key.derive("ledger pseudonyms"), key.derive("audit signing"),
             key.derive("licence signing")},
            options};
}

std::string play(licence::Ledger& ledger, const std::string& line, Botan::RandomNumberGenerator& rng) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
    licence::PlayRequest request;
    request.person = fields.at(0);
    request.item = licence::id_of(fields.at(1)).value();
    rng.randomize(request.play.data(), request.play.size());
    request.right = licence::right_of(fields.at(2)).value();
    request.duration = 60;
    const auto time = std::stoll(fields.at(3));
    const licence::Lease used{std::stoull(fields.at(4)), std::stoull(fields.at(5))};
    const auto begun = ledger.begin_play(request, time).value();
    if (!begun) {
        const auto& denial = begun.error().denial;
        return std::string(denial ? licence::name_of(denial->reason) : licence::describe(begun.error().why));
    }
    ledger.lease(begun->play, {}, used, time).value();
    if (fields.at(6) == "end") ledger.end_play(begun->play, used, true, time).value();
    return "granted";
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    try {
        std::string passphrase;
        std::getline(std::cin, passphrase);
        vault::KeySource source;
        source.passphrase = [&] { return crypto::Secret::copy_of(as_bytes(passphrase)); };
        const auto key = vault::open_vault_key(argv[1], source).value();
        auto ledger = open(key, argv[2], argv[3]);
        Botan::AutoSeeded_RNG rng;
        for (std::string line; std::getline(std::cin, line);) std::cout << play(ledger, line, rng) << '\n';
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
    return 0;
}
