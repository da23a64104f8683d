// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Whoever reads the database learns no name; whoever writes to it is found, also when all of it is set back.
#include "site.hpp"

#include "licence/hex.hpp"

#include <fstream>

using namespace test;

namespace {

constexpr auto now = Site::now;
const auto song = id(0xC3);
const std::string ada = "Ada Augusta King";

// Something in every table, in two rows at least.
void fill(Ledger& ledger) {
    for (const auto& person : {ada, std::string("Charles Babbage")}) {
        auto licence = draft(person, song, 5, 100);
        licence.renewal = Renewal::voucher;
        licence.constraints.not_after = now + 1'000'000;
        ledger.issue(licence, now).value();
        const auto play = ledger.begin_play(request(person, song, 0xA5), now).value().value().play;
        CHECK(trouble(ledger.lease(play, {}, {16, 0}, now)).empty());
        Voucher code;
        code.serial = person.size();
        CHECK(word(ledger.renew(person, song, code, now)) == "done");
    }
}

Value changed(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number + 1'000;
    if (const auto* text = std::get_if<std::string>(&value)) return std::string(*text == "play" ? "issue" : "play");
    if (const auto* bytes = std::get_if<Bytes>(&value)) {
        auto flipped = *bytes;
        flipped.back() ^= 1U;
        return flipped;
    }
    return std::int64_t{1}; // there was nothing
}

// The first finding, or the trouble that there is at once; empty: nobody noticed.
std::string found(const Site& site) {
    const auto ledger = site.open();
    const auto verified = ledger->verify();
    if (!verified) return trouble(verified);
    return verified->findings.empty() ? std::string() : verified->findings.front();
}

void damage(const Site& site, const std::vector<Site::Table>& whole, std::size_t table, const Rows& rows) {
    auto damaged = whole;
    damaged[table].second = rows;
    site.restore(damaged);
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

LEDGER_TEST(columns, "each value of each row that was changed is found") {
    fill(*site.open());
    const auto whole = site.snapshot();
    CHECK(found(site).empty()); // the control: nothing was changed
    for (std::size_t table = 0; table < whole.size(); ++table)
        for (std::size_t row = 0; row < whole[table].second.size(); ++row)
            for (std::size_t column = 0; column < tables()[table].second.size(); ++column) {
                auto rows = whole[table].second;
                auto values = rows[row].values();
                values[column] = changed(values[column]);
                rows[row] = Row(values);
                damage(site, whole, table, rows);
                INFO(whole[table].first << " row " << row << ": " << tables()[table].second[column]);
                CHECK_FALSE(found(site).empty());
            }
    site.restore(whole);
    CHECK(found(site).empty());
}

LEDGER_TEST(rows, "each row that was removed, and rows that changed places, are found") {
    fill(*site.open());
    const auto whole = site.snapshot();
    for (std::size_t table = 0; table < whole.size(); ++table) {
        const auto& rows = whole[table].second;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            auto fewer = rows;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(row));
            damage(site, whole, table, fewer);
            INFO(whole[table].first << " without row " << row);
            CHECK_FALSE(found(site).empty());
        }
        for (std::size_t row = 1; row < rows.size(); ++row) { // the keys stay, what they stand for is swapped
            auto first = rows[row - 1].values();
            auto second = rows[row].values();
            std::swap(first.front(), second.front());
            auto swapped = rows;
            swapped[row - 1] = Row(first);
            swapped[row] = Row(second);
            damage(site, whole, table, swapped);
            INFO(whole[table].first << " rows " << row - 1 << " and " << row << " swapped");
            CHECK_FALSE(found(site).empty());
        }
    }
}

LEDGER_TEST(old_rows, "a row that is set back to what it was, seal and all, is found; so is a log cut short") {
    const auto ledger = site.open();
    fill(*ledger);
    const auto before = site.snapshot();
    CHECK(word(ledger->begin_play(request(ada, song, 0xA6), now)) == "granted");
    const auto after = site.snapshot();
    for (const std::size_t table : {1U, 2U, 4U}) {
        damage(site, after, table, before[table].second);
        INFO(after[table].first);
        CHECK_FALSE(found(site).empty());
    }
    auto without_head = before; // all but the head and its log set back
    without_head[0] = after[0];
    without_head[4] = after[4];
    site.restore(without_head);
    CHECK_FALSE(found(site).empty());
    site.restore(after);
    CHECK(found(site).empty());
}

LEDGER_TEST(in_use, "what was changed is noticed by whoever uses it, not only by who verifies") {
    const auto ledger = site.open();
    fill(*ledger);
    const auto there = site.database();
    Transaction writing(*there, Access::write);
    CHECK(there->execute("UPDATE licences SET plays = 0") == 2);
    writing.commit();
    CHECK(trouble(ledger->begin_play(request(ada, song, 0xA6), now)) == "the ledger was changed by somebody else");
    CHECK(trouble(ledger->held(ada, song, now)) == "the ledger was changed by somebody else");
}

