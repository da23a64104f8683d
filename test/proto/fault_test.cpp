// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace cifra::proto {

TEST_CASE("each fault has a name of its own") {
    std::set<std::string> names;
    int count = 0;
    for (int i = 0; i <= static_cast<int>(Fault::not_proven); ++i) {
        const std::string name = describe(static_cast<Fault>(i));
        CHECK(name != "unknown fault");
        names.insert(name);
        ++count;
    }
    CHECK(names.size() == static_cast<std::size_t>(count));
}

TEST_CASE("the value of a faulty result throws") {
    const Result<int> result = Fault::bad_text;
    CHECK_THROWS_AS(result.value(), std::logic_error);
}

TEST_CASE("the first fault of a reader sticks") {
    const Bytes bytes{1, 2, 3};
    Reader reader(bytes);
    CHECK(reader.u8() == 1);
    CHECK(reader.u32() == 0);
    CHECK(reader.u8() == 0);
    CHECK(reader.bytes(0).empty());
    CHECK_FALSE(reader.ok());
    reader.fail(Fault::bad_text);
    CHECK(reader.finish(0).error() == Fault::truncated);
}

TEST_CASE("a length is checked against its limit before it is read") {
    const Bytes bytes{0xFF, 0xFF};
    Reader reader(bytes);
    reader.bytes16(10);
    CHECK(reader.finish().error() == Fault::too_large);
}

TEST_CASE("integers are big-endian, and none is written over its width") {
    const auto bytes = Writer().u8(1).u16(0x0203).u24(0x040506).u32(0x0708090a).u64(0x0b0c0d0e0f101112).take();
    REQUIRE(bytes.size() == 18);
    for (std::size_t i = 0; i < bytes.size(); ++i) CHECK(bytes[i] == i + 1);
    Reader reader(bytes);
    CHECK(reader.u8() == 1);
    CHECK(reader.u16() == 0x0203);
    CHECK(reader.u24() == 0x040506);
    CHECK(reader.u32() == 0x0708090a);
    CHECK(reader.u64() == 0x0b0c0d0e0f101112);
    CHECK(reader.finish().has_value());
    CHECK_THROWS_AS(Writer().u24(0x1000000), std::length_error);
    CHECK_THROWS_AS(Writer().count8(256), std::length_error);
    CHECK_THROWS_AS(Writer().count16(0x10000), std::length_error);
}

} // namespace cifra::proto
