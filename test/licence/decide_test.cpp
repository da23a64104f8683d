// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Every constraint alone, just inside and just outside; every state; every denial.
#include "licence/decide.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;

namespace {

constexpr std::int64_t now = 2'000'000;

// "granted", or the name of the code.
std::string answer(const Licence& licence, const Usage& usage, std::int64_t at = now, Right right = Right::play,
                   std::uint64_t running = 0) {
    const auto decision = decide(licence, usage, right, at, running);
    return decision ? "granted" : std::string(name_of(decision.error().reason));
}

Remedy remedy_of(const Licence& licence, const Usage& usage, std::int64_t at = now) {
    return decide(licence, usage, Right::play, at, 0).error().remedy;
}

} // namespace

TEST_CASE("without constraints: ready, then active, and granted for good") {
    const auto licence = licence_with({});
    CHECK(state_of(licence, {}, now) == State::ready);
    const auto used = with_play({}, Right::play, now);
    CHECK(state_of(licence, used, now) == State::active);
    CHECK(answer(licence, used, std::numeric_limits<std::int64_t>::max()) == "granted");
    CHECK(answer(licence, used, std::numeric_limits<std::int64_t>::min()) == "granted");
    CHECK(answer(licence, used, now, Right::play, std::numeric_limits<std::uint64_t>::max()) == "granted");
    const auto left = remaining(licence, used, now);
    CHECK_FALSE((left.plays || left.units || left.milliseconds || left.begins || left.ends || left.after_first_play ||
                 left.renewals || left.renew_until));
}

TEST_CASE("count: the last play, and none behind it") {
    Constraints c;
    c.count = 5;
    const auto licence = licence_with(c);
    Usage usage;
    for (std::uint64_t left = 5; left > 0; --left) {
        CHECK(answer(licence, usage) == "granted");
        CHECK(remaining(licence, usage, now).plays == Amount{left, 5});
        usage = with_play(usage, Right::play, now);
    }
    CHECK(answer(licence, usage) == "EXHAUSTED");
    CHECK(state_of(licence, usage, now) == State::exhausted);
    CHECK(remaining(licence, usage, now).plays == Amount{0, 5});
    usage.more_plays = 1;
    CHECK(answer(licence, usage) == "granted");
    CHECK(remaining(licence, usage, now).plays == Amount{1, 6});
    usage.plays = std::numeric_limits<std::uint64_t>::max();
    CHECK(remaining(licence, usage, now).plays == Amount{0, 6});
}

