// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Streams against a peer that holds the keys and breaks the rules.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::ErrorCode;
using proto::InnerType;
using states::Phase;

namespace {

constexpr std::uint32_t chunk = proto::min_chunk;

std::unique_ptr<Pair> pair_with(std::uint64_t chunks, bool answer = true) {
    Options options;
    options.items = {{chunks * chunk, chunk}};
    options.window = 0;
    options.answer = answer;
    auto pair = std::make_unique<Pair>(options);
    pair->log_in();
    return pair;
}

void say(Pair& pair, Role by, InnerType type, ByteView body) { pair.inject(other(by), sealed(pair, by, type, body)); }

void check_ended(Pair& pair, Role target, ErrorCode code = ErrorCode::protocol) {
    auto& session = pair.session(target);
    REQUIRE(session.end().has_value());
    CHECK(session.end()->how == How::violation);
    CHECK(session.end()->code == static_cast<std::uint16_t>(code));
    CHECK(Peek::keys_wiped(session));
    pair.run();
    REQUIRE(pair.session(other(target)).end().has_value());
    CHECK(pair.session(other(target)).end()->how == How::peer_error);
    CHECK(pair.session(other(target)).end()->code == static_cast<std::uint16_t>(code));
}

Bytes read_body(std::uint32_t stream, std::uint32_t read_id, std::uint64_t first, std::uint32_t count) {
    return proto::encode(proto::Read{stream, read_id, first, count});
}

} // namespace

