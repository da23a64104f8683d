// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl needs-renewal, cifractl renew, cifractl server|device|person|publisher renew.
#include "admin/failure.hpp"
#include "admin/lock.hpp"
#include "admin/output.hpp"
#include "admin/renewal.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"

#include <boost/json/array.hpp>

#include <ctime>
#include <set>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    fs::path requests;
    std::string name;
    int within = 30;
    bool within_given = false;
    bool all = false;
    int days = 0;

    Period period() const { return {within_given ? std::optional(within) : std::nullopt, all}; }
};

// One line of what ends soon, or was made anew.
struct Item {
    std::string kind; // server, device, person, publisher, ca, crl, file
    std::string name;
    std::int64_t not_after = 0; // 0: has no end
    std::string more;
};

void report(const Common& common, const std::vector<Item>& items) {
    if (common.json) {
        boost::json::array list;
        for (const auto& one : items) {
            boost::json::object value{{"kind", one.kind}, {"name", one.name}};
            if (one.not_after != 0) value["not_after"] = date_time_of(one.not_after);
            if (!one.more.empty()) value["why"] = one.more;
            list.push_back(std::move(value));
        }
        return print(list);
    }
    for (const auto& one : items) {
        const auto end = one.not_after != 0 ? date_of(one.not_after) : std::string(10, '-');
        print(end + "  " + one.kind + "  " + one.name + (one.more.empty() ? "" : "  " + one.more));
    }
}

std::vector<Item> items_of(const fs::path& dir, const Due& due) {
    std::vector<Item> items;
    for (const auto& one : due.cas) items.push_back({"ca", layout::ca_name(one.ca), one.record.not_after, {}});
    for (const auto& one : due.leaves)
        items.push_back(
            {std::string(layout::singular(one.party)), one.certified.record.name, one.certified.record.not_after, {}});
    for (const auto& one : due.crls)
        items.push_back(
            {"crl", layout::ca_name(one.state.ca), one.state.base ? one.state.base->next_update : 0, one.why});
    for (const auto& one : due.unpublished)
        items.push_back({"file", (dir / crl_file(one.ca)).string(), 0, "out of date"});
    for (const auto& one : due.files) items.push_back({"file", one.file.string(), 0, "out of date"});
    return items;
}

void needs_renewal(const Options& options) {
    const auto& dir = options.common.dir;
    const auto items = items_of(dir, find_due(dir, requests_folder(dir, options.requests), options.period()));
    if (options.common.json || !items.empty()) report(options.common, items);
    if (!items.empty()) throw Told{Exit::due};
}

// Renews what is due, as far as the keys are here.
class Renewal {
  public:
    explicit Renewal(const Options& options)
        : options_(options),
          dir_(options.common.dir),
          requests_(requests_folder(dir_, options.requests)),
          source_(options.common.passphrase_fd),
          authorities_(dir_, source_) {}

    void run() {
        auto due = find_due(dir_, requests_, options_.period());
        if (due.empty()) return finish();
        load_keys(due);
        const Lock lock(dir_);
        authorities_.refresh();
        // Another cifractl may have been quicker.
        due = find_due(dir_, requests_, options_.period());
        load_keys(due);
        renew_certificates(due);
        renew_crls(due);
        // What has just been renewed is in these too.
        const auto files = outdated_files(dir_, requests_);
        write_files(files);
        for (const auto& one : files) items_.push_back({"file", one.file.string(), 0, {}});
        finish();
    }

  private:
    std::set<Ca> needed(const Due& due) const {
        std::set<Ca> keys;
        if (!due.cas.empty()) keys.insert(Ca::root);
        for (const auto& one : due.leaves) keys.insert(issuer_of(one.party));
        for (const auto& one : due.crls) keys.insert(one.state.ca);
        return keys;
    }

    // The key of the root may be kept elsewhere: the rest does not wait for it.
    void load_keys(const Due& due) {
        for (const auto ca : needed(due)) {
            if (missing_.contains(ca)) continue;
            try {
                authorities_.get(ca);
            } catch (const Failure& failure) {
                if (failure.status != Exit::bad_input) throw;
                missing_.insert(ca);
                if (!failure_) failure_ = failure;
            }
        }
    }

    bool here(Ca ca) const { return !missing_.contains(ca); }

    void renew_certificates(const Due& due) {
        for (const auto& one : due.cas) {
            if (!here(Ca::root)) break;
            const auto record = renew_ca_on_record(dir_, authorities_, one.ca);
            items_.push_back({"ca", layout::ca_name(one.ca), record.not_after, {}});
            if (one.ca == Ca::root)
                say("The root is new: before " + date_of(one.record.not_after) + ", every listener needs " +
                    (dir_ / "client/server-roots.pem").string());
        }
        for (const auto& one : due.leaves) {
            if (!here(issuer_of(one.party))) continue;
            const auto record = renew_leaf_on_record(dir_, authorities_.get(issuer_of(one.party)), one.party,
                                                     one.certified, options_.days);
            items_.push_back({std::string(layout::singular(one.party)), record.name, record.not_after, {}});
        }
    }

