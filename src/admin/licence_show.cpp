// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl licence show.
#include "admin/licence_text.hpp"
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"

#include <boost/json/array.hpp>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    std::string person, item;
};

std::vector<licence::Holding> find(OpenLedger& lending, const Options& options) {
    if (!options.item.empty()) {
        // Whoever once had one is shown, on record or not.
        const auto item = lending.demand_item(options.item, true);
        return demand(lending.ledger().held(options.person, item, lending.now()));
    }
    auto all = demand(lending.ledger().all(lending.now()));
    if (!options.person.empty())
        std::erase_if(all, [&](const auto& held) { return held.licence.person != options.person; });
    return all;
}

void run(const Options& options) {
    OpenLedger lending(options.lending);
    const auto found = find(lending, options);
    if (options.lending.common.json) {
        boost::json::array list;
        for (const auto& held : found) list.push_back(json_of(held, lending.items(), lending.now()));
        return print(list);
    }
    for (const auto& held : found) print(text_of(held, lending.items(), lending.now()));
    if (!found.empty()) return;
    if (!options.person.empty()) lending.demand_person(options.person, false);
    if (!options.item.empty()) lending.demand_item(options.item, false);
    say("none yet: cifractl licence issue PERSON ITEM --plays 5");
}

} // namespace

void add_licence_show(CLI::App& licence) {
    auto options = std::make_shared<Options>();
    auto& verb = *licence.add_subcommand("show", "Show licences: ID, state, person, item, what is left");
    verb.footer(
        "Examples:\n"
        "  cifractl licence show\n"
        "  cifractl licence show \"a listener\" concert.flac\n"
        "  cifractl licence show --json | jq -r '.[] | select(.state == \"expired\") | .id'");
    options->lending.add_to(verb);
    verb.add_option("person", options->person, "Those of this person alone")->type_name("PERSON");
    verb.add_option("item", options->item, "And for this item alone")->type_name("ITEM");
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
