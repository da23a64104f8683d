// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Every deadline, by a clock of the test's own (PROTOCOL.md and section 9).
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::ErrorCode;
using states::Phase;
using states::Rotation;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t chunk = proto::min_chunk;

void check_end(const states::Session& session, How how, ErrorCode code) {
    REQUIRE(session.end().has_value());
    CHECK(session.end()->how == how);
    CHECK(session.end()->code == static_cast<std::uint16_t>(code));
}

// The only thing that the session still says, opened by nobody: its frame type, or 0.
int last_word(Pair& pair, Role who) {
    auto& out = pair.side(who).out;
    out.consume(out.size());
    pair.produce(who);
    const auto frames = split_frames(std::as_const(out).view());
    REQUIRE(frames.size() <= 1);
    return frames.empty() ? 0 : frames[0][0];
}

// Nothing moves, and the session is still there just before `limit` and gone at it.
void check_limit(Pair& pair, Role who, states::Duration limit, ErrorCode code, int word) {
    pair.produce(who); // what was to be said is said
    const auto end = pair.now + limit;
    pair.take(who, pair.session(who).timeout(end - 1ms));
    CHECK_FALSE(pair.session(who).ended());
    CHECK(pair.session(who).deadline() == end);
    pair.take(who, pair.session(who).timeout(end));
    check_end(pair.session(who), How::timeout, code);
    CHECK(last_word(pair, who) == word);
    CHECK(Peek::keys_wiped(pair.session(who)));
    CHECK(pair.session(who).deadline() == states::Instant::max());
}

std::unique_ptr<Pair> logged_in(Options options = {}) {
    auto pair = std::make_unique<Pair>(std::move(options));
    pair->log_in();
    return pair;
}

Options with_chunks(std::uint64_t chunks, std::uint32_t n) {
    Options options;
    options.items = {{chunks * chunk, chunk}};
    options.rotation.chunks = n;
    options.window = 0;
    return options;
}

} // namespace

TEST_CASE("10 s until the device is proven, in every phase up to there") {
    for (const auto phase : {Phase::connect, Phase::negotiation, Phase::dh, Phase::auth_device, Phase::verify_device}) {
        CAPTURE(name_of(phase));
        auto made = scene(Role::server, phase, Say::ping);
        const bool keys = phase >= Phase::auth_device;
        check_limit(*made.pair, Role::server, 10s, ErrorCode::timeout, keys ? 5 : 0); // silence is not answered
    }
    for (const auto phase :
         {Phase::negotiation, Phase::dh, Phase::dh_retry, Phase::auth_server, Phase::verify_server}) {
        CAPTURE(name_of(phase));
        auto made = scene(Role::client, phase, Say::ping);
        check_limit(*made.pair, Role::client, 10s, ErrorCode::timeout, phase >= Phase::auth_server ? 5 : 0);
    }
}

TEST_CASE("who sends a byte a second gets no longer") {
    Pair pair;
    pair.start();
    pair.produce(Role::client);
    const auto bytes = join(split_frames(std::as_const(pair.at_client.out).view()));
    std::size_t sent = 0;
    while (!pair.server.ended() && sent < bytes.size()) {
        pair.inject(Role::server, ByteView(bytes).subspan(sent++, 1));
        pair.now += 1s;
        pair.take(Role::server, pair.server.timeout(pair.now));
    }
    CHECK(sent == 10);
    check_end(pair.server, How::timeout, ErrorCode::timeout);
}

TEST_CASE("until the device is proven the server says AUTH_FAILED, whatever it was") {
    auto made = scene(Role::server, Phase::auth_device, Say::ping);
    auto& pair = *made.pair;
    pair.now += 10s;
    pair.take(Role::server, pair.server.timeout(pair.now));
    pair.run();
    check_end(pair.client, How::peer_error, ErrorCode::auth_failed);

    auto violated = scene(Role::server, Phase::auth_device, Say::ping);
    violated.say(Say::ping);
    violated.pair->run();
    check_end(violated.pair->client, How::peer_error, ErrorCode::auth_failed);

    // Each of these has another code once the device is proven; the server's own end keeps it.
    const Bytes oversized{5, 0xFF, 0xFF, 0xFF};
    const Bytes late = proto::make_frame(proto::FrameType::negotiation, {});
    auto wrong = scene(Role::server, Phase::auth_device, Say::ping);
    auto record = sealed(*wrong.pair, Role::client, proto::InnerType::authenticate, {});
    record.back() ^= 1;
    for (const auto& [frame, code] : {std::pair{oversized, ErrorCode::protocol}, std::pair{late, ErrorCode::protocol},
                                      std::pair{record, ErrorCode::bad_record}}) {
        auto unproven = scene(Role::server, Phase::auth_device, Say::ping);
        unproven.pair->inject(Role::server, frame);
        REQUIRE(unproven.pair->server.end().has_value());
        CHECK(unproven.pair->server.end()->code == static_cast<std::uint16_t>(code));
        unproven.pair->run();
        check_end(unproven.pair->client, How::peer_error, ErrorCode::auth_failed);
        auto proven = scene(Role::server, Phase::auth_user, Say::ping);
        proven.pair->inject(Role::server, frame);
        proven.pair->run();
        check_end(proven.pair->client, How::peer_error, code);
    }
}