    void renew_crls(const Due& due) {
        const auto revocations = Revocations::load(dir_);
        for (const auto& one : due.crls) {
            if (!here(one.state.ca)) continue;
            StagedFolder::check_interrupted();
            const auto made =
                renew_crl(dir_, authorities_.get(one.state.ca), one.state, revocations, 0, std::time(nullptr));
            items_.push_back({"crl", layout::ca_name(one.state.ca), made.next_update, {}});
        }
        for (const auto& state : due.unpublished) {
            publish(dir_, state);
            items_.push_back({"file", (dir_ / crl_file(state.ca)).string(), 0, {}});
        }
    }

    void finish() {
        if (options_.common.json || !items_.empty()) report(options_.common, items_);
        if (!items_.empty())
            say("Next: copy what is new in " + (dir_ / "server").string() +
                " to the server and reload it (systemctl reload cifrad), and give listeners their new chains");
        if (failure_) throw Failure(*failure_);
    }

    const Options& options_;
    const fs::path& dir_;
    const fs::path requests_;
    crypto::PassphraseSource source_;
    Authorities authorities_;
    std::set<Ca> missing_;
    std::optional<Failure> failure_;
    std::vector<Item> items_;
};

void demand_not_revoked(const fs::path& dir, Party party, const Record& record) {
    if (Revocations::load(dir).find(record.serial) == nullptr) return;
    const std::string what(layout::singular(party));
    throw Failure(Exit::bad_input, what + " '" + record.name + "' is revoked, and that is not undone",
                  "issue anew: cifractl " + what + " add");
}

void renew_one(const Options& options, Party party) {
    const auto& dir = options.common.dir;
    demand_not_revoked(dir, party, demand_issued(dir, party, options.name).record);
    crypto::PassphraseSource source(options.common.passphrase_fd);
    Authorities authorities(dir, source);
    authorities.get(issuer_of(party));
    const Lock lock(dir);
    authorities.refresh();
    const auto former = demand_issued(dir, party, options.name);
    demand_not_revoked(dir, party, former.record);
    const auto record = renew_leaf_on_record(dir, authorities.get(issuer_of(party)), party, former, options.days);
    const auto files = outdated_files(dir, requests_folder(dir, options.requests));
    write_files(files);
    if (options.common.json) {
        auto value = json_of(record);
        boost::json::array list;
        for (const auto& one : files) list.emplace_back(one.file.string());
        value["files"] = std::move(list);
        return print(value);
    }
    for (const auto& one : files) print(one.file.string());
    say("Renewed " + std::string(layout::singular(party)) + " '" + record.name + "' until " +
        date_of(record.not_after) + "; the key is the same");
    if (files.empty()) say("No chain of it is kept here; the certificate is in " + former.file.string());
}

void add_days(CLI::App& verb, Options& options) {
    verb.add_option("--days", options.days, "Validity, if not for as long as before")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days));
}

void add_within(CLI::App& verb, const std::shared_ptr<Options>& options) {
    verb.add_option("--within", options->within,
                    "What ends in so many days; 30, or half of its life if that is shorter")
        ->type_name("DAYS")
        ->check(CLI::Range(0, root_days))
        ->each([options](const std::string&) { options->within_given = true; });
}

void add_needs_renewal(CLI::App& program) {
    auto options = std::make_shared<Options>();
    auto& verb = *program.add_subcommand("needs-renewal", "Show what ends soon; asks for nothing, changes nothing");
    verb.footer(
        "Examples:\n  cifractl needs-renewal --within 60\n  cifractl needs-renewal > /dev/null || cifractl renew");
    options->common.add_to(verb, false);
    add_within(verb, options);
    add_requests_folder(verb, options->requests);
    verb.callback([options] { needs_renewal(*options); });
}

} // namespace

void add_renew(CLI::App& program) {
    add_needs_renewal(program);
    auto options = std::make_shared<Options>();
    auto& verb = *program.add_subcommand("renew", "Renew what ends soon, with the same keys; CRLs too");
    verb.footer(
        "Examples:\n  cifractl renew                               from cron: silent when nothing ends soon\n"
        "  cifractl renew --within 60 --passphrase-fd 3 3< passphrase");
    options->common.add_to(verb, true);
    add_within(verb, options);
    verb.add_flag("--all", options->all, "Everything, but for the root");
    add_days(verb, *options);
    add_requests_folder(verb, options->requests);
    verb.callback([options] { Renewal(*options).run(); });
}

void add_renew_one(CLI::App& noun, Party party) {
    auto options = std::make_shared<Options>();
    const std::string what(layout::singular(party));
    auto& verb = *noun.add_subcommand("renew", "Issue the certificate of a " + what + " again, for the same key");
    verb.footer("Examples:\n  cifractl " + what + " renew NAME\n  cifractl " + what + " renew NAME --days 365");
    options->common.add_to(verb, true);
    verb.add_option("name", options->name, "Name of the " + what)->type_name("NAME")->required();
    add_days(verb, *options);
    add_requests_folder(verb, options->requests);
    verb.callback([options, party] { renew_one(*options, party); });
}

} // namespace cifra::admin
