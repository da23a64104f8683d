// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl licence renew, return, revoke, cancel.
#include "admin/licence_options.hpp"
#include "admin/licence_text.hpp"
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"
#include "licence/hex.hpp"

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    GivesOptions gives;
    std::string id;
    std::string reason;
};

using Change = std::function<licence::Answer<licence::ChangeAnswer>(licence::Ledger&, const Id16&, const Options&,
                                                                    std::int64_t now)>;

struct Verb {
    std::string name;
    std::string description;
    std::string examples;
    std::string done; // what is said then
    bool with_reason = false;
    Change change;
};

void run(const Options& options, const Verb& verb) {
    if (verb.with_reason) demand_reason(options.reason);
    OpenLedger lending(options.lending);
    const auto id = demand_licence(lending, options.id);
    const auto answer = demand(verb.change(lending.ledger(), id, options, lending.now()));
    if (!answer) {
        const auto& refusal = answer.error();
        throw Failure(Exit::refused, "licence " + licence::to_hex(id) + ": " + words_of(refusal),
                      refusal.denial ? remedy_of(*refusal.denial, licence::to_hex(id)) : "");
    }
    if (options.lending.common.json) return print(json_of(*answer, lending.items(), lending.now()));
    print(text_of(*answer, lending.items(), lending.now()));
    say(verb.done);
}

void add_change(CLI::App& licence, const Verb& given) {
    auto options = std::make_shared<Options>();
    auto& verb = *licence.add_subcommand(given.name, given.description);
    verb.footer("Examples:\n" + given.examples);
    options->lending.add_to(verb);
    verb.add_option("id", options->id, "ID of the licence, or its beginning")->type_name("ID")->required();
    if (given.name == "renew") options->gives.add_to(verb);
    if (given.with_reason)
        verb.add_option("--reason", options->reason, "Why; it stands in the audit log")->type_name("TEXT")->required();
    verb.callback([options, given] { run(*options, given); });
}

} // namespace

void add_licence_changes(CLI::App& licence) {
    add_change(licence,
               {"renew", "Renew a licence: the same again, or what is given",
                "  cifractl licence renew 4f2a91c0\n  cifractl licence renew 4f2a91c0 --plays 2 --days 7", "Renewed",
                false, [](licence::Ledger& ledger, const Id16& id, const Options& options, std::int64_t now) {
                    return ledger.renew(id, options.gives.gives(), now);
                }});
    add_change(licence, {"return", "Take a licence back early, for good", "  cifractl licence return 4f2a91c0",
                         "Given back. A play that is going on ends within half a minute", false,
                         [](licence::Ledger& ledger, const Id16& id, const Options&, std::int64_t now) {
                             return ledger.give_back(id, now);
                         }});
    add_change(licence, {"revoke", "Revoke a licence, for good",
                         "  cifractl licence revoke 4f2a91c0 --reason \"passed on to others\"",
                         "Revoked. A play that is going on ends within half a minute", true,
                         [](licence::Ledger& ledger, const Id16& id, const Options& options, std::int64_t now) {
                             return ledger.revoke(id, options.reason, now);
                         }});
    add_change(licence, {"cancel", "Cancel a licence of which nothing was used yet",
                         "  cifractl licence cancel 4f2a91c0 --reason \"issued by mistake\"", "Cancelled", true,
                         [](licence::Ledger& ledger, const Id16& id, const Options& options, std::int64_t now) {
                             return ledger.cancel(id, options.reason, now);
                         }});
}

} // namespace cifra::admin
