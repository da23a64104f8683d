// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The verbs below 'cifractl licence' and 'cifractl audit', a file each.
#pragma once

#include "admin/open_ledger.hpp"

namespace cifra::admin {

void add_licence_issue(CLI::App& licence);
void add_licence_show(CLI::App& licence);
void add_licence_changes(CLI::App& licence); // renew, return, revoke, cancel
void add_licence_explain(CLI::App& licence);
void add_licence_voucher(CLI::App& licence);

void add_audit_show(CLI::App& audit);
void add_audit_verify(CLI::App& audit);
void add_audit_export(CLI::App& audit);
void add_audit_accept(CLI::App& audit);

// The licence whose id was typed, or the beginning of it. Throws Failure.
Id16 demand_licence(OpenLedger& lending, const std::string& typed);

// Flags that several of them have.
void add_anyway(CLI::App& verb, bool& anyway);

} // namespace cifra::admin