TEST_CASE("a user who is due and does not come: what comes instead decides (R-17)") {
    const auto body = proto::encode(proto::List{1, 0, 0, 0, ""});
    for (const bool epoch_1 : {true, false}) {
        auto made = scene(Role::server, Phase::auth_user, Say::ping);
        auto record = sealed(*made.pair, Role::client, proto::InnerType::list, body);
        if (epoch_1) record[7] = 1;
        made.pair->inject(Role::server, record);
        made.pair->run();
        check_end(made.pair->client, How::peer_error, epoch_1 ? ErrorCode::bad_record : ErrorCode::protocol);
    }
}

TEST_CASE("an ERROR overtakes a PONG that waits (R-36)") {
    auto made = scene(Role::server, Phase::open, Say::ping);
    auto& pair = *made.pair;
    made.say(Say::ping);
    REQUIRE(Peek::queued(pair.server) == 1);
    pair.take(Role::server, pair.server.fail(ErrorCode::shutting_down, How::timeout, {}));
    CHECK(Peek::queued(pair.server) == 0);
    pair.run();
    check_end(pair.client, How::peer_error, ErrorCode::shutting_down);
}

TEST_CASE("the name of an end's code") {
    CHECK(event::code_name({How::clean, 0, {}}).empty());
    CHECK(event::code_name({How::peer_error, 3, {}}) == "AUTH_FAILED");
    CHECK(event::code_name({How::refused, 3, {}, true}) == "GROUP");
    CHECK(event::code_name({How::peer_error, 999, {}}) == "UNKNOWN");
}

TEST_CASE("120 s for the user") {
    for (const auto phase : {Phase::auth_user, Phase::verify_user}) {
        auto made = scene(Role::server, phase, Say::ping);
        check_limit(*made.pair, Role::server, 120s, ErrorCode::timeout, 5);
        made.pair->carry(Role::server);
        check_end(made.pair->client, How::peer_error, ErrorCode::timeout);
    }
}

TEST_CASE("the client waits for signatures and for OK as long as the server may") {
    for (const auto phase : {Phase::auth_device, Phase::auth_user, Phase::wait_ok}) {
        auto made = scene(Role::client, phase, Say::ping);
        check_limit(*made.pair, Role::client, 130s, ErrorCode::timeout, 5);
    }
}

TEST_CASE("a verdict that comes too late changes nothing") {
    for (const auto phase : {Phase::verify_device, Phase::verify_user}) {
        auto made = scene(Role::server, phase, Say::ping);
        made.pair->now += 3min;
        made.pair->take(Role::server, made.pair->server.timeout(made.pair->now));
        REQUIRE(made.pair->server.ended());
        made.pair->answer(Role::server);
        CHECK(made.pair->server.phase() == Phase::closing);
        CHECK(made.pair->at_server.count<event::LoggedIn>() == 0);
        made.pair->server.accept({}, made.pair->now);
        CHECK(made.pair->server.phase() == Phase::closing);
    }
    auto client = scene(Role::client, Phase::verify_server, Say::ping);
    client.pair->now += 10s;
    client.pair->take(Role::client, client.pair->client.timeout(client.pair->now));
    client.pair->answer(Role::client);
    CHECK(client.pair->client.phase() == Phase::closing);
    CHECK(client.pair->at_client.count<event::Sign>() == 0);
    auto signing = scene(Role::client, Phase::auth_user, Say::ping);
    signing.pair->now += 3min;
    signing.pair->take(Role::client, signing.pair->client.timeout(signing.pair->now));
    signing.pair->answer(Role::client);
    CHECK(signing.pair->client.phase() == Phase::closing);
}

