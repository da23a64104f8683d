// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "library.hpp"
#include "mp3.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;

namespace {

std::vector<std::string> found(const Catalogue& catalogue, std::string_view query) {
    std::vector<std::string> out;
    const auto page = catalogue.snapshot()->page(query, 0, 0, 1 << 20);
    out.reserve(page.entries.size());
    for (const auto& entry : page.entries) out.push_back(entry.name);
    CHECK(page.total == out.size());
    return out;
}

} // namespace

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
