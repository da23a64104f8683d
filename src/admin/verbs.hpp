// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Each verb adds its subcommand; CLI11 calls it back when it was given.
#pragma once

#include "admin/authority.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace cifra::admin {

// What every verb takes.
struct Common {
    std::filesystem::path dir = "cifra";
    bool json = false;
    int passphrase_fd = -1;

    void add_to(CLI::App& verb, bool asks);
};

void add_init(CLI::App& program);
void add_add(CLI::App& noun, Party party);
void add_list(CLI::App& noun, Party party);
void add_revoke(CLI::App& noun, Party party);
void add_renew_one(CLI::App& noun, Party party);
void add_renew(CLI::App& program); // renew, needs-renewal
void add_crl(CLI::App& program);
void add_fingerprint(CLI::App& program);
void add_rules(CLI::App& person);    // add-rule, rules
void add_disable(CLI::App& person);  // disable, enable, remove
void add_requests(CLI::App& person); // requests, approve, refuse
void add_approve(CLI::App& person);
void add_media(CLI::App& program);
void add_licences(CLI::App& program);
void add_audit(CLI::App& program);
void add_report(CLI::App& program);

// Options that several verbs have.
void add_requests_folder(CLI::App& verb, std::filesystem::path& folder);

} // namespace cifra::admin
