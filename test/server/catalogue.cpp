// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue.hpp"

#include "library.hpp"
#include "mp3.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <atomic>
#include <thread>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;

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
    library.write("override\u202egpj.exe", "5");
    library.write("isolate\u2066/x", "5");
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
    CHECK(report.skipped == 8);
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

TEST_CASE("a media_dir that went away leaves the catalogue as it was") {
    const Library library;
    library.write("a", "1");
    auto catalogue = library.open();
    catalogue.rescan();
    std::filesystem::rename(library.folder / "media", library.folder / "unmounted");
    CHECK_FALSE(catalogue.rescan().complete);
    CHECK(names(catalogue) == Names{"a"});
}

TEST_CASE("scans, additions and readers go on at once") {
    const Library library;
    for (int i = 0; i < 20; ++i) library.write("base" + std::to_string(i), "x");
    auto catalogue = library.open();
    catalogue.rescan();
    std::atomic<bool> stop = false;
    std::atomic<std::size_t> least = 1000;
    std::thread reader([&] {
        do {
            const auto page = catalogue.snapshot()->page("base", 0, 0, 16'384);
            least = std::min<std::size_t>(least, page.entries.size());
        } while (!stop);
    });
    std::thread scanner([&] {
        while (!stop) catalogue.rescan();
    });
    for (int i = 0; i < 30; ++i) {
        const auto name = "new" + std::to_string(i);
        library.write(name, "y");
        catalogue.add(name);
        // A scan that began before does not take it away again.
        for (int k = 0; k <= i; ++k) CHECK(catalogue.snapshot()->find_name("new" + std::to_string(k)));
    }
    stop = true;
    scanner.join();
    reader.join();
    CHECK(least == 20);
    CHECK(names(catalogue).size() == 50);
}

TEST_CASE("what is added while a scan goes on stays") {
    const Library library;
    std::filesystem::resize_file(library.write("large", ""), 200'000'000); // takes a while to hash
    auto catalogue = library.open();
    std::thread scanner([&] { catalogue.rescan(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    library.write("new", "y");
    CHECK(catalogue.add("new"));
    scanner.join();
    CHECK(names(catalogue) == Names{"large", "new"});
}
