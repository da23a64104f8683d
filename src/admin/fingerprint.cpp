// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl fingerprint: by which listeners who enrol know the server.
#include "admin/output.hpp"
#include "admin/verbs.hpp"

namespace cifra::admin {

void add_fingerprint(CLI::App& program) {
    auto common = std::make_shared<Common>();
    auto& verb = *program.add_subcommand("fingerprint", "Show by what listeners who enrol know the server");
    verb.footer(
        "Examples:\n  cifractl fingerprint                 give it to listeners: cifra enroll SERVER --fingerprint …");
    common->add_to(verb, false);
    verb.callback([common] {
        const auto record = describe(read_ca(common->dir, Ca::server));
        if (!common->json) return print(record.fingerprint);
        print(boost::json::object{
            {"fingerprint", record.fingerprint}, {"name", record.name}, {"not_after", date_time_of(record.not_after)}});
    });
}

} // namespace cifra::admin
