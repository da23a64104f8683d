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

#include <algorithm>
#include <ctime>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

constexpr int usual_days = 30;

struct Options {
    Common common;
    bool delta = false;
    int days = 0; // 0: not said
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

// The key of the root may be kept elsewhere, while its list is good for years.
bool can_sign(const fs::path& dir, Ca ca) {
    std::error_code ignored;
    if (ca != Ca::root || fs::exists(dir / layout::ca_key(ca), ignored)) return true;
    const auto state = crl_state(dir, ca);
    if (!state.base || state.base->next_update < std::time(nullptr)) return true; // and is told that it cannot
    say("The list of the root stays as it is, until " + date_of(state.base->next_update) + ": its key is not in " +
        (dir / "ca").string());
    return false;
}

Crl make(const Options& options, const Issued& ca, const CrlState& state, const Revocations& revocations) {
    const auto& dir = options.common.dir;
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    if (options.delta)
        return make_delta(dir, ca, state, revocations, options.days != 0 ? options.days : usual_days, now);
    // Not said, the root's is made for as long as before.
    const int days = options.days != 0 || state.ca == Ca::root ? options.days : usual_days;
    return renew_crl(dir, ca, state, revocations, days, now);
}

void run(const Options& options) {
    const auto& dir = options.common.dir;
    crypto::PassphraseSource source(options.common.passphrase_fd);
    Authorities authorities(dir, source);
    std::vector<Ca> cas;
    std::ranges::copy_if(cas_in(dir), std::back_inserter(cas), [&](Ca ca) { return can_sign(dir, ca); });
    for (const auto ca : cas) authorities.get(ca);
    const Lock lock(dir);
    authorities.refresh();
    const auto revocations = Revocations::load(dir);
    std::map<Ca, CrlState> states; // all of them, before the first is changed
    for (const auto ca : cas) states[ca] = crl_state(dir, ca);
    boost::json::array list;
    for (const auto ca : cas) {
        StagedFolder::check_interrupted();
        const auto& state = states[ca];
        const auto made = make(options, authorities.get(ca), state, revocations);
        const auto file = dir / crl_file(ca, options.delta);
        list.push_back(json_of(file, made, options.delta ? std::optional(state.base->number) : std::nullopt));
        if (options.common.json) continue;
        print(file.string());
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
    verb.add_option("--days", options->days, "Until the next ones must be there; 30, the root's as long as before")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days));
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
