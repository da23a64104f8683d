// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl server|device|person|publisher revoke.
#include "admin/crl_store.hpp"
#include "admin/failure.hpp"
#include "admin/lock.hpp"
#include "admin/output.hpp"
#include "admin/retire.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"

#include <boost/json/array.hpp>

#include <ctime>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    std::string name;
    std::string reason = reasons[0].name;
};

// Every certificate that this name still has: renewing one leaves the former valid.
std::vector<Record> still_valid(const fs::path& dir, Party party, const std::string& name, std::int64_t now) {
    std::vector<Record> records;
    for (const auto& list : {issued(dir, party), superseded(dir, party)}) {
        for (const auto& one : list) {
            if (one.record.name == name && one.record.not_after >= now) records.push_back(one.record);
        }
    }
    return records;
}

const Revocation* revoked_before(const Revocations& revocations, Party party, const std::string& name) {
    for (const auto& one : revocations.all()) {
        if (one.party == party && one.name == name) return &one;
    }
    return nullptr;
}

// Throws Failure when there is nobody of this name, now or among the revoked.
void demand_known(const fs::path& dir, Party party, const std::string& name, const Revocations& revocations) {
    if (revoked_before(revocations, party, name) == nullptr) demand_issued(dir, party, name);
}

void report(const Options& options, Party party, const std::vector<Record>& records, const Crl& crl) {
    const auto file = options.common.dir / crl_file(issuer_of(party));
    if (options.common.json) {
        boost::json::array serials;
        for (const auto& one : records) serials.emplace_back(one.serial);
        return print(boost::json::object{{"name", options.name},
                                         {"serials", std::move(serials)},
                                         {"reason", options.reason},
                                         {"crl", file.string()},
                                         {"crl_number", crl.number}});
    }
    print(file.string());
    const std::string what(layout::singular(party));
    say((records.empty() ? "Revoked already: " : "Revoked: ") + what + " '" + options.name + "'");
    say("Next: copy " + file.parent_path().string() +
        " to the server. It ends running sessions as soon as it is there");
}

void run(const Options& options, Party party) {
    const auto& dir = options.common.dir;
    demand_known(dir, party, options.name, Revocations::load(dir));
    crypto::PassphraseSource source(options.common.passphrase_fd);
    Authorities authorities(dir, source);
    const auto ca = issuer_of(party);
    authorities.get(ca);
    const Lock lock(dir);
    authorities.refresh();
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    auto revocations = Revocations::load(dir);
    demand_known(dir, party, options.name, revocations);
    std::vector<Record> newly;
    for (const auto& one : still_valid(dir, party, options.name, now)) {
        if (revocations.find(one.serial) == nullptr) newly.push_back(one);
    }
    for (const auto& one : newly) revocations.add(one, party, options.reason, now);
    // First the record: what happens after it, the next 'revoke', 'crl' or 'renew' makes up for.
    if (!newly.empty()) revocations.save(dir);
    auto state = crl_state(dir, ca);
    if (!crl_due(state, revocations, now).empty()) {
        renew_crl(dir, authorities.get(ca), state, revocations, 0, now);
        state = crl_state(dir, ca);
    } else if (!state.published) {
        publish(dir, state);
    }
    retire_revoked(dir, party, revocations);
    report(options, party, newly, *state.base);
}

} // namespace

void add_revoke(CLI::App& noun, Party party) {
    auto options = std::make_shared<Options>();
    const std::string what(layout::singular(party));
    auto& verb =
        *noun.add_subcommand("revoke", "Revoke all certificates of a " + what + ", for good, and make a new CRL");
    verb.footer("Examples:\n  cifractl " + what + " revoke NAME\n  cifractl " + what +
                " revoke NAME --reason keyCompromise");
    options->common.add_to(verb, true);
    verb.add_option("name", options->name, "Name of the " + what)->type_name("NAME")->required();
    std::vector<std::string> names;
    for (const auto& one : reasons) names.emplace_back(one.name);
    verb.add_option("--reason", options->reason, "Why; it stands in the CRL")
        ->type_name("REASON")
        ->check(CLI::IsMember(names))
        ->capture_default_str();
    verb.callback([options, party] { run(*options, party); });
}

} // namespace cifra::admin
