// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/config_lending.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

namespace cifra::server {

namespace {

using namespace std::string_view_literals;

// "sqlite:FILE" with FILE made absolute, or what PostgreSQL's library takes; empty: none.
void read_database(ConfigReader& reader, Config& config) {
    constexpr auto expected = R"("sqlite:FILE" or "postgresql://HOST/NAME")"sv;
    constexpr auto sqlite = "sqlite:"sv;
    reader.text("ledger.database", [&](const std::string& value, const toml::node& node) {
        if (value.starts_with(sqlite) && value.size() > sqlite.size()) {
            const auto file = config.file.parent_path() / value.substr(sqlite.size());
            std::error_code error;
            if (!std::filesystem::is_directory(file.parent_path(), error)) {
                const auto folder = in_quotes(file.parent_path().string());
                return reader.problem(node, "ledger.database",
                                      fmt::format("lies in {}, and there is no such folder", folder));
            }
            config.ledger.database = std::string(sqlite) + file.lexically_normal().string();
        } else if (value.empty() || value.starts_with("postgresql://") || value.starts_with("postgres://")) {
            config.ledger.database = value;
        } else {
            // Not the value: there may be a password in it.
            reader.problem(node, "ledger.database", fmt::format("names no database; expected {}", expected));
        }
    });
}

} // namespace

void read_lending(ConfigReader& reader, Config& config) {
    read_database(reader, config);
    auto& licences = config.licences;
    constexpr std::array policies{"5-plays"sv, "3-plays"sv, "100-chunks"sv, "operator-only"sv, "custom"sv};
    reader.choice("licences.first", policies, [&](std::size_t i) { licences.first = policies[i]; });
    constexpr std::array known{"play"sv, "save"sv, "bridge"sv, "preview"sv};
    std::vector<std::string> rights;
    reader.texts("licences.rights", R"("play", "save", "bridge" or "preview")"sv,
                 [&](const std::string& value, const toml::node& node) {
                     if (std::find(known.begin(), known.end(), value) == known.end()) {
                         return reader.problem(node, "rights",
                                               fmt::format(R"(has {}; expected "play", "save", "bridge" or "preview")",
                                                           in_quotes(value)));
                     }
                     rights.push_back(value);
                 });
    if (!rights.empty()) licences.rights = std::move(rights);
    reader.number("licences.plays", licences.plays, 0, 1ULL << 32);
    reader.number("licences.units", licences.units, 0, 1ULL << 40);
    reader.number("licences.seconds", licences.seconds, 0, 1ULL << 32);
    reader.number("licences.days", licences.days, 0, 36'500);
    reader.number("licences.after_first_play_s", licences.after_first_play_s, 0, 1ULL << 32);
    reader.number("licences.concurrent", licences.concurrent, 0, 1'000'000);
    constexpr std::array renewals{"none"sv, "free"sv, "voucher"sv, "operator"sv};
    reader.choice("licences.renewal", renewals, [&](std::size_t i) { licences.renewal = renewals[i]; });
    reader.number("licences.renewals_max", licences.renewals_max, 0, 1'000'000);
    reader.number("licences.person_concurrent", licences.person_concurrent, 0, 1'000'000);
}

} // namespace cifra::server
