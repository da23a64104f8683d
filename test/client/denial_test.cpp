// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Refusals by licence: what a listener is told where nobody can ask her, and with which exit status.
#include "client/denial.hpp"
#include "lending.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;
using Catch::Contains;
using proto::ErrorCode;
using proto::TermsState;

namespace {

struct Denial {
    ErrorCode code{};
    TermsState state{};
    const char* says = "";
    const char* remedy = "";
};

// Times that are far from any test's.
constexpr std::uint64_t long_ago = 978'307'200, far_off = 32'503'680'000; // 2001-01-01, 3000-01-01

const std::array denials{
    Denial{ErrorCode::exhausted, TermsState::exhausted, "[EXHAUSTED]; no play left",
           "ask the operator for a new licence"},
    Denial{ErrorCode::expired, TermsState::expired, "[EXPIRED]; it ended 200", "ask the operator for a new licence"},
    Denial{ErrorCode::not_yet, TermsState::not_yet, "[NOT_YET]; it is good from ", "try again on "},
    Denial{ErrorCode::returned, TermsState::returned, "[RETURNED]", "ask the operator for a new licence"},
    Denial{ErrorCode::licence_revoked, TermsState::revoked, "[LICENCE_REVOKED]", "ask the operator for a new licence"},
    Denial{ErrorCode::cancelled, TermsState::cancelled, "[CANCELLED]", "ask the operator for a new licence"},
    Denial{ErrorCode::concurrent, TermsState::active, "[CONCURRENT]; 2 plays left", "stop it elsewhere"},
    Denial{ErrorCode::right_missing, TermsState::active, "[RIGHT_MISSING]; 2 plays left", "it allows: play; ask"},
    Denial{play_over, TermsState::active, "; 2 plays left", ""},
};

struct Refused : Lending {
    explicit Refused(const Denial& what) {
        terms.state = what.state;
        terms.rights = proto::right_play;
        terms.plays = what.code == ErrorCode::exhausted ? 0 : 2;
        if (what.state == TermsState::expired) terms.not_after = long_ago;
        if (what.state == TermsState::not_yet) terms.not_before = far_off;
        told_ = what;
    }
    void check(const std::optional<Failure>& failure) const {
        REQUIRE(failure);
        CHECK(failure->status == Exit::licence);
        CHECK(failure->code == static_cast<std::uint16_t>(told_.code));
        CHECK_THAT(failure->what(), Contains(told_.says));
        CHECK_THAT(failure->remedy, Contains(told_.remedy));
        CHECK_FALSE(failure->remedy.empty());
    }

  private:
    Denial told_;
};

} // namespace

TEST_CASE("a save that its licence does not allow: why, what remains, what to do") {
    const auto& what = denials.at(GENERATE(range(std::size_t{0}, denials.size())));
    Refused meeting(what);
    meeting.denial = what.code;
    meeting.check(meeting.get());
    CHECK_FALSE(std::filesystem::exists(meeting.target));
    CHECK(meeting.opens.size() == 1);
    CHECK(meeting.server.visits() == 1);
}

TEST_CASE("a play that its licence does not allow: why, what remains, what to do") {
    const auto& what = denials.at(GENERATE(range(std::size_t{0}, denials.size())));
    Refused meeting(what);
    meeting.denial = what.code;
    meeting.check(meeting.play());
    CHECK(meeting.opens.size() == 1);
    CHECK(meeting.server.visits() == 1);
}

TEST_CASE("a save that ends in the middle is kept and told, and not tried again") {
    const auto& what = denials.at(GENERATE(range(std::size_t{0}, denials.size())));
    Refused meeting(what);
    meeting.budget = 7;
    meeting.verdict = what.code;
    const auto failure = meeting.get();
    meeting.check(failure);
    CHECK_THAT(failure->remedy, Contains("; what has arrived is kept in "));
    CHECK_FALSE(std::filesystem::exists(meeting.target));
    CHECK(meeting.opens.size() == 1);
    CHECK(meeting.server.visits() == 1);
}

TEST_CASE("an item of a list that is refused is passed over") {
    Lending meeting;
    meeting.use_up();
    const auto failure = meeting.play({"it", "it"});
    REQUIRE(failure);
    CHECK(failure->status == Exit::licence);
    CHECK_THAT(failure->what(), Contains("not everything could be played"));
    CHECK_THAT(failure->remedy, Contains("cifra info"));
    CHECK(meeting.opens.size() == 2);
}

TEST_CASE("where the server does not say what remains, the catalogue's word counts") {
    Lending meeting;
    meeting.use_up();
    meeting.server.manners.licence = [](Visit& visit, const proto::LicenceRequest& asked) {
        visit.session.refuse(asked.request, ErrorCode::unavailable);
    };
    const auto failure = meeting.get();
    REQUIRE(failure);
    CHECK_THAT(failure->what(), Contains("[EXHAUSTED]; no play left"));
}

TEST_CASE("what to do names the command, by who may renew") {
    Lending meeting;
    meeting.use_up(GENERATE(proto::TermsRenewal::free, proto::TermsRenewal::voucher));
    const auto failure = meeting.get();
    REQUIRE(failure);
    const bool free = meeting.terms.renewal == proto::TermsRenewal::free;
    CHECK(failure->remedy ==
          (free ? "renew it: cifra renew it" : "renew it with a voucher: cifra renew it --voucher CODE"));
}

TEST_CASE("a ledger that is away is for now: the same is asked for again") {
    Lending meeting;
    meeting.app.settings.retry_for = std::chrono::seconds(30);
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        meeting.denial.reset();
        if (visit.number == 0) meeting.denial = ErrorCode::ledger_away;
        meeting.on_open(visit, open);
    };
    CHECK_FALSE(meeting.get());
    CHECK(meeting.opens.size() == 2);
    CHECK(meeting.one_play());
}

TEST_CASE("a target that will not do begins no play") {
    Lending meeting;
    std::ofstream(meeting.target) << "mine";
    const auto failure = meeting.get();
    REQUIRE(failure);
    CHECK(failure->status == Exit::exists);
    CHECK(meeting.opens.empty());
}

TEST_CASE("a save over several connections is one play") {
    Lending meeting;
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        meeting.budget = visit.number < 3 ? 5 : UINT64_MAX;
        meeting.on_open(visit, open);
    };
    CHECK_FALSE(meeting.get());
    CHECK(meeting.opens.size() == 4);
    CHECK(meeting.one_play());
    std::filesystem::remove(meeting.target);
    CHECK_FALSE(meeting.get());
    CHECK(meeting.opens.back() != meeting.opens.front());
}

TEST_CASE("a voucher's code is one line of text of 128 bytes at most") {
    CHECK(voucher_of("  ABCD-1234\r\n") == "ABCD-1234");
    CHECK(voucher_of(" \n").empty());
    CHECK(voucher_of(std::string(128, 'x')).size() == 128);
    CHECK_THROWS_AS(voucher_of(std::string(129, 'x')), Failure);
    CHECK_THROWS_AS(voucher_of("a\nb"), Failure);
    CHECK_THROWS_AS(voucher_of("\xff"), Failure);
}
