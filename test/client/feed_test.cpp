// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which streams are one play: what the player does to a track, and what becomes of that at the server.
#include "client/feed.hpp"
#include "lending.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;
using net::awaitable;
using proto::ErrorCode;

namespace {

struct Fed : Lending {
    Fed() {
        server.manners.closed = [this](Visit&, std::uint32_t) { ++closed; };
    }
    // Serves until all has come that the track wants.
    awaitable<void> settle() {
        const std::function<bool()> looked = [this] { return feed->waiting(*link) || feed->satisfied(*link); };
        // What the track asks for is posted.
        co_await net::asio::post(io, net::use_awaitable);
        while (feed->waiting(*link) || !feed->satisfied(*link)) {
            if (feed->waiting(*link)) co_await feed->serve(*link);
            co_await link->until(0, looked);
        }
    }
    awaitable<void> connect() {
        if (link) link->leave();
        link = co_await log_in(app);
        if (feed) feed->lost("");
    }
    awaitable<void> begin() {
        co_await connect();
        const std::function<void()> poke = [this] {
            if (link) link->poke();
        };
        feed = Feed::make(app, entry, poke);
        feed->track()->prepare();
        co_await settle();
    }
    std::optional<Failure> listen(awaitable<void> (*what)(Fed&)) {
        return run([this, what](App&) { return what(*this); });
    }

    std::shared_ptr<Link> link;
    std::shared_ptr<Feed> feed;
    std::size_t closed = 0;
};

awaitable<void> seek_about(Fed& it) {
    co_await it.begin();
    for (const std::uint64_t to : {300'000U, 10U, 399'999U}) {
        it.feed->track()->seek(to);
        co_await it.settle();
    }
}

awaitable<void> reconnect(Fed& it) {
    co_await it.begin();
    for (int i = 0; i < 3; ++i) {
        co_await it.connect();
        co_await it.settle();
    }
}

awaitable<void> come_back(Fed& it) {
    co_await it.begin();
    it.feed->track()->close();
    co_await it.settle();
    it.feed->track()->prepare();
    co_await it.settle();
}

awaitable<void> listen_and_seek(Fed& it) {
    co_await it.begin();
    it.feed->track()->seek(399'999);
    co_await it.settle();
}

} // namespace

TEST_CASE("a seek is no new play") {
    Fed meeting;
    CHECK_FALSE(meeting.listen(seek_about));
    CHECK(meeting.opens.size() == 1);
    CHECK(meeting.closed == 0);
}

TEST_CASE("a reconnection is no new play") {
    Fed meeting;
    CHECK_FALSE(meeting.listen(reconnect));
    CHECK(meeting.opens.size() == 4);
    CHECK(meeting.one_play());
}

TEST_CASE("to come back to a track that was left is a new play") {
    Fed meeting;
    CHECK_FALSE(meeting.listen(come_back));
    CHECK(meeting.closed == 1);
    REQUIRE(meeting.opens.size() == 2);
    CHECK(meeting.opens[0] != meeting.opens[1]);
}

TEST_CASE("a play that its licence ends in the middle stops with that, and is not asked for again") {
    Fed meeting;
    meeting.budget = 4;
    meeting.verdict = GENERATE(ErrorCode::exhausted, ErrorCode::expired, ErrorCode::licence_revoked,
                               ErrorCode::returned, ErrorCode::cancelled);
    CHECK_FALSE(meeting.listen([](Fed& it) { return it.begin(); }));
    REQUIRE(meeting.feed->refusal());
    CHECK(meeting.feed->refusal()->status == Exit::licence);
    CHECK_THAT(meeting.feed->track()->error(), Catch::Contains(std::string(proto::text_of(*meeting.verdict).name)));
    CHECK(meeting.feed->track()->buffered() == 4 * 16'384); // which is still heard
    CHECK(meeting.opens.size() == 1);
    CHECK(meeting.server.visits() == 1);
}

TEST_CASE("what its licence ended and is asked for again is a new play") {
    Fed meeting;
    meeting.budget = 4;
    meeting.verdict = ErrorCode::exhausted;
    CHECK_FALSE(meeting.listen(listen_and_seek));
    REQUIRE(meeting.opens.size() == 2);
    CHECK(meeting.opens[0] != meeting.opens[1]);
}
