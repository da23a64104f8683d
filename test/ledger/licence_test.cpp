// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences renewed, given back and ended; what is told of them; several servers and threads on one ledger.
#include "site.hpp"

#include "licence/hex.hpp"

#include <botan/hash.h>
#include <boost/json/parse.hpp>

#include <thread>

using namespace test;

namespace {

constexpr auto now = Site::now;
const auto song = id(7);

std::vector<std::string> events(Ledger& ledger) {
    std::vector<std::string> names;
    const auto take = [&](const AuditRecord& record) {
        names.emplace_back(name_of(record.entry.event));
        return true;
    };
    REQUIRE(trouble(ledger.audit(1, take)).empty());
    return names;
}

} // namespace

LEDGER_TEST(renewals, "renewed by its listener, by a voucher once, and by the operator") {
    const auto ledger = site.open();
    ledger->issue(draft("ada", song, 1), now).value();
    auto by_voucher = draft("bob", song, 1);
    by_voucher.renewal = Renewal::voucher;
    const auto bobs = ledger->issue(by_voucher, now).value().licence.id;
    CHECK(word(ledger->renew("ada", id(8), std::nullopt, now)) == "no licence");
    CHECK(word(ledger->begin_play(request("ada", song, 1), now)) == "granted");
    CHECK(word(ledger->renew("ada", song, std::nullopt, now)) == "done");
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "granted");
    CHECK(word(ledger->begin_play(request("ada", song, 3), now)) == "EXHAUSTED");
    CHECK(word(ledger->begin_play(request("bob", song, 4), now)) == "granted");
    CHECK(word(ledger->renew("bob", song, std::nullopt, now)) == "NOT_RENEWABLE");
    Voucher code;
    code.serial = 4711;
    CHECK(word(ledger->renew("bob", song, code, now)) == "done");
    CHECK(word(ledger->renew("bob", song, code, now)) == "VOUCHER_REFUSED");
    CHECK(ledger->find(bobs, now)->usage.renewals == 1);
    CHECK(word(ledger->renew(bobs, {}, now)) == "done");
    CHECK(ledger->find(bobs, now)->usage.more_plays == 2);
    CHECK(trouble(ledger->renew(id(99), {}, now)) == "the ledger does not know that");
    check_whole(*ledger);
}

LEDGER_TEST(endings, "given back, revoked, cancelled: for good, and what plays learns of it") {
    const auto ledger = site.open();
    const auto licence = ledger->issue(draft("ada", song, 5, 100), now).value().licence.id;
    const auto play = ledger->begin_play(request("ada", song, 1), now).value().value().play;
    CHECK(ledger->lease(play, {}, {16, 0}, now)->allowance.units == 16);
    CHECK(word(ledger->cancel(licence, "a mistake", now)) == "active"); // something of it was used
    CHECK(word(ledger->revoke(licence, "lent by mistake", now)) == "done");
    CHECK(ledger->heartbeat(play, now)->standing == Standing::revoked);
    CHECK(ledger->lease(play, {16, 0}, {16, 0}, now)->allowance.units == 16);
    CHECK(word(ledger->begin_play(request("ada", song, 1), now)) == "LICENCE_REVOKED");
    CHECK(word(ledger->give_back("ada", song, now)) == "revoked");
    const auto second = ledger->issue(draft("ada", song, 1), now).value().licence.id;
    CHECK(word(ledger->give_back("ada", song, now)) == "done"); // the one that can be
    CHECK(ledger->find(second, now)->usage.standing == Standing::returned);
    CHECK(word(ledger->give_back("ada", song, now)) != "done");
    const auto third = ledger->issue(draft("ada", song, 1), now).value().licence.id;
    CHECK(word(ledger->cancel(third, "", now)) == "done");
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) != "granted");
    check_whole(*ledger);
}

LEDGER_TEST(many_items, "terms of many items in one go, in their order; all of them for a report") {
    const auto ledger = site.open();
    ledger->issue(draft("ada", id(1), 1), now).value();
    ledger->issue(draft("ada", id(3), 3), now).value();
    ledger->issue(draft("ada", id(3), 4), now + 1).value();
    ledger->issue(draft("bob", id(2), 2), now).value();
    const std::vector items{id(1), id(2), id(3)};
    const auto lists = ledger->held("ada", items, now).value();
    REQUIRE(lists.size() == 3);
    CHECK(lists[0].size() == 1);
    CHECK(lists[1].empty());
    REQUIRE(lists[2].size() == 2);
    CHECK(lists[2][0].licence.constraints.count == 3U);
    CHECK(lists[2][1].licence.constraints.count == 4U);
    CHECK(ledger->all(now).value().size() == 4);
    CHECK_THROWS_AS(ledger->issue(draft("", id(1), 1), now), std::invalid_argument);
}

LEDGER_TEST(reports, "plays by person, by item and by period") {
    const auto ledger = site.open();
    for (const auto* person : {"ada", "bob"})
        for (std::uint8_t item = 1; item <= 2; ++item) ledger->issue(draft(person, id(item), 9), now).value();
    CHECK(word(ledger->begin_play(request("ada", id(1), 1), now)) == "granted");
    CHECK(word(ledger->begin_play(request("ada", id(2), 2), now + 10)) == "granted");
    CHECK(word(ledger->begin_play(request("bob", id(1), 3), now + 20)) == "granted");
    CHECK(ledger->plays({}).value().size() == 3);
    PlayFilter filter;
    filter.person = "ada";
    CHECK(ledger->plays(filter).value().size() == 2);
    filter.item = id(2);
    const auto found = ledger->plays(filter).value();
    REQUIRE(found.size() == 1);
    CHECK(found[0].person == "ada");
    CHECK(found[0].item == id(2));
    CHECK(found[0].started == now + 10);
    CHECK(found[0].plays == 1);
    filter = {};
    filter.from = now + 10;
    filter.until = now + 20;
    CHECK(ledger->plays(filter).value().size() == 1);
}

