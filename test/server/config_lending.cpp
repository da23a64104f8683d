// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The sections [vault], [ledger] and [licences].
#include "config_site.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::server;
using test::certificates;
using test::paths;
using Site = test::ConfigSite;

namespace {

const std::string vault = R"(
[vault]
dir = "vault"
publisher_chain = "chain.pem"
publisher_key = "key.pem"
)";

} // namespace

TEST_CASE("without a vault and a ledger media are plain and everything is open") {
    const Site site;
    const auto config = site.parse(paths + certificates);
    CHECK(config.vault.dir.empty());
    CHECK(config.ledger.database.empty());
    CHECK(config.licences.first == "5-plays");
}

TEST_CASE("with a vault there need be no plain media") {
    const Site site;
    const auto config = site.parse("state_dir = \"state\"\n" + certificates + vault);
    CHECK(config.media_dir.empty());
    CHECK(config.vault.dir == site.folder / "vault");
    CHECK(config.vault.key_file.empty());
    CHECK(config.vault.publisher_chain == site.folder / "chain.pem");
    CHECK(config.vault.publisher_key == site.folder / "key.pem");
}

TEST_CASE("a vault that takes uploads needs a publisher") {
    const Site site;
    const std::string bare = "[vault]\ndir = \"vault\"\n";
    const auto found = site.problems(paths + certificates + bare);
    CHECK_THAT(found, Catch::Contains("publisher_chain in [vault] is missing") &&
                          Catch::Contains("publisher_key in [vault] is missing"));
    CHECK(site.problems(paths + certificates + bare + "[uploads]\nenabled = false\n").empty());
}

TEST_CASE("the vault does not lie among plain media") {
    const Site site;
    site.folder.make("media/vault");
    CHECK_THAT(site.problems(paths + certificates + R"(
[vault]
dir = "media/vault"
publisher_chain = "chain.pem"
publisher_key = "key.pem"
)"),
               Catch::Contains("dir lies in media_dir"));
}

TEST_CASE("a ledger is a file of SQLite or a database of PostgreSQL") {
    const Site site;
    const auto with = [&](const std::string& database) {
        return paths + certificates + vault + "[ledger]\ndatabase = \"" + database + "\"\n";
    };
    CHECK(site.parse(with("sqlite:ledger.db")).ledger.database == "sqlite:" + (site.folder / "ledger.db").string());
    CHECK(site.parse(with("sqlite:/var/ledger.db")).ledger.database == "sqlite:/var/ledger.db");
    CHECK(site.parse(with("postgresql://db/cifra")).ledger.database == "postgresql://db/cifra");
    CHECK(site.parse(with("")).ledger.database.empty());
    CHECK_THAT(site.problems(with("sqlite:nowhere/ledger.db")), Catch::Contains("there is no such folder"));
    CHECK_THAT(site.problems(with("sqlite:")), Catch::Contains("names no database"));
    // A password is not repeated.
    const auto found = site.problems(with("mysql://me:secret@db"));
    CHECK_THAT(found, Catch::Contains("names no database") && !Catch::Contains("secret"));
}

TEST_CASE("a ledger without a vault has no key") {
    const Site site;
    CHECK_THAT(site.problems(paths + certificates + "[ledger]\ndatabase = \"sqlite:ledger.db\"\n"),
               Catch::Contains("database is set; expected dir in [vault] with it"));
}

TEST_CASE("what a first licence gives") {
    const Site site;
    const auto config = site.parse(paths + certificates + R"([licences]
first = "custom"
rights = ["play", "save"]
plays = 2
units = 100
seconds = 3600
days = 30
after_first_play_s = 172800
concurrent = 1
renewal = "voucher"
renewals_max = 3
person_concurrent = 2
)");
    const auto& licences = config.licences;
    CHECK(licences.first == "custom");
    CHECK(licences.rights == std::vector<std::string>{"play", "save"});
    CHECK(licences.plays == 2);
    CHECK(licences.units == 100);
    CHECK(licences.seconds == 3600);
    CHECK(licences.days == 30);
    CHECK(licences.after_first_play_s == 172'800);
    CHECK(licences.concurrent == 1);
    CHECK(licences.renewal == "voucher");
    CHECK(licences.renewals_max == 3);
    CHECK(licences.person_concurrent == 2);
}

TEST_CASE("what a first licence cannot be") {
    const Site site;
    CHECK_THAT(site.problems_behind("[licences]\nfirst = \"6-plays\"\n"), Catch::Contains("5-plays"));
    CHECK_THAT(site.problems_behind("[licences]\nrights = [\"copy\"]\n"), Catch::Contains("has \"copy\""));
    CHECK_THAT(site.problems_behind("[licences]\nrenewal = \"money\"\n"), Catch::Contains("voucher"));
    CHECK_THAT(site.problems_behind("[licences]\ndays = 1000000\n"), Catch::Contains("36500"));
}
