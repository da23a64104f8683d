// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "specification.hpp"

#include "proto/codes.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <regex>
#include <set>

namespace cifra::proto::test {
namespace {

using Codes = std::map<int, std::string>;

template <class Enum>
Codes known_codes() {
    Codes found;
    for (int code = 0; code <= 0xFFFF; ++code)
        if (const auto name = text_of(static_cast<Enum>(code)).name; name != "UNKNOWN") found[code] = std::string(name);
    return found;
}

template <class Enum>
void check_texts() {
    std::set<std::string_view> names;
    for (const auto& [code, name] : known_codes<Enum>()) {
        INFO(name);
        const auto text = text_of(static_cast<Enum>(code));
        CHECK(names.insert(text.name).second);
        CHECK_FALSE(text.text.empty());
        CHECK_FALSE(text.remedy.empty());
    }
}

} // namespace

TEST_CASE("codes of ERROR are those of section 8.3") {
    Codes specified;
    for (const auto& row : specification_table({"code", "name", "scope"})) specified[std::stoi(row.at(0))] = row.at(1);
    REQUIRE(specified.size() == 41);
    CHECK(known_codes<ErrorCode>() == specified);
    check_texts<ErrorCode>();
}

TEST_CASE("each enumerator of ERROR has the code of its name") {
    CHECK(text_of(ErrorCode::bad_record).name == "BAD_RECORD");
    CHECK(text_of(ErrorCode::protocol).name == "PROTOCOL");
    CHECK(text_of(ErrorCode::auth_failed).name == "AUTH_FAILED");
    CHECK(text_of(ErrorCode::user_refused).name == "USER_REFUSED");
    CHECK(text_of(ErrorCode::timeout).name == "TIMEOUT");
    CHECK(text_of(ErrorCode::rotation_timeout).name == "ROTATION_TIMEOUT");
    CHECK(text_of(ErrorCode::busy).name == "BUSY");
    CHECK(text_of(ErrorCode::shutting_down).name == "SHUTTING_DOWN");
    CHECK(text_of(ErrorCode::internal).name == "INTERNAL");
    CHECK(text_of(ErrorCode::limit).name == "LIMIT");
    CHECK(text_of(ErrorCode::session_expired).name == "SESSION_EXPIRED");
    CHECK(text_of(ErrorCode::revoked).name == "REVOKED");
    CHECK(text_of(ErrorCode::unavailable).name == "UNAVAILABLE");
    CHECK(text_of(ErrorCode::stale_cursor).name == "STALE_CURSOR");
    CHECK(text_of(ErrorCode::changed).name == "CHANGED");
    CHECK(text_of(ErrorCode::read_failed).name == "READ_FAILED");
    CHECK(text_of(ErrorCode::name_refused).name == "NAME_REFUSED");
    CHECK(text_of(ErrorCode::exists).name == "EXISTS");
    CHECK(text_of(ErrorCode::quota).name == "QUOTA");
    CHECK(text_of(ErrorCode::no_space).name == "NO_SPACE");
    CHECK(text_of(ErrorCode::hash_mismatch).name == "HASH_MISMATCH");
    CHECK(text_of(ErrorCode::uploads_off).name == "UPLOADS_OFF");
    CHECK(text_of(ErrorCode::superseded).name == "SUPERSEDED");
    CHECK(text_of(ErrorCode::too_large).name == "TOO_LARGE");
    CHECK(text_of(ErrorCode::exhausted).name == "EXHAUSTED");
    CHECK(text_of(ErrorCode::expired).name == "EXPIRED");
    CHECK(text_of(ErrorCode::not_yet).name == "NOT_YET");
    CHECK(text_of(ErrorCode::returned).name == "RETURNED");
    CHECK(text_of(ErrorCode::licence_revoked).name == "LICENCE_REVOKED");
    CHECK(text_of(ErrorCode::cancelled).name == "CANCELLED");
    CHECK(text_of(ErrorCode::concurrent).name == "CONCURRENT");
    CHECK(text_of(ErrorCode::right_missing).name == "RIGHT_MISSING");
    CHECK(text_of(ErrorCode::voucher_refused).name == "VOUCHER_REFUSED");
    CHECK(text_of(ErrorCode::not_renewable).name == "NOT_RENEWABLE");
    CHECK(text_of(ErrorCode::ledger_away).name == "LEDGER_AWAY");
    CHECK(text_of(ErrorCode::play_over).name == "PLAY_OVER");
}

TEST_CASE("codes of REFUSED are those of section 4.6") {
    const auto text = specification_paragraph("### 4.6 Codes of REFUSED");
    const std::regex code_and_name("([0-9]+) ([A-Z]+) \\(|([0-9]+) ([A-Z]+) ·");
    Codes specified;
    for (auto i = std::sregex_iterator(text.begin(), text.end(), code_and_name); i != std::sregex_iterator(); ++i) {
        const int group = (*i)[1].matched ? 1 : 3;
        specified[std::stoi((*i)[static_cast<std::size_t>(group)])] = (*i)[static_cast<std::size_t>(group) + 1];
    }
    REQUIRE(specified.size() == 6);
    CHECK(known_codes<RefusedCode>() == specified);
    check_texts<RefusedCode>();
    CHECK(text_of(RefusedCode::version).name == "VERSION");
    CHECK(text_of(RefusedCode::scheme).name == "SCHEME");
}

TEST_CASE("a code outside the tables still has a text") {
    for (const auto text :
         {text_of(ErrorCode{}), text_of(ErrorCode{18}), text_of(ErrorCode{31}), text_of(ErrorCode{56}),
          text_of(ErrorCode{0xFFFF}), text_of(RefusedCode{}), text_of(RefusedCode{7})}) {
        CHECK(text.name == "UNKNOWN");
        CHECK_FALSE(text.text.empty());
        CHECK_FALSE(text.remedy.empty());
    }
}

} // namespace cifra::proto::test
