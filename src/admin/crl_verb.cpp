// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl crl.
#include "admin/crl_store.hpp"
#include "admin/failure.hpp"
#include "admin/lock.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"

#include <boost/json/array.hpp>

#include <ctime>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    bool delta = false;
    int days = 30;
};

boost::json::object json_of(const fs::path& file, const Crl& crl, const std::optional<std::uint64_t>& base) {
    boost::json::object value{{"file", file.string()},
                              {"number", crl.number},
                              {"this_update", date_time_of(crl.this_update)},
                              {"next_update", date_time_of(crl.next_update)},
                              {"revoked", crl.serials.size()}};
    if (base) value["base"] = *base;
    return value;
}

void run(const Options& options) {
    const auto& dir = options.common.dir;
    crypto::PassphraseSource source(options.common.passphrase_fd);
    Authorities authorities(dir, source);
    for (const auto ca : all_cas) authorities.get(ca);
    const Lock lock(dir);
    authorities.refresh();
    const auto revocations = Revocations::load(dir);
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    boost::json::array list;
    for (const auto ca : all_cas) {
        StagedFolder::check_interrupted();
        const auto state = crl_state(dir, ca);
        const auto made = options.delta ? make_delta(dir, authorities.get(ca), state, revocations, options.days, now)
                                        : renew_crl(dir, authorities.get(ca), state, revocations, options.days, now);
        const auto file = dir / crl_file(ca, options.delta);
        list.push_back(json_of(file, made, options.delta ? std::optional(state.base->number) : std::nullopt));
        if (!options.common.json) print(file.string());
        if (!options.common.json)
            say("  number " + std::to_string(made.number) + ", until " + date_of(made.next_update) + ", " +
                std::to_string(made.serials.size()) + " revoked");
    }
    if (options.common.json) return print(list);
    say("Next: copy " + (dir / crl_file(Ca::root)).parent_path().string() + " to the server");
}

} // namespace

void add_crl(CLI::App& program) {
    auto options = std::make_shared<Options>();
    auto& verb = *program.add_subcommand("crl", "Make the lists of what was revoked, of every CA");
    verb.footer(
        "Examples:\n  cifractl crl --days 90\n  cifractl crl --delta --days 2        what came since the last ones");
    options->common.add_to(verb, true);
    verb.add_flag("--delta", options->delta, "Only what came since, to be laid over the last ones");
    verb.add_option("--days", options->days, "Until the next ones must be there")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days))
        ->capture_default_str();
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
