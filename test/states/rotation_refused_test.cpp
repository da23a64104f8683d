// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Key rotation against a peer that holds the keys and breaks the rules.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::InnerType;
using states::Phase;
using states::Rotation;

namespace {

constexpr std::uint32_t chunk = proto::min_chunk;

void check_ended(Pair& pair, Role target, How how = How::violation) {
    auto& session = pair.session(target);
    REQUIRE(session.ended());
    REQUIRE(session.end().has_value());
    CHECK(session.end()->how == how);
    CHECK(session.end()->code == static_cast<std::uint16_t>(how == How::bad_record ? proto::ErrorCode::bad_record
                                                                                   : proto::ErrorCode::protocol));
    CHECK(Peek::keys_wiped(session));
}

Bytes fresh_key() { return crypto::EphemeralKey::generate(Group::x25519, rng()).public_key(); }
Bytes rotate(std::uint32_t epoch, Bytes key = fresh_key()) {
    return proto::encode(proto::Rotate{epoch, std::move(key)});
}
Bytes response(std::uint32_t epoch, Bytes key = fresh_key()) {
    return proto::encode(proto::RotateResponse{epoch, std::move(key)});
}

// Logged in, with an application record in the epoch, and all the server's rotations left to the test.
std::unique_ptr<Pair> used(proto::RotationPolicy rotation = {128, 0, 0, false}) {
    Options options;
    options.rotation = rotation;
    options.items = {{10 * chunk, chunk}};
    options.window = 0;
    auto pair = std::make_unique<Pair>(options);
    pair->log_in();
    REQUIRE(pair->client.list(0, 0, 0, ""));
    pair->run();
    return pair;
}

void say(Pair& pair, Role by, InnerType type, ByteView body) { pair.inject(other(by), sealed(pair, by, type, body)); }

} // namespace

