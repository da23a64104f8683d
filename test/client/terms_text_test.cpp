// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/terms_text.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include <cstdlib>

using namespace cifra;
using namespace cifra::client;
using proto::Terms;
using proto::TermsRenewal;
using proto::TermsState;

namespace {

constexpr std::time_t now = 1'798'000'000;        // 2026-12-23 04:26:40 UTC
constexpr std::uint64_t new_year = 1'798'761'600; // 2027-01-01 00:00:00 UTC
constexpr std::uint64_t in_an_hour = now + 3600;  // 05:26

Terms terms_of(TermsState state) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    Terms terms;
    terms.state = state;
    return terms;
}

Terms plays(std::uint64_t left, TermsState state = TermsState::active) {
    auto terms = terms_of(state);
    terms.plays = left;
    return terms;
}

} // namespace

TEST_CASE("what remains, in a few words") {
    CHECK(show_terms(terms_of(TermsState::open), now) == "open");
    CHECK(show_terms(terms_of(TermsState::ready), now) == "no limit");
    CHECK(show_terms(plays(1), now) == "1 play left");
    auto terms = plays(3);
    CHECK(show_terms(terms, now) == "3 plays left");
    terms.not_after = new_year;
    CHECK(show_terms(terms, now) == "3 plays left, until 2027-01-01");
    terms.units = 100;
    CHECK(show_terms(terms, now) == "3 plays and 100 chunks left, until 2027-01-01");
    terms.seconds = 3723;
    CHECK(show_terms(terms, now) == "3 plays, 100 chunks and 1:02:03 of sound left, until 2027-01-01");
    terms = terms_of(TermsState::ready);
    terms.not_after = in_an_hour;
    CHECK(show_terms(terms, now) == "until 2026-12-23 05:26");
}

TEST_CASE("states in a few words") {
    CHECK(show_terms(plays(0, TermsState::exhausted), now) == "used up");
    CHECK(show_terms(terms_of(TermsState::returned), now) == "given back");
    CHECK(show_terms(terms_of(TermsState::revoked), now) == "withdrawn");
    CHECK(show_terms(terms_of(TermsState::cancelled), now) == "cancelled");
    CHECK(show_terms(terms_of(TermsState::none), now) == "no licence");
    auto terms = terms_of(TermsState::expired);
    CHECK(show_terms(terms, now) == "ended");
    terms.not_after = 1'767'225'600;
    CHECK(show_terms(terms, now) == "ended 2026-01-01");
    terms = terms_of(TermsState::not_yet);
    CHECK(show_terms(terms, now) == "not yet");
    terms.not_before = new_year;
    CHECK(show_terms(terms, now) == "from 2027-01-01 on");
}

