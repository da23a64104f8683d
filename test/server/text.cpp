// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/text.hpp"

#include <catch2/catch.hpp>

using namespace cifra::server;

TEST_CASE("code points are taken and appended") {
    const std::string text = "aé€😀";
    std::string_view rest = text;
    std::string back;
    std::vector<char32_t> codes;
    while (!rest.empty()) {
        codes.push_back(take_code_point(rest).value());
        append_code_point(back, codes.back());
    }
    CHECK(codes == std::vector<char32_t>{U'a', U'é', U'€', U'😀'});
    CHECK(back == text);
}

TEST_CASE("what is not UTF-8 costs one byte") {
    const std::string bad = GENERATE("\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                     "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xc3(", "\xff");
    std::string_view rest = bad;
    CHECK_FALSE(take_code_point(rest));
    CHECK(rest.size() == bad.size() - 1);
}

TEST_CASE("case does not count, in Latin, Greek and Cyrillic") {
    CHECK(folded("ABC xyz") == "abc xyz");
    CHECK(folded("ÀÉÎÕÜ ÇŞ Ł") == folded("àéîõü çş ł"));
    CHECK(folded("ΣΊΣΥΦΟΣ") == folded("σίσυφος"));
    CHECK(folded("ЖУК") == folded("жук"));
    CHECK(folded("é") != folded("e"));
    CHECK(folded("日本") == "日本");
}

TEST_CASE("words stand between white space") {
    CHECK(words_of("").empty());
    CHECK(words_of(" \t\n ").empty());
    CHECK(words_of(" one  two\u00a0three\u3000four ") == std::vector<std::string>{"one", "two", "three", "four"});
}

TEST_CASE("text of tags is made fit to be shown") {
    CHECK(cleaned("  A title \0\0", 100) == "A title");
    CHECK(cleaned(std::string_view("A\0B\x1b[1m", 7), 100) == "A B [1m");
    CHECK(cleaned("a\xff", 100) == "a\ufffd");
    CHECK(cleaned("ééé", 5) == "éé");
    CHECK(cleaned("aaa bbb", 4) == "aaa");
    CHECK(cleaned("\t\n", 10).empty());
    CHECK(cleaned("\u202eright\u202c \u2066left\u2069", 100) == "right left");
    CHECK(cleaned(" \u202e \u2067", 100).empty());
    CHECK(cleaned("שלום\u200f", 100) == "שלום\u200f"); // marks are part of good writing
}

TEST_CASE("the distance between two names counts edits") {
    CHECK(edit_distance("user", "user") == 0);
    CHECK(edit_distance("uzer", "user") == 1);
    CHECK(edit_distance("usre", "user") == 1);
    CHECK(edit_distance("", "user") == 4);
    CHECK(edit_distance("chunk", "chunks") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}