TEST_CASE("a login that the program does not accept in time, or refuses") {
    Options options;
    options.accept = false;
    Pair pair(options);
    pair.start();
    pair.run();
    REQUIRE(pair.at_server.count<event::LoggedIn>() == 1);
    REQUIRE(pair.client.list(0, 0, 0, ""));
    pair.run();
    CHECK_FALSE(pair.server.reading()); // no request is looked at before OK
    CHECK(pair.at_server.count<event::ListRequest>() == 0);
    CHECK_FALSE(pair.server.has_output());
    pair.now += 120s;
    pair.take(Role::server, pair.server.timeout(pair.now));
    pair.run();
    check_end(pair.server, How::timeout, ErrorCode::timeout);
    check_end(pair.client, How::peer_error, ErrorCode::timeout);

    Pair refused(options);
    refused.start();
    refused.run();
    refused.take(Role::server, refused.server.fail(ErrorCode::revoked, How::login_failed, {}));
    refused.run();
    check_end(refused.client, How::peer_error, ErrorCode::revoked);

    Pair stopping(options);
    stopping.start();
    stopping.run();
    stopping.server.bye(stopping.now); // in place of OK
    stopping.run();
    check_end(stopping.client, How::peer_error, ErrorCode::shutting_down);

    Pair accepted(options);
    accepted.start();
    accepted.run();
    REQUIRE(accepted.client.list(0, 0, 0, ""));
    accepted.run();
    accepted.server.accept({5, 0, {}, false}, accepted.now);
    accepted.server.accept({6, 0, {}, false}, accepted.now); // once
    accepted.run();
    CHECK(accepted.client.open());
    CHECK(accepted.at_client.count<event::CatalogueArrived>() == 1);
    CHECK(accepted.at_client.last<event::LoggedIn>()->who.time_ms == 5);
}

TEST_CASE("PING after 30 s of silence keeps an idle session for hours") {
    auto pair = logged_in();
    std::size_t records = 0;
    pair->filter = [&](Role, std::size_t, const Bytes& frame) {
        ++records;
        return std::vector<Bytes>{frame};
    };
    pair->pass(29s);
    CHECK(records == 0);
    pair->pass(1s);
    CHECK(records >= 2);
    CHECK(records <= 4); // a PING and a PONG, of one side or of both
    pair->pass(23h);
    CHECK(pair->client.open());
    CHECK(pair->server.open());
    CHECK(pair->server.counters().rotations == 0);
}

TEST_CASE("90 s of silence end a session") {
    for (const auto who : {Role::client, Role::server}) {
        auto pair = logged_in();
        pair->pass(89s, false);
        REQUIRE_FALSE(pair->session(who).ended());
        pair->pass(1s, false);
        check_end(pair->session(who), How::timeout, ErrorCode::timeout);
        CHECK(Peek::keys_wiped(pair->session(who)));
    }
}

TEST_CASE("what was sent and is still being taken is not silence") {
    for (const auto who : {Role::client, Role::server}) {
        auto pair = logged_in();
        for (int i = 0; i < 20; ++i) {
            pair->pass(29s, false);
            pair->session(who).taken(pair->now);
            REQUIRE_FALSE(pair->session(who).ended());
        }
        pair->pass(90s, false);
        check_end(pair->session(who), How::timeout, ErrorCode::timeout);
    }
}

TEST_CASE("a large record that comes slowly is not silence") {
    auto pair = logged_in(with_chunks(1, 128));
    const auto id = pair->open(0);
    REQUIRE(pair->client.read(id, 0, 1));
    pair->produce(Role::client);
    pair->carry(Role::client);
    pair->produce(Role::server);
    const auto bytes = join(split_frames(std::as_const(pair->at_server.out).view()));
    REQUIRE(bytes.size() > chunk);
    pair->at_server.out.consume(bytes.size());
    const std::size_t part = bytes.size() / 20 + 1;
    for (std::size_t at = 0; at < bytes.size(); at += part) {
        CHECK(pair->at_client.delivered == 0);
        pair->inject(Role::client, ByteView(bytes).subspan(at, std::min(part, bytes.size() - at)));
        pair->now += 29s;
        pair->take(Role::client, pair->client.timeout(pair->now));
        REQUIRE(pair->client.open());
        CHECK_FALSE(pair->client.has_output()); // no PING needed
    }
    CHECK(pair->at_client.delivered == 1);
    pair->receive(Role::client);
    pair->now += 30s;
    pair->take(Role::client, pair->client.timeout(pair->now));
    CHECK(pair->client.has_output());
}

