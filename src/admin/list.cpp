// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl device list, cifractl person list.
#include "admin/output.hpp"
#include "admin/verbs.hpp"

#include <boost/json/array.hpp>

#include <ctime>

namespace cifra::admin {

namespace {

void run(const Common& common, Party party) {
    const auto records = issued(common.dir, party);
    if (common.json) {
        boost::json::array list;
        for (const auto& record : records) list.push_back(json_of(record));
        return print(list);
    }
    for (const auto& record : records) {
        const auto* state = record.not_after < std::time(nullptr) ? "  expired" : "";
        print(date_of(record.not_before) + "  " + date_of(record.not_after) + "  " + record.name + state);
    }
    if (records.empty()) say("none yet: cifractl " + std::string(layout::singular(party)) + " add NAME");
}

} // namespace

void add_list(CLI::App& noun, Party party) {
    auto common = std::make_shared<Common>();
    const std::string what(layout::singular(party));
    auto& verb = *noun.add_subcommand("list", "Show the certificates issued: first day, last day, name");
    verb.footer("Examples:\n  cifractl " + what + " list\n  cifractl " + what + " list --json | jq -r '.[].name'");
    common->add_to(verb, false);
    verb.callback([common, party] { run(*common, party); });
}

} // namespace cifra::admin
