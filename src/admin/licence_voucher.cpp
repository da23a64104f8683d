// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl licence voucher: needs the vault's key, and neither the ledger nor a server.
#include "admin/dates.hpp"
#include "admin/licence_options.hpp"
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"
#include "licence/hex.hpp"
#include "licence/voucher.hpp"

#include <botan/auto_rng.h>

#include <boost/json/array.hpp>

#include <ctime>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    GivesOptions gives;
    std::string item, expires;
    std::uint32_t count = 1;
    bool anyway = false;
};

std::uint64_t random_serial(Botan::RandomNumberGenerator& rng) {
    std::uint64_t serial = 0;
    for (int i = 0; i < 8; ++i) serial = serial << 8U | rng.next_byte();
    return serial >> 1U; // below 2^63
}

boost::json::object json_of(const std::string& code, const licence::Voucher& voucher, const std::string& item) {
    boost::json::object value{{"code", code}, {"serial", voucher.serial}};
    const auto& gives = voucher.gives;
    if (gives.plays) value["plays"] = *gives.plays;
    if (gives.units) value["units"] = *gives.units;
    if (gives.seconds) value["seconds"] = *gives.seconds;
    if (gives.days) value["days"] = *gives.days;
    if (!item.empty()) value["item"] = item;
    if (voucher.expires) value["expires"] = date_time_of(*voucher.expires);
    return value;
}

void run(const Options& options) {
    licence::Voucher voucher;
    voucher.gives = options.gives.gives();
    voucher.expires = last_second_if("--expires", options.expires);
    if (voucher.expires && *voucher.expires < std::time(nullptr))
        throw Failure(Exit::usage, "it would be out of date already", "see --expires");
    OpenVault vault(options.lending);
    if (!options.item.empty()) voucher.item = vault.demand_item(options.item, options.anyway);
    const auto key = vault.key().derive("voucher");
    Botan::AutoSeeded_RNG rng;
    boost::json::array list;
    for (std::uint32_t i = 0; i < options.count; ++i) {
        voucher.serial = random_serial(rng);
        const auto code = licence::make_voucher(key, voucher);
        if (!options.lending.common.json) print(code);
        list.push_back(json_of(code, voucher, options.item));
    }
    if (options.lending.common.json) return print(list);
    say("Each renews one licence once that says --renewal voucher or free, as far as it counts what the voucher gives");
    say("The listener gives it: cifra renew ITEM --voucher CODE");
}

} // namespace

void add_licence_voucher(CLI::App& licence) {
    auto options = std::make_shared<Options>();
    auto& verb = *licence.add_subcommand("voucher", "Make codes that renew a licence, each once; without a server");
    verb.footer(
        "Examples:\n"
        "  cifractl licence voucher --plays 5\n"
        "  cifractl licence voucher --days 30 --item concert.flac --expires 2027-12-31 --count 20 > codes");
    options->lending.with_ledger = false;
    options->lending.add_to(verb);
    options->gives.add_to(verb);
    verb.add_option("--item", options->item, "For this item alone")->type_name("ITEM");
    verb.add_option("--expires", options->expires, "To be used until the end of this day, or this time (UTC)")
        ->type_name("DATE");
    verb.add_option("--count", options->count, "So many of them")
        ->type_name("N")
        ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{10'000}))
        ->capture_default_str();
    add_anyway(verb, options->anyway);
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