TEST_CASE("DATA held for 60 s while nothing moves ends the session, at either side") {
    SECTION("the server") {
        auto pair = logged_in(with_chunks(10, 2));
        const auto id = pair->open(0);
        REQUIRE(pair->client.read(id, 0, 10));
        pair->produce(Role::client);
        pair->carry(Role::client);
        pair->produce(Role::server);
        REQUIRE(pair->server.rotation() == Rotation::held);
        pair->now += 60s - 1ms;
        pair->take(Role::server, pair->server.timeout(pair->now));
        REQUIRE_FALSE(pair->server.ended());
        pair->now += 1ms;
        pair->take(Role::server, pair->server.timeout(pair->now));
        check_end(pair->server, How::timeout, ErrorCode::rotation_timeout);
        CHECK(last_word(*pair, Role::server) == 5);
    }
    SECTION("the client") {
        auto pair = logged_in(with_chunks(10, 1));
        const auto id = pair->upload(10 * chunk);
        REQUIRE(pair->server.read(id, 0, 10));
        pair->produce(Role::server);
        pair->carry(Role::server);
        pair->produce(Role::client);
        REQUIRE(pair->client.rotation() == Rotation::held);
        CHECK(pair->client.counters().stalls == 1);
        pair->now += 60s;
        pair->take(Role::client, pair->client.timeout(pair->now));
        check_end(pair->client, How::timeout, ErrorCode::rotation_timeout);
    }
}

TEST_CASE("DATA held for 10 min ends the session, even if bytes move") {
    auto pair = logged_in(with_chunks(10, 2));
    const auto id = pair->open(0);
    REQUIRE(pair->client.read(id, 0, 10));
    pair->produce(Role::client);
    pair->carry(Role::client);
    pair->produce(Role::server);
    REQUIRE(pair->server.rotation() == Rotation::held);
    const auto held = pair->now;
    while (!pair->server.ended() && pair->now < held + 20min) {
        pair->inject(Role::server, sealed(*pair, Role::client, proto::InnerType::pong, proto::encode(proto::Pong{1})));
        pair->now += 20s;
        pair->take(Role::server, pair->server.timeout(pair->now));
    }
    CHECK(pair->now == held + 10min);
    check_end(pair->server, How::timeout, ErrorCode::rotation_timeout);
}

TEST_CASE("a BYE that nobody answers: truncated after 5 s") {
    for (const auto who : {Role::client, Role::server}) {
        auto pair = logged_in();
        if (who == Role::client)
            pair->client.bye(pair->now);
        else
            pair->server.bye(pair->now);
        pair->produce(who);
        CHECK(pair->session(who).deadline() == pair->now + 5s);
        pair->now += 5s - 1ms;
        pair->take(who, pair->session(who).timeout(pair->now));
        CHECK_FALSE(pair->session(who).ended());
        pair->now += 1ms;
        pair->take(who, pair->session(who).timeout(pair->now));
        REQUIRE(pair->session(who).end().has_value());
        CHECK(pair->session(who).end()->how == How::truncated);
        CHECK(Peek::keys_wiped(pair->session(who)));
        CHECK(last_word(*pair, who) == 0);
    }
}

TEST_CASE("behind our BYE application records are discarded") {
    auto pair = logged_in(with_chunks(10, 128));
    const auto id = pair->open(0);
    REQUIRE(pair->client.read(id, 0, 10));
    pair->produce(Role::client);
    pair->carry(Role::client);
    pair->produce(Role::server);
    REQUIRE(pair->server.counters().data_sent > 0);
    pair->client.bye(pair->now);
    pair->carry(Role::server);
    CHECK(pair->at_client.delivered == 0);
    CHECK(pair->client.stream(id) == nullptr);
    CHECK_FALSE(pair->client.list(0, 0, 0, ""));
    pair->run();
    CHECK(pair->client.end()->how == How::clean);
    CHECK(pair->server.end()->how == How::clean);
    CHECK(pair->at_client.delivered == 0);
}

TEST_CASE("a session lasts 24 h, or as long as the server says") {
    auto pair = logged_in();
    pair->pass(24h - 1s);
    CHECK(pair->server.open());
    pair->pass(2s);
    CHECK(pair->client.ended());
    CHECK(pair->server.ended());
    CHECK((pair->server.end()->code == static_cast<std::uint16_t>(ErrorCode::session_expired)));

    Options options;
    options.session_seconds = 100;
    auto shorter = logged_in(options);
    CHECK(shorter->at_client.last<event::LoggedIn>()->who.expires_seconds == 100);
    shorter->pass(100s);
    check_end(shorter->server, How::timeout, ErrorCode::session_expired);
    check_end(shorter->client, How::peer_error, ErrorCode::session_expired);
}

TEST_CASE("TCP ends: truncated in every phase but at the end") {
    for (const auto role : {Role::client, Role::server})
        for (const auto phase : phases_of(role)) {
            CAPTURE(role == Role::client, name_of(phase));
            auto made = scene(role, phase, Say::ping);
            const auto before = made.session().end();
            made.pair->hang_up(role);
            CHECK(made.session().phase() == Phase::closed);
            REQUIRE(made.session().end().has_value());
            CHECK(made.session().end()->how == (before ? before->how : How::truncated));
            CHECK(Peek::keys_wiped(made.session()));
            made.pair->hang_up(role);
            CHECK(made.session().phase() == Phase::closed);
        }
}
