// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl licence issue; and what all verbs of licences share.
#include "admin/licence_options.hpp"
#include "admin/licence_text.hpp"
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"
#include "licence/hex.hpp"
#include "licence/words.hpp"

#include <ctime>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    LicenceOptions licence;
    std::string person, item;
    bool anyway = false;
};

void run(const Options& options) {
    auto draft = options.licence.draft(std::time(nullptr)); // wrong usage is told before a passphrase is asked for
    draft.person = options.person;
    draft.origin = "operator";
    OpenLedger lending(options.lending, Missing::create);
    lending.demand_person(options.person, options.anyway);
    draft.item = lending.demand_item(options.item, options.anyway);
    draft.issued = lending.now();
    if (const auto fault = licence::fault_of(draft)) throw Failure(Exit::usage, "no licence: " + fault->what);
    const auto held = demand(lending.ledger().issue(draft, lending.now()));
    if (options.lending.common.json) return print(json_of(held, lending.items(), lending.now()));
    print(licence::to_hex(held.licence.id));
    const auto left = licence::remaining(held.licence, held.usage, lending.now());
    say("Issued to '" + options.person + "' for '" + options.item + "': " + licence::describe(left));
    say("It counts from now on; nothing is to be brought to the server");
}

} // namespace

void add_anyway(CLI::App& verb, bool& anyway) {
    verb.add_flag("--anyway", anyway, "Also when there is no record here of this person or item");
}

Id16 demand_licence(OpenLedger& lending, const std::string& typed) {
    std::string digits;
    for (const char c : typed) {
        if (c != '-') digits += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    }
    if (const auto id = licence::id_of(digits)) return *id;
    constexpr std::size_t least = 4;
    if (digits.size() < least || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Failure(Exit::usage, "'" + typed + "' is no ID of a licence",
                      "it has 32 hexadecimal digits, of which the first 4 or more may do; see: cifractl licence show");
    std::vector<Id16> found;
    for (const auto& held : demand(lending.ledger().all(lending.now()))) {
        if (licence::to_hex(held.licence.id).starts_with(digits)) found.push_back(held.licence.id);
    }
    if (found.size() == 1) return found.front();
    if (found.empty())
        throw Failure(Exit::bad_input, "there is no licence '" + typed + "'", "see: cifractl licence show");
    throw Failure(Exit::bad_input, "'" + typed + "' is the beginning of " + std::to_string(found.size()) + " IDs",
                  "type more of it");
}

void add_licence_issue(CLI::App& licence) {
    auto options = std::make_shared<Options>();
    auto& verb = *licence.add_subcommand("issue", "Issue a licence to a person for an item");
    verb.footer(
        "Examples:\n"
        "  cifractl licence issue \"a listener\" concert.flac --plays 5\n"
        "  cifractl licence issue maria concert.flac --days 30 --concurrent 1 --renewal free --renewals 2\n"
        "  cifractl licence issue maria concert.flac --after-first-play 48h --rights play,save\n"
        "  cifractl licence issue \"device:reading room\" concert.flac --until 2027-12-31");
    options->lending.add_to(verb);
    verb.add_option("person", options->person, "Name of the person; device:NAME for a device without one")
        ->type_name("PERSON")
        ->required();
    verb.add_option("item", options->item, "Name of the item")->type_name("ITEM")->required();
    options->licence.add_to(verb);
    add_anyway(verb, options->anyway);
    verb.callback([options] { run(*options); });
}

void add_licences(CLI::App& program) {
    auto& noun = *program.add_subcommand("licence", "Issue, show, renew and end licences; say why one plays or not");
    noun.footer(
        "Examples:\n"
        "  cifractl licence issue \"a listener\" concert.flac --plays 5\n"
        "  cifractl licence explain \"a listener\" concert.flac\n"
        "  cifractl licence show \"a listener\"");
    noun.require_subcommand(1);
    add_licence_issue(noun);
    add_licence_show(noun);
    add_licence_changes(noun);
    add_licence_explain(noun);
    add_licence_voucher(noun);
}

} // namespace cifra::admin
