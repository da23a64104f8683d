// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What cifractl reads of cifrad.toml: where vault and ledger are, and what the server gives by itself. The rest of the
// file is cifrad's to judge.
#pragma once

#include "licence/policy.hpp"

#include <filesystem>
#include <optional>

namespace cifra::admin {

struct LendingConfig {
    std::filesystem::path file;
    std::string database;                                 // "sqlite:FILE" or "postgresql://…"; empty: none
    std::filesystem::path vault;                          // its folder; empty: none
    std::filesystem::path key_file;                       // of the vault; may be empty
    std::filesystem::path checkpoint;                     // of the ledger
    std::filesystem::path publisher_chain, publisher_key; // who signs what is put into the vault; may be empty
    std::optional<licence::Policy> first;                 // nothing: one that we do not know
    std::uint64_t person_concurrent = 0;                  // plays of one person at a time; 0: no limit
};

// Relative paths start at the file. Throws Failure (bad_input) when it is missing or no TOML.
LendingConfig load_lending_config(const std::filesystem::path& file);

// "sqlite:FILE" with FILE made to start at `folder`; another address as it is.
std::string database_from(const std::string& address, const std::filesystem::path& folder);

} // namespace cifra::admin