TEST_CASE("units and accumulated: the last one, and none behind it") {
    Constraints c;
    c.units = 100;
    const auto chunks = licence_with(c);
    Usage usage;
    usage.units = 99;
    CHECK(answer(chunks, usage) == "granted");
    CHECK(state_of(chunks, usage, now) == State::active);
    usage.units = 100;
    CHECK(answer(chunks, usage) == "EXHAUSTED");

    c = {};
    c.accumulated = 60;
    const auto sound = licence_with(c);
    usage = {};
    usage.milliseconds = 59'999;
    CHECK(answer(sound, usage) == "granted");
    CHECK(state_of(sound, usage, now) == State::active);
    CHECK(remaining(sound, usage, now).milliseconds == Amount{1, 60'000});
    usage.milliseconds = 60'000;
    CHECK(answer(sound, usage) == "EXHAUSTED");
}

TEST_CASE("not_before and not_after: the second itself is good") {
    Constraints c;
    c.not_before = now;
    const auto later = licence_with(c);
    CHECK(answer(later, {}, now - 1) == "NOT_YET");
    CHECK(state_of(later, {}, now - 1) == State::not_yet);
    CHECK(answer(later, {}, now) == "granted");

    c = {};
    c.not_after = now;
    const auto ending = licence_with(c);
    CHECK(answer(ending, {}, now) == "granted");
    CHECK(answer(ending, {}, now + 1) == "EXPIRED");
    CHECK(state_of(ending, {}, now + 1) == State::expired);
    Usage renewed;
    renewed.not_after = now + 10;
    CHECK(answer(ending, renewed, now + 10) == "granted");
    CHECK(answer(ending, renewed, now + 11) == "EXPIRED");
    CHECK(remaining(ending, renewed, now).ends == now + 10);
}

TEST_CASE("after_first_play: no end before the first play, then that one or the date, whichever is first") {
    Constraints c;
    c.after_first_play = 100;
    const auto licence = licence_with(c);
    CHECK(answer(licence, {}, now + 1'000'000) == "granted");
    CHECK(remaining(licence, {}, now).after_first_play == 100U);
    const auto played = with_play({}, Right::play, now);
    CHECK_FALSE(remaining(licence, played, now).after_first_play);
    CHECK(answer(licence, played, now + 100) == "granted");
    CHECK(answer(licence, played, now + 101) == "EXPIRED");
    c.not_after = now + 50;
    CHECK(remaining(licence_with(c), played, now).ends == now + 50);
    c.not_after = now + 200;
    CHECK(remaining(licence_with(c), played, now).ends == now + 100);
}

TEST_CASE("max_concurrent: of what costs a play only") {
    Constraints c;
    c.max_concurrent = 2;
    auto licence = licence_with(c);
    licence.rights = every_right;
    CHECK(answer(licence, {}, now, Right::play, 1) == "granted");
    CHECK(answer(licence, {}, now, Right::play, 2) == "CONCURRENT");
    CHECK(answer(licence, {}, now, Right::bridge, 2) == "CONCURRENT");
    CHECK(answer(licence, {}, now, Right::save, 2) == "granted");
    CHECK(answer(licence, {}, now, Right::preview, 2) == "granted");
    CHECK(decide(licence, {}, Right::play, now, 2).error().remedy == Remedy::end_a_play);
}

TEST_CASE("rights: each alone grants itself and no other") {
    for (const auto given : all_rights) {
        auto licence = licence_with({});
        licence.rights = static_cast<Rights>(given);
        for (const auto asked : all_rights) {
            CHECK(answer(licence, {}, now, asked) == (given == asked ? "granted" : "RIGHT_MISSING"));
        }
    }
    // A right that is missing is missing whatever the day; what somebody ended has no rights.
    Constraints c;
    c.not_after = now;
    CHECK(answer(licence_with(c), {}, now + 1, Right::save) == "RIGHT_MISSING");
    Usage returned;
    returned.standing = Standing::returned;
    CHECK(answer(licence_with(c), returned, now + 1, Right::save) == "RETURNED");
    CHECK(decide(licence_with(c), {}, Right::save, now, 0).error().right == Right::save);
}

TEST_CASE("what somebody ended stays ended, and a standing that is none opens nothing") {
    const auto licence = licence_with({});
    const auto with = [](Standing standing) {
        Usage usage;
        usage.standing = standing;
        return usage;
    };
    CHECK(answer(licence, with(Standing::returned)) == "RETURNED");
    CHECK(answer(licence, with(Standing::revoked)) == "LICENCE_REVOKED");
    CHECK(answer(licence, with(Standing::cancelled)) == "CANCELLED");
    CHECK(answer(licence, with(static_cast<Standing>(9))) == "LICENCE_REVOKED");
    CHECK(state_of(licence, with(Standing::returned), now) == State::returned);
    CHECK(state_of(licence, with(Standing::revoked), now) == State::revoked);
    CHECK(state_of(licence, with(Standing::cancelled), now) == State::cancelled);
    CHECK(remedy_of(licence, with(Standing::returned)) == Remedy::ask_operator);
}

TEST_CASE("of several things that are wrong: ended, right, date, then what is used up") {
    Constraints c;
    c.count = 1;
    c.not_before = now;
    c.not_after = now;
    c.max_concurrent = 1;
    const auto licence = licence_with(c);
    auto usage = with_play({}, Right::play, now);
    CHECK(answer(licence, usage, now - 1) == "NOT_YET");
    CHECK(answer(licence, usage, now + 1, Right::play, 1) == "EXPIRED");
    CHECK(answer(licence, usage, now, Right::play, 1) == "EXHAUSTED");
    CHECK(answer(licence, {}, now, Right::play, 1) == "CONCURRENT");
    usage.standing = Standing::revoked;
    CHECK(answer(licence, usage, now + 1) == "LICENCE_REVOKED");
}

TEST_CASE("what there is to do about a denial") {
    Constraints c;
    c.count = 1;
    c.not_before = 1;
    auto licence = licence_with(c);
    const auto used = with_play({}, Right::play, now);
    CHECK(remedy_of(licence, used) == Remedy::ask_operator);
    CHECK(remedy_of(licence, {}, 0) == Remedy::wait);
    licence.renewal = Renewal::free;
    CHECK(remedy_of(licence, used) == Remedy::renew);
    licence.renewal = Renewal::voucher;
    CHECK(remedy_of(licence, used) == Remedy::use_voucher);
    licence.renewal = Renewal::by_operator;
    CHECK(remedy_of(licence, used) == Remedy::ask_operator);
    licence.renewal = Renewal::free;
    licence.constraints.renewals_max = 0; // renewing would be refused: it is not offered
    CHECK(remedy_of(licence, used) == Remedy::ask_operator);
    licence.renewal = Renewal::voucher;
    licence.constraints.renewals_max = 1;
    licence.constraints.renew_until = now - 1;
    CHECK(remedy_of(licence, used) == Remedy::ask_operator);
}

TEST_CASE("what a use takes: a save costs no play, a preview nothing") {
    CHECK(cost_of(Right::play) == Cost{true, true, true});
    CHECK(cost_of(Right::bridge) == Cost{true, true, true});
    CHECK(cost_of(Right::save) == Cost{false, true, false});
    CHECK(cost_of(Right::preview) == Cost{});
    CHECK(with_play({}, Right::preview, now) == Usage{});
    auto saved = with_play({}, Right::save, now);
    CHECK(saved.plays == 0);
    CHECK(saved.first_play == now);
    saved = with_play(saved, Right::bridge, now + 5);
    CHECK(saved.plays == 1);
    CHECK(saved.first_play == now);
    CHECK(with_play({}, Right::play, 0).first_play == 1);
    CHECK(with_play({}, Right::play, -5).first_play == 1);
}

TEST_CASE("leases: as much as is left, none of what was ended, what is unused comes back") {
    Constraints c;
    c.units = 20;
    c.accumulated = 2;
    const auto licence = licence_with(c);
    Usage usage;
    CHECK(lease(licence, usage, {16, 500}) == Lease{16, 500});
    usage = with_lease(usage, {16, 500});
    CHECK(lease(licence, usage, {16, 5'000}) == Lease{4, 1'500});
    usage = with_lease(usage, {4, 1'500});
    CHECK(lease(licence, usage, {16, 1}) == Lease{0, 0});
    usage = given_back(usage, {3, 200});
    CHECK(lease(licence, usage, {16, 5'000}) == Lease{3, 200});
    CHECK(given_back(usage, {1'000, 100'000}).units == 0);
    usage.standing = Standing::revoked;
    CHECK(lease(licence, usage, {16, 1}) == Lease{});
    CHECK(lease(licence_with({}), {}, {16, 9}) == Lease{16, 9}); // what is not limited is given
    c = {};
    c.not_after = now;
    c.count = 1;
    CHECK(lease(licence_with(c), with_play({}, Right::play, now), {1, 1}) == Lease{1, 1}); // begun in time
}

TEST_CASE("reasons have the names and numbers of the protocol") {
    CHECK(name_of(Reason::exhausted) == "EXHAUSTED");
    CHECK(name_of(Reason::voucher_refused) == "VOUCHER_REFUSED");
    CHECK(name_of(Reason::not_renewable) == "NOT_RENEWABLE");
    CHECK(name_of(static_cast<Reason>(1)) == "UNKNOWN");
    CHECK(static_cast<int>(Reason::exhausted) == 44);
    CHECK(static_cast<int>(Reason::not_renewable) == 53);
    Constraints c;
    c.not_after = 0;
    CHECK_THROWS_AS(decide(licence_with(c), {}, Right::play, now, 0).value(), std::logic_error);
}
