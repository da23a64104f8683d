// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue_index.hpp"

#include "library.hpp"
#include "mp3.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;

TEST_CASE("the index saves reading the media again") {
    const Library library;
    library.write("music.mp3", test::demo_mp3());
    library.write("file", "contents");
    {
        auto catalogue = library.open();
        CHECK(catalogue.rescan().read_bytes > 600'000);
        CHECK(catalogue.rescan().read_bytes == 0);
    }
    auto catalogue = library.open();
    CHECK(catalogue.rescan().read_bytes == 0);
    const auto music = catalogue.snapshot()->find_name("music.mp3");
    REQUIRE(music);
    CHECK(music->manifest.title == "Gunroar music 2");
    CHECK(music->manifest.seek_offsets.size() > 100);
    library.write("file", "other contents");
    const auto report = catalogue.rescan();
    CHECK(report.read_bytes == 14);
    CHECK(report.changed == 1);
    CHECK(report.added == 0);
}

TEST_CASE("the index forgets files that are gone") {
    const Library library;
    library.write("a", "1");
    library.write("b", "2");
    library.open().rescan();
    std::filesystem::remove(library.folder / "media/a");
    library.open().rescan();
    const auto loaded = load_catalogue_index(library.folder / "state/catalogue.index");
    CHECK(loaded.state == IndexState::good);
    CHECK(loaded.items.size() == 1);
}

TEST_CASE("a damaged index costs time and nothing else") {
    const Library library;
    for (int i = 0; i < 10; ++i) library.write("file" + std::to_string(i), "contents " + std::to_string(i));
    const auto index = library.folder / "state/catalogue.index";
    std::uint64_t revision = 0;
    {
        auto catalogue = library.open();
        catalogue.rescan();
        revision = catalogue.snapshot()->revision();
    }
    const auto good = test::contents_of(index);
    REQUIRE(good.size() > 1000);
    SECTION("a byte anywhere") {
        const auto at = GENERATE(0, 10, 23, 24, 27, 30, 50, 150, 500, 900);
        auto bad = good;
        bad[static_cast<std::size_t>(at)] = static_cast<char>(bad[static_cast<std::size_t>(at)] ^ 0x41);
        test::write_file(index, bad);
        CHECK(load_catalogue_index(index).state == IndexState::damaged);
    }
    SECTION("cut short") {
        test::write_file(index, good.substr(0, GENERATE(0U, 5U, 26U, 40U, 600U, 1000U)));
        CHECK(load_catalogue_index(index).state == IndexState::damaged);
    }
    SECTION("something else") { test::write_file(index, test::noise(5000, 3)); }
    SECTION("bytes behind it") { test::write_file(index, good + "tail"); }
    SECTION("a folder in its place") {
        std::filesystem::remove(index);
        std::filesystem::create_directory(index);
        auto catalogue = library.open();
        CHECK(catalogue.rescan().complete);
        CHECK(catalogue.snapshot()->revision() == revision);
        return;
    }
    {
        auto catalogue = library.open();
        CHECK(catalogue.rescan().complete);
        CHECK(catalogue.snapshot()->revision() == revision);
    }
    CHECK(load_catalogue_index(index).state == IndexState::good);
    CHECK(library.open().rescan().read_bytes == 0);
}

TEST_CASE("a file is added without a scan, and the index learns of it") {
    const Library library;
    library.write("b", "bee");
    auto catalogue = library.open();
    catalogue.rescan();
    const auto before = catalogue.snapshot();
    library.write("a", "new");
    library.write("not looked at", "x");
    const auto item = catalogue.add("a");
    REQUIRE(item);
    CHECK(names(catalogue) == Names{"a", "b"});
    CHECK(catalogue.snapshot()->find(item->manifest.item) == item);
    CHECK(catalogue.snapshot()->revision() != before->revision());
    CHECK(before->items().size() == 1);
    library.write("b", "changed");
    REQUIRE(catalogue.add("b"));
    CHECK(names(catalogue) == Names{"a", "b"});
    std::filesystem::remove(library.folder / "media/not looked at");

    const auto loaded = load_catalogue_index(library.folder / "state/catalogue.index");
    CHECK(loaded.state == IndexState::good);
    REQUIRE(loaded.items.size() == 2);
    CHECK(loaded.items.at("b")->manifest.size == 7);
    auto again = library.open();
    CHECK(again.rescan().read_bytes == 0);
    CHECK(again.snapshot()->revision() == catalogue.snapshot()->revision());
}
