// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which entries of the audit log are meant.
#pragma once

#include "admin/open_ledger.hpp"

namespace cifra::admin {

// Person, item and the time from and until: options that 'audit show' and 'report' share.
struct Selection {
    std::string from_text, until_text, person, item;

    void add_to(CLI::App& verb, const std::string& what);
    // Throws Failure (usage). `until` is outside.
    licence::PlayFilter filter(OpenLedger& lending) const;
    // The dates alone, before a passphrase is asked for.
    void check() const;
};

} // namespace cifra::admin
