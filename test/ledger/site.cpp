// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include "postgres.hpp"

#include <fstream>

namespace test {

namespace fs = std::filesystem;

Site::Site() {
    auto name = (fs::temp_directory_path() / "cifra-ledger-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    folder_ = name;
}

Site::~Site() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

LedgerKeys Site::keys(std::uint8_t seed) {
    const auto key = [&](std::uint8_t number) {
        crypto::Secret secret(32);
        std::fill(secret.writable().begin(), secret.writable().end(), static_cast<std::uint8_t>(16 * seed + number));
        return secret;
    };
    return {key(1), key(2), key(3), key(4)};
}

std::unique_ptr<Ledger> Site::open(const std::string& server, std::uint64_t plays_per_person) const {
    LedgerOptions options;
    options.checkpoint = checkpoint();
    options.server = server;
    options.plays_per_person = plays_per_person;
    return std::make_unique<Ledger>(database(), keys(), options);
}

const std::vector<std::pair<std::string, std::vector<std::string>>>& tables() {
    static const std::vector<std::pair<std::string, std::vector<std::string>>> all{
        {"head", {"id", "version", "seq", "hash", "licences", "plays", "vouchers", "mac"}},
        {"licences",
         {"id", "person", "item", "document", "standing", "plays", "units", "milliseconds", "first_play", "renewals",
          "more_plays", "more_units", "more_milliseconds", "not_after", "mac"}},
        {"plays",
         {"id", "licence", "person", "item", "server", "holder", "right_used", "over", "started", "until", "seen",
          "ended", "plays", "units", "milliseconds", "units_used", "milliseconds_used", "mac"}},
        {"vouchers", {"serial", "licence", "redeemed", "mac"}},
        {"audit", {"seq", "time", "event", "person", "item", "previous", "details", "hash"}}};
    return all;
}

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

} // namespace

std::vector<Site::Table> Site::snapshot() const {
    const auto there = database();
    const Transaction reading(*there, Access::read);
    std::vector<Table> all;
    for (const auto& [table, columns] : tables())
        all.emplace_back(table, there->query("SELECT " + joined(columns) + " FROM " + table + " ORDER BY 1"));
    return all;
}

void Site::restore(const std::vector<Table>& all) const {
    const auto there = database();
    Transaction writing(*there, Access::write);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [table, rows] = all[i];
        there->execute("DELETE FROM " + table);
        const auto& columns = tables()[i].second;
        std::vector<std::string> places;
        for (std::size_t place = 1; place <= columns.size(); ++place) places.push_back("$" + std::to_string(place));
        for (const auto& row : rows)
            there->execute("INSERT INTO " + table + " (" + joined(columns) + ") VALUES (" + joined(places) + ")",
                           row.values());
    }
    writing.commit();
}

void SqliteSite::take_away() {
    for (const auto* end : {"", "-wal", "-shm"}) {
        std::error_code ignored;
        fs::rename(file().string() + end, file().string() + ".away" + end, ignored);
    }
}

void SqliteSite::bring_back() {
    for (const auto* end : {"", "-wal", "-shm"}) {
        std::error_code ignored;
        fs::rename(file().string() + ".away" + end, file().string() + end, ignored);
    }
}

PostgresSite::PostgresSite() {
    Postgres::running();
    const auto there = database();
    Transaction writing(*there, Access::write);
    there->execute("DROP SCHEMA public CASCADE");
    there->execute("CREATE SCHEMA public");
    writing.commit();
}

PostgresSite::~PostgresSite() = default;
std::string PostgresSite::address() const { return Postgres::running().uri(); }
void PostgresSite::take_away() { Postgres::running().stop(); }
void PostgresSite::bring_back() { Postgres::running(); }

Id16 id(std::uint8_t number) {
    Id16 made{};
    made.fill(number);
    return made;
}

Licence draft(const std::string& person, const Id16& item, std::optional<std::uint64_t> count,
              std::optional<std::uint64_t> units) {
    Licence licence;
    licence.person = person;
    licence.item = item;
    licence.rights = static_cast<Rights>(Right::play) | static_cast<Rights>(Right::save);
    licence.constraints.count = count;
    licence.constraints.units = units;
    licence.renewal = Renewal::free;
    licence.origin = "operator";
    return licence;
}

PlayRequest request(const std::string& person, const Id16& item, std::uint8_t play) {
    PlayRequest made;
    made.person = person;
    made.item = item;
    made.play = id(play);
    made.duration = 300;
    return made;
}

namespace {

std::string word(const Refusal& refusal) {
    if (refusal.denial) return std::string(name_of(refusal.denial->reason));
    if (refusal.state) return std::string(name_of(*refusal.state));
    return std::string(describe(refusal.why));
}

} // namespace

std::string word(const Answer<PlayAnswer>& answer) {
    if (!answer) return std::string(describe(answer.error().fault)) + ": " + answer.error().text;
    if (!*answer) return word(answer->error());
    return (*answer)->resumed ? "granted again" : "granted";
}

std::string word(const Answer<ChangeAnswer>& answer) {
    if (!answer) return std::string(describe(answer.error().fault)) + ": " + answer.error().text;
    return *answer ? "done" : word(answer->error());
}

void check_whole(Ledger& ledger) {
    const auto verified = ledger.verify();
    REQUIRE(trouble(verified).empty());
    CHECK(verified->findings == std::vector<std::string>());
}

} // namespace test