TEST_CASE("ROTATE that the client refuses") {
    SECTION("in an epoch that carried no application record") {
        Pair pair;
        pair.log_in();
        say(pair, Role::server, InnerType::rotate, rotate(2));
        check_ended(pair, Role::client);
    }
    SECTION("while another is under way") {
        auto pair = used();
        say(*pair, Role::server, InnerType::rotate, rotate(2));
        REQUIRE(pair->client.rotation() == Rotation::draining);
        say(*pair, Role::server, InnerType::rotate, rotate(3));
        check_ended(*pair, Role::client);
    }
    SECTION("with another epoch than the next") {
        for (const std::uint32_t epoch : {0U, 1U, 3U, 0xFFFF'FFFFU}) {
            auto pair = used();
            say(*pair, Role::server, InnerType::rotate, rotate(epoch));
            check_ended(*pair, Role::client);
        }
    }
    SECTION("with a key that is none") {
        for (const auto& key : {Bytes(32), Bytes(31, 1), Bytes{}, Bytes(65, 4)}) {
            auto pair = used();
            say(*pair, Role::server, InnerType::rotate, rotate(2, key));
            check_ended(*pair, Role::client);
        }
    }
    SECTION("again, with nothing between: a flood") {
        auto made = scene(Role::client, Phase::open, Say::rotated);
        made.say(Say::rotated);
        REQUIRE_FALSE(made.session().ended());
        say(*made.pair, Role::server, InnerType::rotate, rotate(3));
        check_ended(*made.pair, Role::client);
    }
}

TEST_CASE("ROTATED that the client refuses, and what it wants in its place") {
    SECTION("unasked") {
        auto pair = used();
        say(*pair, Role::server, InnerType::rotated, {});
        check_ended(*pair, Role::client);
    }
    SECTION("under the former epoch") {
        auto pair = used();
        say(*pair, Role::server, InnerType::rotate, rotate(2));
        say(*pair, Role::server, InnerType::rotated, {});
        check_ended(*pair, Role::client);
    }
    SECTION("twice") {
        auto made = scene(Role::client, Phase::open, Say::rotated);
        made.say(Say::rotated);
        REQUIRE_FALSE(made.session().ended());
        made.say(Say::rotated);
        check_ended(*made.pair, Role::client);
    }
    SECTION("something else of the new epoch") {
        for (const auto what : {Say::ping, Say::bye, Say::error_session, Say::catalogue, Say::data, Say::rotate}) {
            auto made = scene(Role::client, Phase::open, Say::rotated);
            made.say(what);
            check_ended(*made.pair, Role::client);
        }
    }
    SECTION("a record of the former epoch behind it") {
        auto made = scene(Role::client, Phase::open, Say::rotated);
        auto rotated = sealed(*made.pair, Role::server, InnerType::rotated, {});
        auto behind = sealed(*made.pair, Role::server, InnerType::ping, proto::encode(proto::Ping{1}));
        made.pair->inject(Role::client, rotated);
        REQUIRE_FALSE(made.session().ended());
        behind[7] = 1; // its epoch
        made.pair->inject(Role::client, behind);
        check_ended(*made.pair, Role::client, How::bad_record);
    }
}

TEST_CASE("ROTATE_RESPONSE that the server refuses") {
    SECTION("unasked") {
        auto pair = used();
        say(*pair, Role::client, InnerType::rotate_response, response(2));
        check_ended(*pair, Role::server);
    }
    SECTION("with another epoch than the next") {
        for (const std::uint32_t epoch : {0U, 1U, 3U, 0xFFFF'FFFFU}) {
            auto made = scene(Role::server, Phase::open, Say::rotate_response);
            say(*made.pair, Role::client, InnerType::rotate_response, response(epoch));
            check_ended(*made.pair, Role::server);
        }
    }
    SECTION("with a key that is none") {
        for (const auto& key : {Bytes(32), Bytes(31, 1), Bytes{}}) {
            auto made = scene(Role::server, Phase::open, Say::rotate_response);
            say(*made.pair, Role::client, InnerType::rotate_response, response(2, key));
            check_ended(*made.pair, Role::server);
        }
    }
    SECTION("a second one, and anything else, under the former epoch behind it") {
        for (const auto type : {InnerType::rotate_response, InnerType::ping}) {
            auto made = scene(Role::server, Phase::open, Say::rotate_response);
            made.say(Say::rotate_response);
            REQUIRE_FALSE(made.session().ended());
            CHECK(made.session().rotation() == Rotation::steady);
            // The rogue is still in epoch 1.
            say(*made.pair, Role::client, type, type == InnerType::ping ? proto::encode(proto::Ping{1}) : response(3));
            check_ended(*made.pair, Role::server, How::bad_record);
        }
    }
    SECTION("the new epoch before it") {
        auto made = scene(Role::server, Phase::open, Say::rotate_response);
        auto ping = sealed(*made.pair, Role::client, InnerType::ping, proto::encode(proto::Ping{1}));
        ping[7] = 2; // its epoch
        made.pair->inject(Role::server, ping);
        check_ended(*made.pair, Role::server, How::bad_record);
    }
}

TEST_CASE("ROTATE and ROTATED come from the server only") {
    for (const auto type : {InnerType::rotate, InnerType::rotated}) {
        auto made = scene(Role::server, Phase::open, Say::rotate_response);
        say(*made.pair, Role::client, type, type == InnerType::rotate ? rotate(2) : Bytes{});
        check_ended(*made.pair, Role::server);
    }
}

TEST_CASE("more than N under one epoch ends the session, discarded DATA included") {
    for (const auto target : {Role::client, Role::server}) {
        auto pair = used({2, 0, 0, false});
        const auto id = target == Role::client ? pair->open(0) : pair->upload(10 * chunk);
        auto& session = pair->session(target);
        REQUIRE(session.read(id, 0, 10));
        REQUIRE(session.read(id, 5, 5)); // read id 2
        const auto by = other(target);
        say(*pair, by, InnerType::data, data_body(id, 1, 0, chunk));
        CHECK(pair->side(target).delivered == 0);
        say(*pair, by, InnerType::data, data_body(id, 2, 5, chunk));
        CHECK(pair->side(target).delivered == 1);
        REQUIRE_FALSE(session.ended());
        say(*pair, by, InnerType::data, data_body(id, 2, 6, chunk));
        CHECK(pair->side(target).delivered == 1);
        check_ended(*pair, target);
    }
}

TEST_CASE("DATA for a stream that has ended counts, too") {
    auto pair = used({2, 0, 0, false});
    const auto id = pair->upload(10 * chunk);
    REQUIRE(pair->server.fail_stream(id, proto::ErrorCode::superseded));
    for (std::uint64_t index = 0; index < 2; ++index) {
        say(*pair, Role::client, InnerType::data, data_body(id, 1, index, chunk));
        REQUIRE_FALSE(pair->server.ended());
    }
    CHECK(pair->server.rotation() == Rotation::pending);
    say(*pair, Role::client, InnerType::data, data_body(id, 1, 2, chunk));
    check_ended(*pair, Role::server);
}

TEST_CASE("more than B under one epoch ends the session, but the first DATA always may come") {
    for (const auto target : {Role::client, Role::server}) {
        auto pair = used({0, 2 * chunk - 1, 0, false});
        const auto id = target == Role::client ? pair->open(0) : pair->upload(10 * chunk);
        REQUIRE(pair->session(target).read(id, 0, 10));
        say(*pair, other(target), InnerType::data, data_body(id, 1, 0, chunk));
        REQUIRE_FALSE(pair->session(target).ended());
        say(*pair, other(target), InnerType::data, data_body(id, 1, 1, chunk));
        check_ended(*pair, target);
        CHECK(pair->side(target).delivered == 1);

        auto small = used({0, 10, 0, false});
        const auto one = target == Role::client ? small->open(0) : small->upload(10 * chunk);
        REQUIRE(small->session(target).read(one, 0, 10));
        say(*small, other(target), InnerType::data, data_body(one, 1, 0, chunk));
        CHECK_FALSE(small->session(target).ended());
        CHECK(small->side(target).delivered == 1);
    }
}

TEST_CASE("no more than 2^20 records under one epoch") {
    SECTION("half of them start a rotation, received or sent") {
        for (const bool received : {true, false}) {
            auto pair = used();
            (received ? Peek::received_records(pair->server) : Peek::send_records(pair->server)) =
                states::max_records / 2;
            REQUIRE(pair->client.list(0, 0, 0, ""));
            pair->run();
            CHECK(pair->server.counters().rotations == 1);
            CHECK(Peek::received_records(pair->server) < 10);
        }
    }
    SECTION("who would send more gives up") {
        for (const auto who : {Role::client, Role::server}) {
            auto pair = used();
            Peek::send_records(pair->session(who)) = states::max_records - 64;
            pair->produce(who);
            REQUIRE(pair->session(who).end().has_value());
            CHECK(pair->session(who).end()->code == static_cast<std::uint16_t>(proto::ErrorCode::rotation_timeout));
            pair->carry(who);
            CHECK(pair->session(other(who)).end()->how == How::peer_error);
        }
    }
    SECTION("who receives more ends the session") {
        for (const auto who : {Role::client, Role::server}) {
            auto pair = used();
            Peek::received_records(pair->session(who)) = states::max_records;
            say(*pair, other(who), InnerType::ping, proto::encode(proto::Ping{1}));
            check_ended(*pair, who);
        }
    }
}
