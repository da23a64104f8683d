// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/frame.hpp"

#include <catch2/catch.hpp>

namespace cifra::proto {
namespace {

std::array<std::uint8_t, 4> header(std::uint32_t type, std::uint32_t length) {
    return {static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(length >> 16),
            static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
}

Fault fault_of(std::uint32_t type, std::uint32_t length, const FrameLimits& limits = {}) {
    const auto result = parse_frame_header(header(type, length), limits);
    REQUIRE(result.has_error());
    return result.error();
}

void check_taken(std::uint32_t type, std::uint32_t length, const FrameLimits& limits = {}) {
    INFO("type " << type << ", length " << length);
    const auto result = parse_frame_header(header(type, length), limits);
    REQUIRE(result.has_value());
    CHECK(static_cast<std::uint32_t>(result->type) == type);
    CHECK(result->length == length);
}

void check_limit(std::uint32_t type, std::uint32_t most, const FrameLimits& limits = {}) {
    for (const auto length : {0U, 1U, most - 1, most}) check_taken(type, length, limits);
    for (const auto length : {most + 1, 0xFFFFFFU}) {
        INFO("type " << type << ", length " << length);
        CHECK(fault_of(type, length, limits) == Fault::too_large);
    }
}

} // namespace

TEST_CASE("R-1: limits of frames on the header") {
    check_limit(1, 4096);
    check_limit(2, 4096);
    check_limit(3, 1024);
    check_limit(4, 1024);
    check_limit(5, 16'640);
}

TEST_CASE("R-5: the limit of SECURE_X follows what the receiver says") {
    check_limit(5, 69'632, {secure_limit_after_ok(min_chunk), 0});
    check_limit(5, 69'632, {secure_limit_after_ok(65'536), 0});
    check_limit(5, 135'168, {secure_limit_after_ok(131'072), 0});
    check_limit(5, 1'052'672, {secure_limit_after_ok(max_chunk), 0});
}

TEST_CASE("MAC has exactly the length of the suite's hash") {
    for (const auto mac : {32U, 48U, 64U}) {
        const FrameLimits limits{secure_limit_before_ok, mac};
        check_taken(6, mac, limits);
        for (const auto length : {0U, 1U, mac - 1, mac + 1, 0xFFFFFFU})
            CHECK(fault_of(6, length, limits) == Fault::too_large);
    }
}

TEST_CASE("MAC is refused in a suite that has none") {
    for (const auto length : {0U, 32U}) CHECK(fault_of(6, length) == Fault::too_large);
}

TEST_CASE("R-3: REFUSED has exactly two bytes") {
    check_taken(7, 2);
    for (const auto length : {0U, 1U, 3U, 0xFFFFFFU}) CHECK(fault_of(7, length) == Fault::too_large);
}

TEST_CASE("R-2: every other type is unknown, whatever its length") {
    CHECK(fault_of(0, 0) == Fault::unknown_type);
    for (std::uint32_t type = 8; type <= 255; ++type) {
        CHECK(fault_of(type, 0) == Fault::unknown_type);
        CHECK(fault_of(type, 0xFFFFFF) == Fault::unknown_type);
    }
}

TEST_CASE("a frame's header is type and length, big-endian") {
    std::array<std::uint8_t, 4> out{};
    write_frame_header(out, {FrameType::secure_x, 0x010203});
    CHECK(out == std::array<std::uint8_t, 4>{5, 1, 2, 3});
    const Bytes payload{0, 5};
    CHECK(make_frame(FrameType::refused, payload) == Bytes{7, 0, 0, 2, 0, 5});
    CHECK(make_frame(FrameType::negotiation, {}) == Bytes{1, 0, 0, 0});
}

TEST_CASE("a length over 24 bits is never written") {
    std::array<std::uint8_t, 4> out{};
    CHECK_NOTHROW(write_frame_header(out, {FrameType::secure_x, 0xFFFFFF}));
    CHECK_THROWS_AS(write_frame_header(out, {FrameType::secure_x, 0x1000000}), std::length_error);
    CHECK_THROWS_AS(make_frame(FrameType::secure_x, Bytes(0x1000000)), std::length_error);
}

} // namespace cifra::proto
