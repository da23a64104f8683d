// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/names.hpp"

#include "proto/frame.hpp"
#include "proto/messages.hpp"
#include "specification.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <sstream>

namespace cifra::proto::test {
namespace {

int hexadecimal(const std::string& cell) { return std::stoi(cell, nullptr, 16); }

} // namespace

TEST_CASE("suites are those of section 3, in its order") {
    const auto rows = specification_table({"suite", "key", "protection"});
    REQUIRE(rows.size() == suite_count);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto suite = static_cast<Suite>(i);
        CHECK(name_of(suite) == rows[i].at(0));
        CHECK(suite_named(rows[i].at(0)) == suite);
    }
    CHECK(name_of(Suite::tdes_cbc_sha256) == "3DES_CBC_SHA256");
    CHECK(name_of(Suite::chacha20_poly1305_sha256) == "CHACHA20_POLY1305_SHA256");
}

TEST_CASE("groups are those of section 3") {
    const auto rows = specification_table({"group", "code", "public key"});
    REQUIRE(rows.size() == all_groups.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(rows[i].at(0));
        const auto group = group_named(rows[i].at(0));
        REQUIRE(group.has_value());
        CHECK(*group == all_groups[i]);
        CHECK(name_of(*group) == rows[i].at(0));
        CHECK(static_cast<int>(*group) == hexadecimal(rows[i].at(1)));
        CHECK(group_from(static_cast<std::uint16_t>(hexadecimal(rows[i].at(1)))) == group);
        CHECK(public_key_length(*group) == std::stoul(rows[i].at(2)));
    }
    CHECK(name_of(Group::p384) == "P-384");
}

TEST_CASE("signature schemes are those of section 3") {
    const auto rows = specification_table({"scheme", "code"});
    REQUIRE(rows.size() == all_schemes.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(rows[i].at(0));
        const auto scheme = scheme_named(rows[i].at(0));
        REQUIRE(scheme.has_value());
        CHECK(*scheme == all_schemes[i]);
        CHECK(name_of(*scheme) == rows[i].at(0));
        CHECK(static_cast<int>(*scheme) == hexadecimal(rows[i].at(1)));
        CHECK(scheme_from(static_cast<std::uint16_t>(hexadecimal(rows[i].at(1)))) == scheme);
    }
    CHECK(name_of(Scheme::rsa_pss_sha512) == "rsa_pss_sha512");
}

TEST_CASE("no other name or code is known") {
    CHECK_FALSE(suite_named(""));
    CHECK_FALSE(suite_named("aes256_gcm_sha384"));
    CHECK_FALSE(suite_named("AES256_GCM_SHA384 "));
    CHECK_FALSE(group_named("x25519"));
    CHECK_FALSE(scheme_named("ED25519"));
    int groups = 0, schemes = 0;
    for (int code = 0; code <= 0xFFFF; ++code) {
        groups += group_from(static_cast<std::uint16_t>(code)) ? 1 : 0;
        schemes += scheme_from(static_cast<std::uint16_t>(code)) ? 1 : 0;
    }
    CHECK(groups == 6);
    CHECK(schemes == 9);
}

TEST_CASE("inner types are those of section 8") {
    std::map<int, std::string> specified;
    for (const auto& row : specification_table({"type", "message", "body"})) {
        std::istringstream codes(row.at(0)), names(row.at(1));
        std::string code, name;
        while (std::getline(codes, code, ',') && std::getline(names >> std::ws, name, ','))
            specified[std::stoi(code)] = name;
    }
    REQUIRE(specified.size() == 19);
    std::map<int, std::string> known;
    for (int code = 0; code <= 255; ++code) {
        const auto type = inner_type_from(static_cast<std::uint8_t>(code));
        if (!type) {
            CHECK(type.error() == Fault::unknown_type);
            continue;
        }
        CHECK(static_cast<int>(*type) == code);
        CHECK(is_application(*type) == (code >= 16));
        known[code] = std::string(name_of(*type));
    }
    CHECK(known == specified);
    CHECK(name_of(InnerType::rotate_response) == "ROTATE_RESPONSE");
    CHECK(name_of(InnerType::close) == "CLOSE");
    CHECK(name_of(InnerType::licence_request) == "LICENCE_REQUEST");
    CHECK(name_of(InnerType::licence) == "LICENCE");
}

TEST_CASE("limits of frames are those of section 2") {
    std::map<int, std::string> limit;
    for (const auto& row : specification_table({"type", "name", "sent by", "payload, at most"}))
        limit[std::stoi(row.at(0))] = row.at(3);
    REQUIRE(limit.size() == 7);
    CHECK(limit[1] == std::to_string(negotiation_limit));
    CHECK(limit[2] == std::to_string(negotiation_limit));
    CHECK(limit[3] == std::to_string(dh_parameters_limit));
    CHECK(limit[4] == std::to_string(dh_parameters_limit));
    CHECK(limit[5] == "16 640 until OK; then max(65 536, chunk limit) + 4096");
    CHECK(secure_limit_before_ok == 16'640);
}

} // namespace cifra::proto::test
