// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Power cuts at every write and sync of SQLite: what was acknowledged survives, and nothing is half there.
#include "cut_vfs.hpp"
#include "site.hpp"

using namespace test;

namespace {

constexpr auto now = Site::now;
constexpr std::uint8_t plays = 3; // of a run
const auto song = id(7);

// Plays until the power fails. Returns how many were acknowledged.
std::uint64_t play_until_dark(const Site& site) {
    const auto ledger = site.open();
    std::uint64_t acknowledged = 0;
    if (!ledger->open(now)) return 0;
    for (std::uint8_t play = 1; play <= plays; ++play) {
        const auto answer = ledger->begin_play(request("ada", song, play), now);
        if (!answer) return acknowledged;
        ++acknowledged;
        if (!ledger->lease((*answer)->play, {}, {2, 0}, now)) return acknowledged;
        if (!ledger->end_play((*answer)->play, {1, 0}, true, now)) return acknowledged;
    }
    return acknowledged;
}

// A site with a licence on it, closed; each is a copy of the first one.
std::unique_ptr<SqliteSite> site_with_licence() {
    static const auto first = [] {
        auto site = std::make_unique<SqliteSite>();
        site->open()->issue(draft("ada", song, 40, 1'000), now).value();
        return site;
    }();
    auto site = std::make_unique<SqliteSite>();
    std::filesystem::copy_file(first->file(), site->file());
    std::filesystem::copy_file(first->checkpoint(), site->checkpoint());
    return site;
}

struct Run {
    std::uint64_t acknowledged = 0, operations = 0;
    bool failed = false;
};

Run run(const Site& site, std::uint64_t cut_at, Survives survives, bool lies = false) {
    Run result;
    CutDisk disk(cut_at, survives);
    if (lies) disk.lie_about_sync();
    result.acknowledged = play_until_dark(site);
    result.failed = disk.failed();
    result.operations = disk.operations();
    return result;
}

// Behind the cut: how many plays are there. The index of SQLite's log was in memory only.
std::uint64_t plays_after(const SqliteSite& site) {
    std::filesystem::remove(site.file().string() + "-shm");
    const auto ledger = site.open();
    const auto held = ledger->held("ada", song, now);
    REQUIRE(trouble(held).empty());
    REQUIRE(ledger->verify()->findings == std::vector<std::string>());
    CHECK(ledger->plays({})->size() == held->front().usage.plays);
    // It goes on.
    CHECK(word(ledger->begin_play(request("ada", song, 99), now)) == "granted");
    return held->front().usage.plays;
}

void cut_everywhere(Survives survives) {
    const auto whole = run(*site_with_licence(), 0, survives);
    REQUIRE(whole.acknowledged == plays);
    REQUIRE(whole.operations > 50);
    for (std::uint64_t at = 1; at <= whole.operations; ++at) {
        const auto site = site_with_licence();
        const auto cut = run(*site, at, survives);
        INFO("cut at operation " << at << " of " << whole.operations);
        REQUIRE(cut.failed);
        const auto there = plays_after(*site);
        CHECK(there >= cut.acknowledged);     // what was acknowledged is there
        CHECK(there <= cut.acknowledged + 1); // and no more than was asked for
    }
}

} // namespace

TEST_CASE("power cut: nothing survives that was not synced") { cut_everywhere(Survives::nothing); }
TEST_CASE("power cut: some sectors survive that were not synced") { cut_everywhere(Survives::some); }
TEST_CASE("power cut: everything survives, but for what was not yet written") { cut_everywhere(Survives::everything); }

TEST_CASE("power cut: a disk that lies about its syncs is caught") {
    const auto site = site_with_licence();
    const auto cut = run(*site, 1'000'000, Survives::nothing, true);
    REQUIRE(cut.acknowledged == plays);
    std::filesystem::remove(site->file().string() + "-shm");
    const auto answer = site->open()->held("ada", song, now);
    CHECK((!answer || answer->front().usage.plays < cut.acknowledged));
}