TEST_CASE("READ that the sender of DATA refuses") {
    struct Wrong {
        std::uint32_t read_id;
        std::uint64_t first;
        std::uint32_t count;
    };
    // Behind READ {5, first 3, count 4} of ten chunks.
    for (const auto& wrong : {Wrong{0, 3, 4}, Wrong{4, 3, 4}, Wrong{5, 2, 5}, Wrong{5, 4, 4}, Wrong{5, 3, 3},
                              Wrong{5, 3, 8}, Wrong{6, 0, 11}, Wrong{6, 11, 0}, Wrong{6, 10, 1},
                              Wrong{6, 0xFFFF'FFFF'FFFF'FFFFU, 1}, Wrong{6, 0xFFFF'FFFF'FFFF'FFFFU, 0xFFFF'FFFFU}})
        for (const auto target : {Role::client, Role::server}) {
            CAPTURE(target == Role::client, wrong.read_id, wrong.first, wrong.count);
            auto pair = pair_with(10);
            const auto id = target == Role::server ? pair->open(0) : pair->upload(10 * chunk);
            say(*pair, other(target), InnerType::read, read_body(id, 5, 3, 4));
            REQUIRE_FALSE(pair->session(target).ended());
            CHECK(pair->session(target).has_output());
            say(*pair, other(target), InnerType::read, read_body(id, wrong.read_id, wrong.first, wrong.count));
            check_ended(*pair, target);
        }
}

TEST_CASE("READ where none belongs") {
    SECTION("before OPENED") {
        auto pair = pair_with(10, false);
        const auto id = pair->open(0);
        say(*pair, Role::client, InnerType::read, read_body(id, 1, 0, 1));
        check_ended(*pair, Role::server);
    }
    SECTION("of an upload, by the client") {
        auto pair = pair_with(10);
        const auto id = pair->upload(10 * chunk);
        say(*pair, Role::client, InnerType::read, read_body(id, 1, 0, 1));
        check_ended(*pair, Role::server);
    }
    SECTION("of a download, by the server") {
        auto pair = pair_with(10);
        const auto id = pair->open(0);
        say(*pair, Role::server, InnerType::read, read_body(id, 1, 0, 1));
        check_ended(*pair, Role::client);
    }
    SECTION("of a stream that never was") {
        for (const auto by : {Role::client, Role::server})
            for (const std::uint32_t id : {0U, 2U, 0xFFFF'FFFFU}) {
                auto pair = pair_with(10);
                (void)pair->download(0);
                say(*pair, by, InnerType::read, read_body(id, 1, 0, 1));
                check_ended(*pair, other(by));
            }
    }
}

TEST_CASE("DATA that its receiver refuses") {
    struct Wrong {
        std::uint32_t read_id;
        std::uint64_t index;
        std::size_t length;
    };
    // In the window {read id 2, first 3, count 4} of an item of 9 chunks and 100 bytes, of which chunk 3 has come.
    for (const auto& wrong : {Wrong{2, 5, chunk}, Wrong{2, 3, chunk}, Wrong{2, 0, chunk}, Wrong{2, 7, chunk},
                              Wrong{2, 4, chunk - 1}, Wrong{2, 4, chunk + 1}, Wrong{2, 4, 0}, Wrong{3, 4, chunk},
                              Wrong{2, 9, 100}, Wrong{2, 0xFFFF'FFFF'FFFF'FFFFU, chunk}})
        for (const auto target : {Role::client, Role::server}) {
            CAPTURE(target == Role::client, wrong.read_id, wrong.index, wrong.length);
            Options options;
            options.items = {{9 * chunk + 100, chunk}};
            options.window = 0;
            Pair pair(options);
            pair.log_in();
            const auto id = target == Role::client ? pair.open(0) : pair.upload(options.items[0].size);
            auto& session = pair.session(target);
            REQUIRE(session.read(id, 0, 1));
            REQUIRE(session.read(id, 3, 4));
            const auto by = other(target);
            say(pair, by, InnerType::data, data_body(id, 1, 0, chunk)); // discarded
            CHECK(pair.side(target).delivered == 0);
            say(pair, by, InnerType::data, data_body(id, 2, 3, chunk));
            CHECK(pair.side(target).delivered == 1);
            say(pair, by, InnerType::data, data_body(id, wrong.read_id, wrong.index, wrong.length));
            CHECK(pair.side(target).delivered == 1);
            check_ended(pair, target);
        }
}

TEST_CASE("DATA past the window, and the last chunk in another length") {
    auto pair = pair_with(10);
    const auto id = pair->open(0);
    REQUIRE(pair->client.read(id, 8, 1));
    say(*pair, Role::server, InnerType::data, data_body(id, 1, 8, chunk));
    say(*pair, Role::server, InnerType::data, data_body(id, 1, 9, chunk));
    CHECK(pair->at_client.delivered == 1);
    check_ended(*pair, Role::client);

    Options options;
    options.items = {{chunk + 100, chunk}};
    for (const std::size_t length : {std::size_t{99}, std::size_t{101}, std::size_t{chunk}}) {
        Pair last(options);
        last.log_in();
        const auto stream = last.open(0);
        REQUIRE(last.client.read(stream, 1, 1));
        say(last, Role::server, InnerType::data, data_body(stream, 1, 1, length));
        check_ended(last, Role::client);
    }
}

TEST_CASE("DATA where none belongs") {
    SECTION("without a READ") {
        for (const auto target : {Role::client, Role::server})
            for (const std::uint32_t read_id : {0U, 1U}) {
                auto pair = pair_with(10);
                const auto id = target == Role::client ? pair->open(0) : pair->upload(10 * chunk);
                say(*pair, other(target), InnerType::data, data_body(id, read_id, 0, chunk));
                check_ended(*pair, target);
            }
    }
    SECTION("in the other direction") {
        auto down = pair_with(10);
        const auto id = down->open(0);
        REQUIRE(down->client.read(id, 0, 1));
        say(*down, Role::client, InnerType::data, data_body(id, 1, 0, chunk));
        check_ended(*down, Role::server);
        auto up = pair_with(10);
        const auto upload = up->upload(10 * chunk);
        say(*up, Role::server, InnerType::data, data_body(upload, 1, 0, chunk));
        check_ended(*up, Role::client);
    }
    SECTION("of a stream that has ended, to the client") {
        auto pair = pair_with(2);
        const auto id = pair->download(0);
        say(*pair, Role::server, InnerType::data, data_body(id, 1, 1, chunk));
        check_ended(*pair, Role::client);
    }
    SECTION("behind CLOSE, to the server") {
        auto pair = pair_with(10, true);
        const auto id = pair->upload(10 * chunk);
        REQUIRE(pair->server.read(id, 0, 10));
        pair->options.answer = false; // the upload stays in ENDING
        say(*pair, Role::client, InnerType::close, proto::encode(proto::Close{id, 0, 0}));
        say(*pair, Role::client, InnerType::data, data_body(id, 1, 0, chunk));
        check_ended(*pair, Role::server);
    }
    SECTION("of a stream that never was") {
        for (const auto target : {Role::client, Role::server})
            for (const std::uint32_t id : {0U, 7U}) {
                auto pair = pair_with(2);
                (void)pair->download(0);
                say(*pair, other(target), InnerType::data, data_body(id, 1, 0, chunk));
                check_ended(*pair, target);
            }
    }
}

TEST_CASE("DATA of a newer read id is refused while a stream ends, too") {
    auto pair = pair_with(10);
    const auto id = pair->open(0);
    REQUIRE(pair->client.read(id, 0, 5));
    REQUIRE(pair->client.close_stream(id));
    say(*pair, Role::server, InnerType::data, data_body(id, 1, 0, chunk));
    CHECK(pair->at_client.delivered == 0); // counted, not delivered
    REQUIRE_FALSE(pair->client.ended());
    CHECK(pair->client.stream(id)->received == 1);
    say(*pair, Role::server, InnerType::data, data_body(id, 2, 1, chunk));
    check_ended(*pair, Role::client);
}

TEST_CASE("what crosses the end of a stream is ignored by the server, but for ids that never were") {
    const auto ended = [] {
        auto pair = pair_with(2);
        (void)pair->download(0);
        return pair;
    };
    const auto message = [](InnerType type, std::uint32_t id) {
        if (type == InnerType::read) return read_body(id, 9, 0, 1);
        if (type == InnerType::data) return data_body(id, 1, 0, chunk);
        if (type == InnerType::close) return proto::encode(proto::Close{id, 0, 0});
        return proto::encode(proto::Error{proto::Scope::stream, id, ErrorCode::changed});
    };
    for (const auto type : {InnerType::read, InnerType::data, InnerType::close, InnerType::error}) {
        CAPTURE(proto::name_of(type));
        auto pair = ended();
        const auto events = pair->at_server.events.size();
        say(*pair, Role::client, type, message(type, 1));
        CHECK(pair->server.open());
        CHECK(pair->at_server.events.size() == events);
        for (const std::uint32_t id : {0U, 2U}) {
            auto other_pair = ended();
            say(*other_pair, Role::client, type, message(type, id));
            check_ended(*other_pair, Role::server);
        }
        auto none = pair_with(2); // no OPEN at all
        say(*none, Role::client, type, message(type, 0));
        check_ended(*none, Role::server);
    }
}

TEST_CASE("counts that differ make a stream a failed one") {
    SECTION("the server's, of a download") {
        for (const auto& close : {proto::Close{1, 3, 0}, proto::Close{1, 1, 0}, proto::Close{1, 2, 1}}) {
            auto pair = pair_with(2);
            const auto id = pair->open(0);
            REQUIRE(pair->client.read(id, 0, 2));
            pair->run();
            REQUIRE(pair->client.close_stream(id));
            say(*pair, Role::server, InnerType::close, proto::encode(close));
            REQUIRE(pair->at_client.last<event::StreamClosed>() != nullptr);
            CHECK_FALSE(pair->at_client.last<event::StreamClosed>()->counts_agree);
        }
    }
    SECTION("the client's, of a download: more than was sent") {
        for (const auto& close : {proto::Close{1, 0, 3}, proto::Close{1, 1, 2}}) {
            auto pair = pair_with(2);
            const auto id = pair->open(0);
            REQUIRE(pair->client.read(id, 0, 2));
            pair->run();
            say(*pair, Role::client, InnerType::close, proto::encode(close));
            CHECK_FALSE(pair->at_server.last<event::StreamClosed>()->counts_agree);
        }
    }
    SECTION("the client's, of an upload") {
        for (const auto& close : {proto::Close{1, 1, 0}, proto::Close{1, 3, 0}, proto::Close{1, 2, 1}}) {
            auto pair = pair_with(2);
            const auto id = pair->upload(2 * chunk);
            REQUIRE(pair->server.read(id, 0, 2));
            pair->run();
            say(*pair, Role::client, InnerType::close, proto::encode(close));
            CHECK_FALSE(pair->at_server.last<event::UploadClosed>()->counts_agree);
        }
    }
}

TEST_CASE("CLOSE and OK of streams where none belongs") {
    SECTION("CLOSE to the client, unasked, twice, or for an upload") {
        auto unasked = pair_with(2);
        const auto id = unasked->open(0);
        say(*unasked, Role::server, InnerType::close, proto::encode(proto::Close{id, 0, 0}));
        check_ended(*unasked, Role::client);
        auto twice = pair_with(2);
        const auto closed = twice->download(0);
        say(*twice, Role::server, InnerType::close, proto::encode(proto::Close{closed, 2, 0}));
        check_ended(*twice, Role::client);
        auto upload = pair_with(2);
        const auto up = upload->upload(2 * chunk);
        REQUIRE(upload->client.close_stream(up));
        say(*upload, Role::server, InnerType::close, proto::encode(proto::Close{up, 0, 0}));
        check_ended(*upload, Role::client);
    }
    SECTION("CLOSE before OPENED, and twice for an upload, to the server") {
        auto early = pair_with(2, false);
        const auto id = early->open(0);
        say(*early, Role::client, InnerType::close, proto::encode(proto::Close{id, 0, 0}));
        check_ended(*early, Role::server);
        auto twice = pair_with(2);
        const auto up = twice->upload(2 * chunk);
        twice->options.answer = false;
        say(*twice, Role::client, InnerType::close, proto::encode(proto::Close{up, 0, 0}));
        say(*twice, Role::client, InnerType::close, proto::encode(proto::Close{up, 0, 0}));
        check_ended(*twice, Role::server);
    }
    SECTION("OK for an upload that was not closed, and for a download") {
        auto open = pair_with(2);
        const auto up = open->upload(2 * chunk);
        say(*open, Role::server, InnerType::ok, proto::encode(proto::StreamOk{up}));
        check_ended(*open, Role::client);
        auto down = pair_with(2);
        const auto id = down->open(0);
        REQUIRE(down->client.close_stream(id));
        say(*down, Role::server, InnerType::ok, proto::encode(proto::StreamOk{id}));
        check_ended(*down, Role::client);
    }
}
