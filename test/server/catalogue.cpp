// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue.hpp"

#include "folder.hpp"
#include "mp3.hpp"
#include "server/catalogue_index.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <atomic>
#include <thread>

using namespace cifra;
using namespace cifra::server;

namespace {

struct Library {
    test::Folder folder;
    Library() {
        folder.make("media");
        folder.make("state");
    }
    std::filesystem::path write(const std::string& name, std::string_view contents) const {
        return folder.write("media/" + name, contents);
    }
    Catalogue open() const { return Catalogue(folder / "media", folder / "state"); }
};

std::vector<std::string> names(const Catalogue& catalogue) {
    std::vector<std::string> out;
    for (const auto& item : catalogue.snapshot()->items()) out.push_back(item->manifest.name);
    return out;
}

std::vector<std::string> found(const Catalogue& catalogue, std::string_view query) {
    std::vector<std::string> out;
    const auto page = catalogue.snapshot()->page(query, 0, 0, 1 << 20);
    for (const auto& entry : page.entries) out.push_back(entry.name);
    CHECK(page.total == out.size());
    return out;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("the catalogue holds the files below media_dir, sorted by name") {
    const Library library;
    library.write("b.txt", "hello");
    library.write("a/deep/er/c.bin", test::noise(300'000, 1));
    library.write("a.txt", "");
    library.write("music.mp3", test::demo_mp3());
    library.write(".hidden", "x");
    library.write(".git/config", "x");
    auto catalogue = library.open();
    CHECK(catalogue.snapshot()->items().empty());
    const auto report = catalogue.rescan();
    CHECK(report.complete);
    CHECK(report.items == 4);
    CHECK(report.added == 4);
    CHECK(report.skipped == 0);
    CHECK(names(catalogue) == Names{"a.txt", "a/deep/er/c.bin", "b.txt", "music.mp3"});

    const auto snapshot = catalogue.snapshot();
    const auto b = snapshot->find_name("b.txt");
    REQUIRE(b);
    CHECK(b->manifest.kind == proto::Kind::file);
    CHECK(b->manifest.chunk_size == 262'144);
    CHECK(b->manifest.size == 5);
    CHECK(hex(b->manifest.sha256) == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    // printf 'cifra item\0b.txt' | sha256sum
    CHECK(hex(b->manifest.item) == "6c13d5ba4020f6537868ea16b956e39b");
    CHECK(snapshot->find(b->manifest.item) == b);
    CHECK_FALSE(snapshot->find(proto::Id16{}));
    CHECK_FALSE(snapshot->find_name("b.tx"));

    const auto music = snapshot->find_name("music.mp3");
    REQUIRE(music);
    CHECK(music->manifest.kind == proto::Kind::audio);
    CHECK(music->manifest.chunk_size == 16'384);
    CHECK(music->manifest.artist == "Kenta Cho");
    CHECK(manifest_for(*b, 65'536).chunk_size == 65'536);
    CHECK(manifest_for(*music, 65'536).chunk_size == 16'384);
}

TEST_CASE("nothing leads out of media_dir") {
    const Library library;
    library.folder.write("secret", "outside");
    library.write("inner/file", "inside");
    const auto media = library.folder / "media";
    std::filesystem::create_symlink("../secret", media / "relative");
    std::filesystem::create_symlink(library.folder / "secret", media / "absolute");
    std::filesystem::create_symlink("inner/file", media / "link");
    std::filesystem::create_symlink("none", media / "dangling");
    std::filesystem::create_symlink("loop", media / "loop");
    std::filesystem::create_directory_symlink("..", media / "up");
    std::filesystem::create_directory_symlink("/proc/self", media / "proc");
    std::filesystem::create_directory_symlink("inner", media / "folder-link");
    REQUIRE(::mkfifo((media / "fifo").c_str(), 0600) == 0);
    auto catalogue = library.open();
    const auto report = catalogue.rescan();
    CHECK(names(catalogue) == Names{"inner/file", "link"});
    CHECK(report.skipped == 4);
    CHECK_FALSE(catalogue.add("../secret"));
    CHECK_FALSE(catalogue.add("relative"));
    CHECK_FALSE(catalogue.add("fifo"));
    CHECK_FALSE(catalogue.add(""));
}

TEST_CASE("names that are no text are left out") {
    const Library library;
    library.write("good", "1");
    library.write("bad\xff", "2");
    library.write("line\nbreak", "3");
    library.write("escape\x1b[2J", "4");
    library.write(std::string("csi\xc2\x9b"), "5");
    library.write(
        "bad\xff"
        "folder/x",
        "6");
    std::string deep;
    for (int i = 0; i < 6; ++i) deep += std::string(200, 'd') + '/';
    library.write(deep + "x", "7");
    auto catalogue = library.open();
    const auto report = catalogue.rescan();
    CHECK(names(catalogue) == Names{"good"});
    CHECK(report.skipped == 6);
}

TEST_CASE("the revision changes with the contents, and only then") {
    const Library library;
    library.write("a", "one");
    auto catalogue = library.open();
    const auto empty = catalogue.snapshot()->revision();
    catalogue.rescan();
    const auto one = catalogue.snapshot()->revision();
    CHECK(one != empty);
    catalogue.rescan();
    CHECK(catalogue.snapshot()->revision() == one);
    {
        auto again = library.open();
        again.rescan();
        CHECK(again.snapshot()->revision() == one);
    }
    std::filesystem::last_write_time(library.folder / "media/a",
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    CHECK(catalogue.rescan().changed == 1);
    CHECK(catalogue.snapshot()->revision() == one); // touched: the same contents
    library.write("a", "two!");
    catalogue.rescan();
    const auto two = catalogue.snapshot()->revision();
    CHECK(two != one);
    std::filesystem::rename(library.folder / "media/a", library.folder / "media/b");
    const auto report = catalogue.rescan();
    CHECK(report.added == 1);
    CHECK(report.removed == 1);
    CHECK(catalogue.snapshot()->revision() != two);
    std::filesystem::remove(library.folder / "media/b");
    CHECK(catalogue.rescan().removed == 1);
    CHECK(catalogue.snapshot()->revision() == empty);
    CHECK(empty != 0);
}

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

TEST_CASE("a media_dir that went away leaves the catalogue as it was") {
    const Library library;
    library.write("a", "1");
    auto catalogue = library.open();
    catalogue.rescan();
    std::filesystem::rename(library.folder / "media", library.folder / "unmounted");
    CHECK_FALSE(catalogue.rescan().complete);
    CHECK(names(catalogue) == Names{"a"});
}

TEST_CASE("each word of a query has to occur somewhere, regardless of case") {
    const Library library;
    library.write("Música/Ária.txt", "1");
    library.write("notes ONE.txt", "2");
    library.write("song.mp3", test::bare_mp3() + test::id3v1("Blue Moon",
                                                             "The \xc3\x9c"
                                                             "bers",
                                                             "First"));
    auto catalogue = library.open();
    catalogue.rescan();
    CHECK(found(catalogue, "").size() == 3);
    CHECK(found(catalogue, "   ").size() == 3);
    CHECK(found(catalogue, "música") == Names{"Música/Ária.txt"});
    CHECK(found(catalogue, "MÚSICA áRIA") == Names{"Música/Ária.txt"});
    CHECK(found(catalogue, "one NOTES") == Names{"notes ONE.txt"});
    CHECK(found(catalogue, "moon ÜBERS first mp3") == Names{"song.mp3"});
    CHECK(found(catalogue, "moon ubers").empty());
    CHECK(found(catalogue, "moonthe").empty()); // no match across fields
    CHECK(found(catalogue, ".txt").size() == 2);
}

TEST_CASE("pages cover the catalogue once, in order, each within its limits") {
    const Library library;
    Names all;
    for (int i = 0; i < 120; ++i) {
        auto name = std::to_string(1000 + i);
        for (int k = 0; k < 4; ++k) name += '/' + std::string(200, 'x');
        library.write(name, "");
        all.push_back(name);
    }
    auto catalogue = library.open();
    catalogue.rescan();
    const auto snapshot = catalogue.snapshot();
    for (const auto limit : std::vector<std::uint16_t>{0, 1, 7, 65'535}) {
        Names seen;
        std::uint64_t cursor = 0;
        int pages = 0;
        do {
            const auto page = snapshot->page("xx", cursor, limit, 16'384);
            CHECK(page.revision == snapshot->revision());
            CHECK(page.total == 120);
            CHECK(encode(page).size() <= proto::catalogue_limit);
            if (limit != 0) CHECK(page.entries.size() <= limit);
            for (const auto& entry : page.entries) {
                seen.push_back(entry.name);
                CHECK(entry.chunk_size == 16'384);
            }
            REQUIRE(page.next_cursor != cursor);
            cursor = page.next_cursor;
            ++pages;
        } while (cursor != 0);
        CHECK(seen == all);
        if (limit == 0) {
            CHECK(pages == 2);
        }
    }
    CHECK(snapshot->page("", 100'000, 0, 16'384).entries.empty());
    CHECK(snapshot->page("", UINT64_MAX, 0, 16'384).next_cursor == 0);
    CHECK(snapshot->page("nothing", 0, 0, 16'384).total == 0);
}

TEST_CASE("scans, additions and readers go on at once") {
    const Library library;
    for (int i = 0; i < 20; ++i) library.write("base" + std::to_string(i), "x");
    auto catalogue = library.open();
    catalogue.rescan();
    std::atomic<bool> stop = false;
    std::atomic<std::size_t> least = 1000;
    std::thread reader([&] {
        while (!stop) {
            const auto page = catalogue.snapshot()->page("base", 0, 0, 16'384);
            least = std::min<std::size_t>(least, page.entries.size());
        }
    });
    std::thread scanner([&] {
        for (int i = 0; i < 30; ++i) catalogue.rescan();
    });
    for (int i = 0; i < 30; ++i) {
        const auto name = "new" + std::to_string(i);
        library.write(name, "y");
        catalogue.add(name);
    }
    scanner.join();
    stop = true;
    reader.join();
    CHECK(least == 20);
    catalogue.rescan();
    CHECK(names(catalogue).size() == 50);
}
