// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a licence, or a renewal, gives: options of several verbs.
#pragma once

#include "licence/document.hpp"
#include "licence/renewal.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace cifra::admin {

class LicenceOptions {
  public:
    void add_to(CLI::App& verb);

    // Rights, constraints and renewal; the rest is the caller's to fill in. Throws Failure (usage).
    licence::Licence draft(std::int64_t now) const;

  private:
    std::optional<std::uint64_t> plays_, units_, seconds_;
    std::optional<std::uint32_t> days_, concurrent_, renewals_;
    std::string from_, until_, renew_until_, after_first_play_;
    std::string renewal_ = "operator";
    std::vector<std::string> rights_{"play", "preview"};
};

// Of a renewal or a voucher; none of them is the same again.
class GivesOptions {
  public:
    void add_to(CLI::App& verb);
    const licence::Gives& gives() const { return gives_; }

  private:
    licence::Gives gives_;
};

// Plain text of at most 256 bytes, and not empty: throws Failure (usage).
void demand_reason(const std::string& reason);

} // namespace cifra::admin