LEDGER_TEST(rolled_back, "a database that was set back is refused, in use and behind a restart, until it is accepted") {
    auto ledger = site.open();
    fill(*ledger);
    const auto backup = site.snapshot();
    CHECK(word(ledger->begin_play(request(ada, song, 0xA6), now)) == "granted");
    site.restore(backup);
    CHECK(trouble(ledger->begin_play(request(ada, song, 0xA7), now)) == "the ledger was set back to an older state");
    ledger.reset(); // leaves its checkpoint
    ledger = site.open();
    CHECK(trouble(ledger->begin_play(request(ada, song, 0xA7), now)) == "the ledger was set back to an older state");
    CHECK(trouble(ledger->held(ada, song, now)) == "the ledger was set back to an older state");
    CHECK(trouble(ledger->recover(now)) == "the ledger was set back to an older state");
    {
        const auto tool = site.open("cifractl");
        CHECK(tool->accept(now).value());
        CHECK_FALSE(tool->accept(now).value()); // there is nothing more to accept
    }
    CHECK(word(ledger->begin_play(request(ada, song, 0xA7), now)) == "granted");
    std::string last;
    const auto take = [&](const AuditRecord& record) {
        if (record.entry.event == Event::acceptance) last = record.details.at("found").as_string();
        return true;
    };
    REQUIRE(trouble(ledger->audit(1, take)).empty());
    CHECK(last.find("older than its checkpoint") != std::string::npos);
    check_whole(*ledger);
}

LEDGER_TEST(other_branch, "set back and used since, as long as the former one or longer: refused all the same") {
    fill(*site.open());
    const auto backup = site.snapshot();
    {
        const auto ledger = site.open();
        for (std::uint8_t i = 1; i <= 3; ++i) ledger->issue(draft(ada, id(i), 1), now).value();
    }
    site.restore(backup);
    {
        LedgerOptions options; // somebody without the checkpoint
        Ledger elsewhere(site.database(), Site::keys(), options);
        for (std::uint8_t i = 1; i <= 9; ++i) elsewhere.issue(draft(ada, id(i), 1), now).value();
    }
    CHECK(trouble(site.open()->open(now)) == "the ledger was set back to an older state");
}

LEDGER_TEST(checkpoints, "a checkpoint is written each 64 entries, and one that was changed is none") {
    const auto ledger = site.open();
    CHECK(trouble(ledger->open(now)).empty());
    const auto first = bytes_of(site.checkpoint());
    for (std::uint8_t i = 0; i < 63; ++i) ledger->issue(draft(ada, id(i), 1), now).value();
    CHECK(bytes_of(site.checkpoint()) == first);
    ledger->issue(draft(ada, id(63), 1), now).value();
    const auto second = bytes_of(site.checkpoint());
    CHECK(second != first);
    for (const auto at : {std::size_t{1}, second.find("seq") + 5, second.find("hash") + 8, second.size() - 5}) {
        auto text = second;
        text[at] = text[at] == '1' ? '2' : '1';
        std::ofstream(site.checkpoint(), std::ios::binary) << text;
        CHECK(trouble(site.open()->open(now)) == "the ledger was changed by somebody else");
    }
    std::ofstream(site.checkpoint(), std::ios::binary) << second;
    CHECK(trouble(site.open()->open(now)).empty());
}

LEDGER_TEST(names, "no value of the database holds the name of a person or an item") {
    fill(*site.open());
    const std::vector<std::string> secrets{
        ada, "Babbage", std::string(song.begin(), song.end()), to_hex(song), std::string(16, '\xA5'), "operator"};
    std::size_t values = 0;
    for (const auto& [table, rows] : site.snapshot())
        for (const auto& row : rows)
            for (const auto& value : row.values()) {
                const auto* bytes = std::get_if<Bytes>(&value);
                const auto* text = std::get_if<std::string>(&value);
                const auto all = bytes != nullptr  ? std::string(bytes->begin(), bytes->end())
                                 : text != nullptr ? *text
                                                   : std::string();
                ++values;
                for (const auto& secret : secrets) CHECK(all.find(secret) == std::string::npos);
            }
    CHECK(values > 100);
}

TEST_CASE("sqlite: no byte of the database's files is of a name") {
    SqliteSite site;
    auto ledger = site.open();
    fill(*ledger);
    const auto look = [&] {
        std::string all;
        for (const auto& entry : std::filesystem::directory_iterator(site.folder())) all += bytes_of(entry.path());
        for (const auto& secret : {ada, std::string("Babbage"), std::string(song.begin(), song.end()), to_hex(song),
                                   std::string(16, '\xA5')})
            CHECK(all.find(secret) == std::string::npos);
        CHECK(all.find("SQLite format 3") != std::string::npos); // the control: it was looked at
    };
    look(); // with its log
    ledger.reset();
    look(); // closed
    namespace fs = std::filesystem;
    CHECK((fs::status(site.file()).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK((fs::status(site.checkpoint()).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
}