TEST_CASE("times that no calendar has are no end") {
    auto terms = terms_of(TermsState::active);
    terms.not_after =
        GENERATE(as<std::uint64_t>{}, proto::no_limit, proto::no_limit - 1, std::uint64_t{1} << 63, 253'402'300'800);
    CHECK(show_terms(terms, now) == "no limit");
    terms.not_after = 253'402'300'799;
    CHECK(show_terms(terms, now) == "until 9999-12-31");
}

TEST_CASE("what a refusal adds") {
    auto terms = plays(0, TermsState::exhausted);
    CHECK(show_remains(terms, now) == "no play left");
    terms.not_after = new_year;
    CHECK(show_remains(terms, now) == "no play left, until 2027-01-01");
    terms = plays(2, TermsState::expired);
    terms.not_after = 1'767'225'600;
    CHECK(show_remains(terms, now) == "it ended 2026-01-01, with 2 plays left");
    terms = terms_of(TermsState::not_yet);
    terms.not_before = new_year;
    CHECK(show_remains(terms, now) == "it is good from 2027-01-01 on");
    CHECK(show_remains(plays(2), now) == "2 plays left");
    for (const auto state : {TermsState::open, TermsState::returned, TermsState::revoked, TermsState::none})
        CHECK(show_remains(terms_of(state), now).empty());
}

TEST_CASE("what is left behind a play that begins") {
    CHECK(show_left_behind(plays(4), now) == "4 plays left behind this one");
    CHECK(show_left_behind(plays(0, TermsState::exhausted), now) == "no play left behind this one");
    auto terms = plays(1);
    terms.units = 7;
    terms.not_after = new_year;
    CHECK(show_left_behind(terms, now) == "1 play left behind this one, 7 chunks left, until 2027-01-01");
    terms = terms_of(TermsState::active);
    CHECK(show_left_behind(terms, now).empty());
    terms.seconds = 0;
    CHECK(show_left_behind(terms, now) == "no time left");
    CHECK(show_left_behind(terms_of(TermsState::open), now).empty());
}

TEST_CASE("what to do next, by who may renew") {
    auto terms = plays(0, GENERATE(TermsState::exhausted, TermsState::expired));
    CHECK(next_step(terms, "it", now) == "ask the operator for a new licence");
    terms.renewal = TermsRenewal::by_operator;
    CHECK(next_step(terms, "it", now) == "ask the operator to renew it");
    terms.renewal = TermsRenewal::free;
    CHECK_FALSE(is_renewable(terms));
    CHECK_THAT(next_step(terms, "it", now), Catch::StartsWith("it was renewed as often as it may be"));
    terms.renewals = 2;
    CHECK(is_renewable(terms));
    CHECK(next_step(terms, "it", now) == "renew it: cifra renew it");
    terms.renewal = TermsRenewal::voucher;
    CHECK(next_step(terms, "it", now) == "renew it with a voucher: cifra renew it --voucher CODE");
}

TEST_CASE("what renewing cannot help is not renewed") {
    auto terms = terms_of(GENERATE(TermsState::returned, TermsState::revoked, TermsState::cancelled, TermsState::none));
    terms.renewal = TermsRenewal::free;
    terms.renewals = 2;
    CHECK_FALSE(is_renewable(terms));
    CHECK(next_step(terms, "it", now) == "ask the operator for a new licence");
    terms.state = TermsState::not_yet;
    terms.not_before = new_year;
    CHECK_FALSE(is_renewable(terms));
    CHECK(next_step(terms, "it", now) == "try again on 2027-01-01");
    terms.not_before = 1;
    CHECK_THAT(next_step(terms, "it", now), Catch::Contains("clock"));
    CHECK(next_step(terms_of(TermsState::active), "it", now).empty());
}

TEST_CASE("who may renew, and how often") {
    auto terms = plays(1);
    CHECK(show_renewal(terms) == "no");
    terms.renewal = TermsRenewal::by_operator;
    CHECK(show_renewal(terms) == "by the operator");
    terms.renewal = TermsRenewal::free;
    CHECK(show_renewal(terms) == "at will, not any more");
    terms.renewals = 1;
    CHECK(show_renewal(terms) == "at will, once");
    terms.renewal = TermsRenewal::voucher;
    terms.renewals = 3;
    CHECK(show_renewal(terms) == "with a voucher, 3 times");
    terms.renewals = proto::no_limit;
    CHECK(show_renewal(terms) == "with a voucher");
    CHECK(show_renewal(terms_of(TermsState::open)).empty());
    CHECK(show_rights(proto::right_play | proto::right_save) == "play, save");
    CHECK(show_rights(15) == "play, save, bridge, preview");
    CHECK(show_rights(0) == "nothing");
}

TEST_CASE("terms as JSON: no limit is null") {
    auto terms = plays(3);
    terms.renewal = TermsRenewal::by_operator;
    terms.rights = proto::right_play;
    terms.not_after = new_year;
    CHECK(boost::json::serialize(to_json(terms)) ==
          R"({"state":"active","rights":["play"],"plays":3,"units":null,"seconds":null,"not_before":null,)"
          R"("not_after":1798761600,"renewal":"operator","renewals":0})");
    CHECK(to_json(terms_of(TermsState::not_yet)).at("state").as_string() == "not_yet");
    CHECK(to_json(terms_of(TermsState::open)).at("not_after").is_null());
}

TEST_CASE("an item in a command needs no quotes") {
    proto::Entry entry;
    entry.item[15] = 0x1f;
    entry.name = "talk-1_a+b.mp3";
    CHECK(word_for(entry) == entry.name);
    entry.name = GENERATE("a talk.mp3", "-o", "$(x)", "it's", "Grüße.mp3", "a;b", "");
    CHECK(word_for(entry) == "0000000000000000000000000000001f");
}