LEDGER_TEST(log, "the audit log says what was done, and anybody can follow its chain") {
    const auto ledger = site.open();
    ledger->issue(draft("ada", song, 1), now).value();
    const auto play = ledger->begin_play(request("ada", song, 1), now).value().value().play;
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "EXHAUSTED");
    CHECK(word(ledger->begin_play(request("ada", song, 3), now + 1)) == "EXHAUSTED"); // soon again: said already
    CHECK(word(ledger->begin_play(request("ada", song, 4), now + 61)) == "EXHAUSTED");
    CHECK(trouble(ledger->end_play(play, {}, true, now)).empty());
    CHECK(word(ledger->renew("ada", song, std::nullopt, now)) == "done");
    CHECK(events(*ledger) ==
          std::vector<std::string>{"created", "issue", "play", "denial", "denial", "end", "renewal"});
    std::string previous(64, '0');
    const auto take = [&](const AuditRecord& record) {
        const auto line = boost::json::parse(line_of(record)).as_object();
        CHECK(line.at("previous").as_string() == previous.c_str());
        const auto sha = Botan::HashFunction::create("SHA-256");
        sha->update(record.entry.previous.data(), 32);
        const auto rest = Encoding("audit")
                              .add(record.entry.seq)
                              .add(record.entry.time)
                              .add(name_of(record.entry.event))
                              .add(record.entry.person)
                              .add(record.entry.item)
                              .add(record.entry.details);
        sha->update(rest.view().data(), rest.view().size());
        previous = hex_of(sha->final_stdvec());
        CHECK(line.at("hash").as_string() == previous.c_str());
        if (record.entry.event != Event::created) CHECK(record.details.at("person").as_string() == "ada");
        return true;
    };
    REQUIRE(trouble(ledger->audit(1, take)).empty());
}

LEDGER_TEST(reopened, "what was acknowledged is there when the ledger is opened again; other keys open nothing") {
    {
        const auto ledger = site.open();
        ledger->issue(draft("ada", song, 2), now).value();
        CHECK(word(ledger->begin_play(request("ada", song, 1), now)) == "granted");
    }
    {
        const auto ledger = site.open();
        CHECK(ledger->held("ada", song, now).value().front().usage.plays == 1);
        check_whole(*ledger);
    }
    Ledger stranger(site.database(), Site::keys(2), {});
    CHECK(trouble(stranger.open(now)) == "the ledger was changed by somebody else");
    const auto there = site.database();
    Transaction writing(*there, Access::write);
    there->execute("UPDATE head SET version = 2");
    writing.commit();
    CHECK(trouble(site.open()->open(now)) == "the ledger was made by a newer version");
}

LEDGER_TEST(away, "a database that is away grants nothing, and serves again when it is back") {
    const auto ledger = site.open();
    ledger->issue(draft("ada", song, 2), now).value();
    const auto play = ledger->begin_play(request("ada", song, 1), now).value().value().play;
    site.take_away();
    CHECK(trouble(ledger->begin_play(request("ada", song, 2), now)) == "the ledger's database does not answer");
    CHECK(trouble(ledger->heartbeat(play, now)) == "the ledger's database does not answer");
    CHECK(trouble(ledger->held("ada", song, now)) == "the ledger's database does not answer");
    site.bring_back();
    CHECK(word(ledger->begin_play(request("ada", song, 2), now)) == "granted");
    CHECK(trouble(ledger->heartbeat(play, now)).empty());
    CHECK(ledger->held("ada", song, now).value().front().usage.plays == 2);
    check_whole(*ledger);
}

LEDGER_TEST(servers, "two servers and several threads: each last play is given once") {
    constexpr std::uint8_t rounds = 25;
    const auto one = site.open("one");
    const auto two = site.open("two");
    for (std::uint8_t round = 0; round < rounds; ++round) one->issue(draft("ada", id(round), 1), now).value();
    std::array<std::uint64_t, 4> granted{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < granted.size(); ++i)
        threads.emplace_back([&, i] {
            auto& ledger = i % 2 == 0 ? *one : *two;
            for (std::uint8_t round = 0; round < rounds; ++round) {
                const auto play = static_cast<std::uint8_t>(100 + i);
                if (word(ledger.begin_play(request("ada", id(round), play), now)) == "granted") ++granted[i];
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(granted[0] + granted[1] + granted[2] + granted[3] == rounds);
    check_whole(*two);
}

TEST_CASE("an address of a database is told from others, and shows no password") {
    CHECK_THROWS_AS(open_database("mysql://there"), std::invalid_argument);
    CHECK_THROWS_AS(open_database("sqlite:"), std::invalid_argument);
    CHECK_THROWS_AS(open_database("sqlite::memory:"), std::invalid_argument);
    const auto there = open_database("postgresql://ada:hunter2@127.0.0.1:1/books");
    CHECK(there->describe() == "postgresql: host=127.0.0.1 port=1 dbname=books");
    try {
        there->weakness();
        FAIL("nobody listens there");
    } catch (const DatabaseError& error) {
        CHECK(error.fault() == DatabaseFault::away);
        CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    }
    try {
        open_database("postgresql://ada:hunter2%zz@there/books");
        FAIL("not an address");
    } catch (const std::invalid_argument& error) {
        CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
    }
}
