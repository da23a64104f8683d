// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A ledger on a fresh database of either kind, and what the tests say again and again.
#pragma once

#include "licence/ledger.hpp"

#include <catch2/catch.hpp>

namespace test {

using namespace cifra;
using namespace cifra::licence;

class Site {
  public:
    static constexpr std::int64_t now = 1'800'000'000;

    Site();
    virtual ~Site();
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    virtual std::string address() const = 0;
    // The database goes away, and comes back.
    virtual void take_away() = 0;
    virtual void bring_back() = 0;

    static LedgerKeys keys(std::uint8_t seed = 1);
    std::unique_ptr<Ledger> open(const std::string& server = "one", std::uint64_t plays_per_person = 0) const;
    std::unique_ptr<Database> database() const { return open_database(address()); }
    std::filesystem::path folder() const { return folder_; }
    std::filesystem::path checkpoint() const { return folder_ / "ledger.checkpoint"; }

    // Every table with every row, and back again.
    using Table = std::pair<std::string, Rows>;
    std::vector<Table> snapshot() const;
    void restore(const std::vector<Table>& tables) const;

  private:
    std::filesystem::path folder_;
};

class SqliteSite final : public Site {
  public:
    std::string address() const override { return "sqlite:" + file().string(); }
    std::filesystem::path file() const { return folder() / "ledger.db"; }
    void take_away() override;
    void bring_back() override;
};

class PostgresSite final : public Site {
  public:
    PostgresSite();
    ~PostgresSite() override;
    std::string address() const override;
    void take_away() override;
    void bring_back() override;
};

// Columns of each table, the key first.
const std::vector<std::pair<std::string, std::vector<std::string>>>& tables();

Id16 id(std::uint8_t number);
// `count` plays, and chunks, where they are given.
Licence draft(const std::string& person, const Id16& item, std::optional<std::uint64_t> count,
              std::optional<std::uint64_t> units = {});
PlayRequest request(const std::string& person, const Id16& item, std::uint8_t play);

// What was answered in one word: "granted", "granted again", "EXHAUSTED", "no licence", …, or what the ledger's trouble
// is.
std::string word(const Answer<PlayAnswer>& answer);
std::string word(const Answer<ChangeAnswer>& answer);
template <class T>
std::string trouble(const Answer<T>& answer) {
    return answer ? std::string() : std::string(describe(answer.error().fault));
}
// Nothing is found; says what is.
void check_whole(Ledger& ledger);

} // namespace test

// The same test on either database.
#define LEDGER_TEST(function, name)                  \
    static void function(::test::Site& site);        \
    TEST_CASE("sqlite: " name) {                     \
        ::test::SqliteSite site;                     \
        function(site);                              \
    }                                                \
    TEST_CASE("postgresql: " name, "[postgresql]") { \
        ::test::PostgresSite site;                   \
        function(site);                              \
    }                                                \
    static void function(::test::Site& site)
