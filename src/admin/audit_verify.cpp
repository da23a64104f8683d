// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl audit verify, cifractl audit accept.
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"

#include <boost/json/array.hpp>

namespace cifra::admin {

using licence::LedgerFault;

namespace {

struct Options {
    LendingOptions lending;
    bool yes = false;
};

void report(const Options& options, const licence::Verified& found) {
    if (options.lending.common.json) {
        return print(
            boost::json::object{{"intact", found.findings.empty()},
                                {"entries", found.entries},
                                {"licences", found.licences},
                                {"plays", found.plays},
                                {"findings", boost::json::array(found.findings.begin(), found.findings.end())}});
    }
    for (const auto& finding : found.findings) print(finding);
    const auto counted = std::to_string(found.entries) + " entries, " + std::to_string(found.licences) + " licences, " +
                         std::to_string(found.plays) + " plays";
    if (found.findings.empty()) return print("intact: " + counted);
    say("Not as it was written; looked at: " + counted);
    say("Bring the ledger back from a backup, and find out who may write to its database");
}

// Not even opened: what is wrong is the one finding.
licence::Verified verify(OpenLedger& lending) {
    auto found = lending.ledger().verify();
    if (found) return std::move(*found);
    const auto& error = found.error();
    if (error.fault != LedgerFault::tampered && error.fault != LedgerFault::corrupted) throw failure_of(error);
    licence::Verified broken;
    broken.findings.push_back(std::string(licence::describe(error.fault)) + ": " + error.text);
    return broken;
}

void run_verify(const Options& options) {
    OpenLedger lending(options.lending);
    const auto found = verify(lending);
    report(options, found);
    if (!found.findings.empty()) throw Told{Exit::integrity};
}

void explain_acceptance(const licence::LedgerError& error) {
    say("The ledger is not the one that its checkpoint, a file beside the server's state, saw last:");
    say("  " + error.text);
    say("Either it was brought back from a backup, or somebody gave it an older state on purpose. To take it over "
        "means:");
    say("  plays since then are forgotten, so that they can be had again;");
    say("  licences issued since then are gone, and what was revoked or given back since then is good again;");
    say("  vouchers used since then can be used again;");
    say("  that you did so stands in its audit log from then on.");
    say("A newer backup is better. To go on with this one: cifractl audit accept --yes");
}

void done(const Options& options, bool accepted) {
    if (options.lending.common.json) return print(boost::json::object{{"accepted", accepted}});
    say(accepted ? "Taken over; cifrad serves from it again"
                 : "There is nothing to accept: the ledger was not set back");
}

void run_accept(const Options& options) {
    OpenLedger lending(options.lending, options.yes ? Missing::create : Missing::refuse);
    const auto opened = lending.ledger().open(lending.now());
    if (opened) return done(options, false);
    const auto& error = opened.error();
    if (error.fault == LedgerFault::tampered && !options.yes)
        throw Failure(Exit::integrity, std::string(licence::describe(error.fault)) + ": " + error.text,
                      "when it is only the checkpoint that is damaged: cifractl audit accept --yes");
    if (error.fault != LedgerFault::tampered && error.fault != LedgerFault::rolled_back) throw failure_of(error);
    if (!options.yes) {
        explain_acceptance(error);
        throw Told{Exit::set_back};
    }
    done(options, demand(lending.ledger().accept(lending.now())));
}

} // namespace

void add_audit_verify(CLI::App& audit) {
    auto options = std::make_shared<Options>();
    auto& verb = *audit.add_subcommand("verify", "Look whether log, licences and plays are all as they were written");
    verb.footer("Examples:\n  cifractl audit verify\n  cifractl audit verify --json | jq -r '.findings[]'");
    options->lending.add_to(verb);
    verb.callback([options] { run_verify(*options); });
}

void add_audit_accept(CLI::App& audit) {
    auto options = std::make_shared<Options>();
    auto& verb = *audit.add_subcommand("accept", "Take over a ledger that was set back, as from a backup");
    verb.footer(
        "Examples:\n"
        "  cifractl audit accept                 says what that means\n"
        "  cifractl audit accept --yes           does it");
    options->lending.add_to(verb);
    verb.add_flag("--yes", options->yes, "I know what is lost");
    verb.callback([options] { run_accept(*options); });
}

void add_audit(CLI::App& program) {
    auto& noun = *program.add_subcommand("audit", "What was done with licences, and whether the log of it is whole");
    noun.footer("Examples:\n  cifractl audit show --last 20\n  cifractl audit verify");
    noun.require_subcommand(1);
    add_audit_show(noun);
    add_audit_verify(noun);
    add_audit_export(noun);
    add_audit_accept(noun);
}

} // namespace cifra::admin
