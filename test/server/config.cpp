// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/config.hpp"

#include "config_site.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::server;
using test::certificates;
using test::paths;
using Site = test::ConfigSite;

TEST_CASE("the smallest configuration gives the defaults") {
    const Site site;
    const auto config = site.parse(paths + certificates);
    CHECK(config.media_dir == site.folder / "media");
    CHECK(config.state_dir == site.folder / "state");
    CHECK(config.certificates.key == site.folder / "key.pem");
    REQUIRE(config.listen.size() == 1);
    CHECK(config.listen[0].host == "127.0.0.1");
    CHECK(config.listen[0].port == 7411);
    CHECK(config.login.user_required);
    CHECK_FALSE(config.login.card_required);
    CHECK(config.login.pause_without_card);
    CHECK_FALSE(config.login.enrolment);
    CHECK(config.login.ramp_full == 512);
    CHECK(config.certificates.card_roots.empty());
    CHECK(config.certificates.crls.empty());
    CHECK(config.certificates.server_roots.empty());
    CHECK(config.people.file.empty());
    CHECK(config.people.issued);
    CHECK(config.people.rules);
    CHECK(config.people.issuers.empty());
    CHECK(config.tickets.lifetime == std::chrono::hours(1));
    CHECK(config.tickets.key_file.empty());
    CHECK(config.protocol.suites ==
          std::vector{Suite::aes256_gcm_sha384, Suite::aes128_gcm_sha256, Suite::chacha20_poly1305_sha256});
    CHECK(config.protocol.groups == std::vector{Group::x25519, Group::p256, Group::p384});
    CHECK(config.protocol.chunk_limit == 262'144);
    CHECK(config.rotation == proto::RotationPolicy{128, 0, 3600, false});
    CHECK(config.uploads.enabled);
    CHECK(config.server.session == std::chrono::hours(24));
    CHECK(config.log.file.empty());
}

TEST_CASE("every key of the configuration is read") {
    const Site site;
    const auto config = site.parse("listen = [\"0.0.0.0:1\", \"[::1]:65535\"]\n" + paths + certificates +
                                   R"(card_roots = "cards.pem"
crls = "crls"
server_roots = "servers.pem"
[people]
file = "people.json"
issued = false
rules = false
issuers = ["one", "another"]
[tickets]
lifetime_s = 0
key_file = "ticket-keys"
[login]
user = "none"
card_removal = "ignore"
enrolment = true
device_timeout_s = 1
user_timeout_s = 2
max_half_open_per_address = 3
half_open_ramp = [4, 5, 6]
[protocol]
suites = ["3DES_CBC_SHA256", "AES128_GCM_SHA256"]
groups = ["ffdhe3072"]
allow_legacy = true
chunk_limit = 16384
padding = "full"
[rotation]
chunks = 7
bytes = 68719476736
seconds = 9
ratchet = true
[uploads]
enabled = false
max_bytes = 10
quota_bytes = 11
expire_days = 12
[server]
threads = 13
drain_s = 14
session_hours = 15
[log]
format = "json"
level = "warning"
file = "cifrad.log"
)");
    REQUIRE(config.listen.size() == 2);
    CHECK(config.listen[1].host == "::1");
    CHECK(config.listen[1].port == 65'535);
    CHECK(config.certificates.chain == site.folder / "chain.pem");
    CHECK(config.certificates.device_roots == site.folder / "devices.pem");
    CHECK(config.certificates.user_roots == site.folder / "users.pem");
    CHECK(config.certificates.card_roots == site.folder / "cards.pem");
    CHECK(config.certificates.crls == site.folder / "crls");
    CHECK(config.certificates.server_roots == site.folder / "servers.pem");
    CHECK(config.people.file == site.folder / "people.json");
    CHECK_FALSE(config.people.issued);
    CHECK_FALSE(config.people.rules);
    CHECK(config.people.issuers == std::vector<std::string>{"one", "another"});
    CHECK(config.tickets.lifetime.count() == 0);
    CHECK(config.tickets.key_file == site.folder / "ticket-keys");
    CHECK_FALSE(config.login.user_required);
    CHECK_FALSE(config.login.card_required);
    CHECK_FALSE(config.login.pause_without_card);
    CHECK(config.login.enrolment);
    CHECK(config.login.device_timeout.count() == 1);
    CHECK(config.login.user_timeout.count() == 2);
    CHECK(config.login.max_half_open_per_address == 3);
    CHECK(config.login.ramp_begin == 4);
    CHECK(config.login.ramp_percent == 5);
    CHECK(config.login.ramp_full == 6);
    CHECK(config.protocol.suites == std::vector{Suite::tdes_cbc_sha256, Suite::aes128_gcm_sha256});
    CHECK(config.protocol.groups == std::vector{Group::ffdhe3072});
    CHECK(config.protocol.allow_legacy);
    CHECK(config.protocol.chunk_limit == 16'384);
    CHECK(config.protocol.padding == proto::Padding::full);
    CHECK(config.rotation == proto::RotationPolicy{7, 68'719'476'736, 9, true});
    CHECK_FALSE(config.uploads.enabled);
    CHECK(config.uploads.max_bytes == 10);
    CHECK(config.uploads.quota_bytes == 11);
    CHECK(config.uploads.expire_days == 12);
    CHECK(config.server.threads == 13);
    CHECK(config.server.drain.count() == 14);
    CHECK(config.server.session.count() == 15);
    CHECK(config.log.format == LogFormat::json);
    CHECK(config.log.level == Level::warning);
    CHECK(config.log.file == site.folder / "cifrad.log");
}

TEST_CASE("an unknown key is refused at its place, with a suggestion") {
    const Site site;
    CHECK(site.problems_behind("[login]\nuzer = \"none\"\n") ==
          "10:1: unknown key \"uzer\" in [login]; did you mean user?");
    CHECK(site.problems_behind("[rotatoin]\nchunks = 1\n")
              .starts_with("9:2: unknown key \"rotatoin\"; did you mean the table [rotation]?"));
    CHECK(site.problems("chunk_limit = 16384\n" + paths + certificates) ==
          "1:1: unknown key \"chunk_limit\"; did you mean chunk_limit in [protocol]?");
    CHECK(site.problems_behind("[log]\n  zzzzzzzz = 1\n") ==
          "10:3: unknown key \"zzzzzzzz\" in [log]; expected one of: format, level, file");
}

TEST_CASE("a wrong type, value or range is refused with what is expected") {
    const Site site;
    using P = std::pair<const char*, const char*>;
    const auto [text, expected] = GENERATE(
        P{"[login]\nuser = 3\n", "10:8: user is an integer; expected a string"},
        P{"[login]\nuser = \"maybe\"\n", "10:8: user is \"maybe\"; expected one of: required, card, none"},
        P{"[login]\ncard_removal = \"end\"\n", "10:16: card_removal is \"end\"; expected one of: pause, ignore"},
        P{"[login]\nenrolment = 1\n", "10:13: enrolment is an integer; expected true or false"},
        P{"[people]\nissued = \"no\"\n", "10:10: issued is a string; expected true or false"},
        P{"[people]\nrules = 0\n", "10:9: rules is an integer; expected true or false"},
        P{"[people]\nissuers = \"a CA\"\n",
          "10:11: issuers is a string; expected an array, each element the commonName of a CA"},
        P{"[people]\nissuers = [\"\"]\n", "10:12: issuers has \"\"; expected the commonName of a CA"},
        P{"[people]\nfile = 1\n", "10:8: file is an integer; expected a string"},
        P{"[tickets]\nlifetime_s = 3601\n", "10:14: lifetime_s is 3601; expected an integer from 0 to 3600"},
        P{"[login]\ndevice_timeout_s = 0\n", "10:20: device_timeout_s is 0; expected an integer from 1 to 3600"},
        P{"[login]\ndevice_timeout_s = -5\n", "10:20: device_timeout_s is -5; expected an integer from 1 to 3600"},
        P{"[login]\nuser_timeout_s = 1.5\n", "is a number with a fraction; expected an integer from 1 to 3600"},
        P{"[login]\nhalf_open_ramp = [1, 2]\n",
          "10:18: half_open_ramp has 2 elements; expected an array of 3 integers"},
        P{"[login]\nhalf_open_ramp = [9, 30, 8]\n", "10:18: half_open_ramp is [9, 30, 8]; expected [connections"},
        P{"[login]\nhalf_open_ramp = [1, 101, 8]\n", "10:18: half_open_ramp is [1, 101, 8]; expected [connections"},
        P{"[protocol]\nchunk_limit = 100000\n", "chunk_limit is 100000; expected a power of two from 16384 to 1048576"},
        P{"[protocol]\nallow_legacy = \"yes\"\n", "allow_legacy is a string; expected true or false"},
        P{"[protocol]\nsuites = []\n", "10:10: suites is empty; expected at least one element"},
        P{"[protocol]\nsuites = \"AES128_GCM_SHA256\"\n", "suites is a string; expected an array"},
        P{"[protocol]\nsuites = [\"AES128_GCM_SHA256\",\n 7]\n",
          "11:2: suites is an integer; expected each element to be"},
        P{"[protocol]\ngroups = [\"X25519\", \"X25519\"]\n", "10:21: groups names X25519 twice"},
        P{"[rotation]\nchunks = 1048577\n", "expected an integer from 0 to 1048576"},
        P{"[server]\nsession_hours = 25\n", "expected an integer from 1 to 24"},
        P{"[log]\nlevel = \"loud\"\n", "expected one of: debug, info, warning, error"},
        P{"[log]\nfile = \"\"\n[log.inner]\n", "unknown key \"inner\" in [log]"},
        P{"[[log]]\n", "log is an array; expected a table, [log]"});
    CHECK_THAT(site.problems_behind(text), Catch::Contains(expected));
}

TEST_CASE("weak names are refused with the reason") {
    const Site site;
    using P = std::pair<const char*, const char*>;
    const auto [text, reason] = GENERATE(
        P{"suites = [\"AES128_ECB_SHA256\"]", "\"AES128_ECB_SHA256\", which is refused: ECB shows repeated blocks"},
        P{"suites = [\"aes-256-cbc-md5\"]", "which is refused: MD5 and SHA-1 have collisions"},
        P{"suites = [\"AES128_CBC_SHA1\"]", "which is refused: MD5 and SHA-1 have collisions"},
        P{"suites = [\"AES128_CBC_SHA\"]", "which is refused: MD5 and SHA-1 have collisions"},
        P{"suites = [\"DSA_AES128_GCM_SHA256\"]", "which is refused: one bad nonce of DSA gives the key away"},
        P{"suites = [\"3DES_CBC_SHA256\"]",
          "10:11: suites has 3DES_CBC_SHA256, a legacy suite; expected allow_legacy = true"},
        P{"suites = [\"AES265_GCM_SHA384\"]", "which is no suite; expected names out of: AES256_GCM_SHA384, "},
        P{"suites = [\"AES265_GCM_SHA384\"]", "did you mean AES256_GCM_SHA384?"},
        P{"groups = [\"ffdhe1024\"]", "which is refused: DH under 2048 bits is within reach of a well-funded attacker"},
        P{"groups = [\"modp768\"]", "which is refused: DH under 2048 bits"},
        P{"groups = [\"x25519\"]", "which is no group; expected names out of: X25519"},
        P{"groups = [\"ffdhe8192\"]", "which is no group"});
    CHECK_THAT(site.problems_behind("[protocol]\n" + std::string(text) + "\n"), Catch::Contains(reason));
}

TEST_CASE("addresses to listen on are numeric and have a port") {
    const Site site;
    const auto* bad = GENERATE("localhost:7411", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x",
                               "::1:7411", "[127.0.0.1]:7411", "[::1]", "127.0.0.1:+7", "");
    const auto found = site.problems("listen = [\"" + std::string(bad) + "\"]\n" + paths + certificates);
    CHECK_THAT(found, Catch::StartsWith("1:11: listen has \"" + std::string(bad) +
                                        "\"; expected a numeric address and a port"));
}

TEST_CASE("paths have to exist and be of the right kind") {
    const Site site;
    CHECK_THAT(site.problems("media_dir = \"nowhere\"\nstate_dir = \"key.pem\"\n" + certificates),
               Catch::Contains("1:13: media_dir names \"" + (site.folder / "nowhere").string() +
                               "\", which does not exist; expected an existing folder") &&
                   Catch::Contains("2:13: state_dir names \"" + (site.folder / "key.pem").string() +
                                   "\", which is no folder; expected a folder"));
    CHECK(site.problems("") ==
          "1:1: media_dir is missing; expected the path of a folder\n"
          "1:1: state_dir is missing; expected the path of a folder\n"
          "1:1: chain in [certificates] is missing; expected the path of a file\n"
          "1:1: key in [certificates] is missing; expected the path of a file\n"
          "1:1: device_roots in [certificates] is missing; expected the path of a file\n"
          "1:1: user_roots in [certificates] is missing; expected the path of a file");
    CHECK_THAT(site.problems(paths + "[certificates]\nchain = \"media\"\n"),
               Catch::Contains("4:9: chain names") && Catch::Contains("which is a folder; expected a file") &&
                   Catch::Contains("3:1: key in [certificates] is missing"));
    CHECK_THAT(site.problems_behind("[log]\nfile = \"gone/cifrad.log\"\n"),
               Catch::Contains("gone\", which does not exist"));
}

TEST_CASE("user roots may be missing only when no user is asked for, or none that they issued") {
    const Site site;
    const auto without =
        paths + "[certificates]\nchain = \"chain.pem\"\nkey = \"key.pem\"\ndevice_roots = \"devices.pem\"\n";
    CHECK_THAT(site.problems(without), Catch::Contains("user_roots in [certificates] is missing"));
    CHECK(site.problems(without + "[login]\nuser = \"none\"\n").empty());
    CHECK(site.problems(without + "[people]\nfile = \"people.json\"\nissued = false\n").empty());
}

TEST_CASE("what lets people in has to stand together") {
    const Site site;
    CHECK(site.problems_behind("[login]\nuser = \"card\"\n") ==
          "10:8: user is \"card\"; expected file in [people] with it, which says whose cards are taken");
    CHECK(site.problems_behind("card_roots = \"cards.pem\"\n") ==
          "9:14: card_roots names a file; expected file in [people] with it, which says whose certificates of those "
          "CAs are taken");
    CHECK(site.problems_behind("[people]\nissued = false\n") ==
          "10:10: issued is false; expected file in [people] with it, which says whose keys are taken");
    CHECK(site.problems_behind("[people]\nissued = false\n[login]\nuser = \"none\"\n").empty());
    CHECK(site.problems_behind("[login]\nenrolment = true\n") ==
          "10:13: enrolment is true; expected server_roots in [certificates] with it, which it hands out");
    const auto config = site.parse(paths + certificates + "card_roots = \"cards.pem\"\n[login]\nuser = \"card\"\n" +
                                   "[people]\nfile = \"people.json\"\nissuers = []\n");
    CHECK(config.login.user_required);
    CHECK(config.login.card_required);
    CHECK(config.people.issuers.empty());
}

TEST_CASE("CRLs are a folder, and people, cards and keys files") {
    const Site site;
    CHECK_THAT(site.problems_behind("crls = \"cards.pem\"\n"),
               Catch::StartsWith("9:8: crls names") && Catch::Contains("which is no folder"));
    CHECK_THAT(site.problems_behind("crls = \"gone\"\n"), Catch::Contains("gone\", which does not exist"));
    CHECK_THAT(site.problems_behind("[people]\nfile = \"crls\"\n"), Catch::Contains("which is a folder"));
    CHECK_THAT(site.problems_behind("[tickets]\nkey_file = \"gone\"\n"), Catch::Contains("which does not exist"));
    CHECK(site.problems_behind("crls = \"\"\ncard_roots = \"\"\nserver_roots = \"\"\n[people]\nfile = \"\"\n"
                               "[tickets]\nkey_file = \"\"\n")
              .empty());
}

TEST_CASE("what the server keeps to itself may not lie in the folder that it lends") {
    const Site site;
    site.folder.make("media/state");
    site.folder.write("media/key.pem", "x");
    std::filesystem::create_directory_symlink(site.folder / "media/state", site.folder / "link");
    const auto rest = std::string(
        "[certificates]\nchain = \"chain.pem\"\ndevice_roots = \"devices.pem\"\nuser_roots = \"users.pem\"\n");
    CHECK_THAT(site.problems("media_dir = \"media\"\nstate_dir = \"link\"\n" + rest + "key = \"media/key.pem\"\n"),
               Catch::Contains("2:13: state_dir lies in media_dir") && Catch::Contains("7:7: key lies in media_dir"));
    CHECK_THAT(site.problems_behind("[people]\nfile = \"media/key.pem\"\n[tickets]\nkey_file = \"media/key.pem\"\n"),
               Catch::Contains("10:8: file lies in media_dir") && Catch::Contains("12:12: key_file lies in media_dir"));
}

TEST_CASE("all problems are told at once, in the order of the file") {
    const Site site;
    const auto found = site.problems("listen = 1\nmedia_dir = \"media\"\nstate_dir = \"state\"\n" + certificates +
                                     "[log]\nlevel = 1\nformat = 2\n[rotation]\nchunk = 1\n");
    CHECK(found.starts_with("1:10: listen is an integer"));
    CHECK_THAT(found, Catch::Contains("\n11:9: level") && Catch::Contains("\n12:10: format") &&
                          Catch::Contains("\n14:1: unknown key \"chunk\" in [rotation]; did you mean chunks?"));
    CHECK(std::count(found.begin(), found.end(), '\n') == 3);
}

TEST_CASE("text that is no TOML, and a file that is not there") {
    const Site site;
    CHECK(site.problems(paths + "listen = = 1\n").starts_with("3:10: "));
    CHECK_THAT(site.problems("a = 1\na = 2\n"), Catch::StartsWith("2:"));
    CHECK_THROWS_WITH(load_config(site.folder / "none.toml"),
                      Catch::Contains("none.toml: cannot be read: No such file"));
    site.folder.write("cifrad.toml", paths + certificates);
    CHECK(load_config(site.folder / "cifrad.toml").media_dir == site.folder / "media");
}

TEST_CASE("letters that are not ASCII stand in strings and comments only") {
    const Site site;
    for (const auto* stray :
         {"\u00e9 = 1\n", "a = 1 \u00e9\n", " \u00a0x = 1\n", "x = \"\\\"\" \u00e9\n", "x = 'a' \u0430\n", "\xff"})
        CHECK_THAT(site.problems("# caf\u00e9\n" + std::string(stray)),
                   Catch::StartsWith("2:1: a letter that is not ASCII"));
    for (const auto* held : {"x = \"\u00e9\"\n", "x = '\u00e9'\n", "x = \"\"\"\na \u00e9 b\n\"\"\"\n",
                             "x = 1 # \u00e9\n", "x = \"\\\"\u00e9\"\n"})
        CHECK_THAT(site.problems(held), Catch::Contains("unknown key \"x\""));
}

TEST_CASE("text of the file is shown without its control characters") {
    const Site site;
    const auto found = site.problems_behind("[login]\nuser = \"\\u001b[2J\"\n");
    CHECK_THAT(found, Catch::Contains("user is \"\\u001b[2J\""));
    CHECK(found.find('\x1b') == std::string::npos);
}
