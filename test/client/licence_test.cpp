// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// `cifra renew` and `cifra return`.
#include "lending.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;
using Catch::Contains;
using proto::ErrorCode;
using proto::LicenceAction;

TEST_CASE("renewing sends the voucher that was given, or none") {
    Lending meeting;
    meeting.use_up(proto::TermsRenewal::free);
    const std::string voucher = GENERATE("", "ABCD-EFGH");
    CHECK_FALSE(meeting.renew(voucher));
    REQUIRE(meeting.requests.size() == 1);
    CHECK(meeting.requests[0].action == LicenceAction::renew);
    CHECK(meeting.requests[0].item == meeting.entry.item);
    CHECK(meeting.requests[0].voucher == voucher);
}

TEST_CASE("a voucher that is needed and cannot be asked for") {
    Lending meeting;
    meeting.use_up(proto::TermsRenewal::voucher);
    const auto failure = meeting.renew();
    REQUIRE(failure);
    CHECK(failure->status == Exit::usage);
    CHECK_THAT(failure->remedy, Contains("cifra renew it --voucher CODE"));
    CHECK(meeting.requests.empty());
}

TEST_CASE("a renewal that is refused") {
    Lending meeting;
    meeting.use_up(proto::TermsRenewal::free);
    meeting.renewal_denial = GENERATE(ErrorCode::voucher_refused, ErrorCode::not_renewable);
    const auto failure = meeting.renew("X");
    REQUIRE(failure);
    CHECK(failure->status == Exit::licence);
    CHECK_THAT(failure->what(), Contains("]; no play left"));
    CHECK_FALSE(failure->remedy.empty());
    CHECK(meeting.requests.size() == 1);
}

TEST_CASE("a renewal whose answer is lost is not asked for twice") {
    Lending meeting;
    meeting.use_up(proto::TermsRenewal::free);
    meeting.terms.renewals = 3;
    const bool done = GENERATE(true, false);
    meeting.server.manners.licence = [&](Visit& visit, const proto::LicenceRequest& asked) {
        if (asked.action == LicenceAction::show) return meeting.on_licence(visit, asked);
        if (done) meeting.obey(asked);
        Lending::cut(visit);
    };
    const auto failure = meeting.renew();
    CHECK(meeting.terms.renewals == (done ? 2 : 3));
    if (done) {
        CHECK_FALSE(failure);
        REQUIRE(meeting.requests.size() == 2);
        CHECK(meeting.requests[1].action == LicenceAction::show);
    } else {
        REQUIRE(failure);
        CHECK(failure->status == Exit::lost);
        CHECK_THAT(failure->what(), Contains("nothing was renewed"));
    }
}

TEST_CASE("giving back needs a word when nobody can be asked") {
    Lending meeting;
    const auto failure = meeting.give_back(false);
    REQUIRE(failure);
    CHECK(failure->status == Exit::usage);
    CHECK_THAT(failure->remedy, Contains("--yes"));
    CHECK(meeting.server.visits() == 0);
    CHECK_FALSE(meeting.give_back());
    REQUIRE(meeting.requests.size() == 1);
    CHECK(meeting.requests[0].action == LicenceAction::give_back);
}

TEST_CASE("what was given back before the answer was lost is given back") {
    Lending meeting;
    meeting.server.manners.licence = [&](Visit& visit, const proto::LicenceRequest& asked) {
        if (visit.number != 0) {
            visit.session.refuse(asked.request, ErrorCode::returned);
            return;
        }
        meeting.obey(asked);
        Lending::cut(visit);
    };
    CHECK_FALSE(meeting.give_back());
    CHECK(meeting.server.visits() == 2);
    // Not so for what was given back before.
    meeting.renewal_denial = ErrorCode::returned;
    meeting.server.manners.licence = [&](Visit& visit, const proto::LicenceRequest& asked) {
        meeting.on_licence(visit, asked);
    };
    const auto failure = meeting.give_back();
    REQUIRE(failure);
    CHECK(failure->status == Exit::licence);
}

TEST_CASE("what needs no licence is neither renewed nor given back") {
    Lending meeting;
    meeting.terms = {};
    CHECK_FALSE(meeting.renew());
    CHECK_FALSE(meeting.give_back());
    CHECK(meeting.requests.empty());
}
