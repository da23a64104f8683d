// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Requests and answers against a peer that holds the keys and breaks the rules.
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

Bytes list_body(std::uint32_t request) { return proto::encode(proto::List{request, 0, 0, 0, ""}); }
Bytes open_body(std::uint32_t request) {
    proto::Open open;
    open.request = request;
    open.item = item_id(0);
    return proto::encode(open);
}
Bytes catalogue_body(std::uint32_t request) {
    proto::Catalogue catalogue;
    catalogue.request = request;
    return proto::encode(catalogue);
}

} // namespace

TEST_CASE("request ids start above 0 and increase") {
    for (const bool listing : {true, false}) {
        const auto body = [&](std::uint32_t id) { return listing ? list_body(id) : open_body(id); };
        const auto type = listing ? InnerType::list : InnerType::open;
        auto zero = pair_with(2);
        say(*zero, Role::client, type, body(0));
        check_ended(*zero, Role::server);
        for (const std::uint32_t second : {5U, 4U, 1U}) {
            auto pair = pair_with(2);
            say(*pair, Role::client, InnerType::list, list_body(5));
            REQUIRE_FALSE(pair->server.ended());
            say(*pair, Role::client, type, body(second));
            check_ended(*pair, Role::server);
        }
    }
}

TEST_CASE("at most 8 requests unanswered, and an answer that nobody read is none") {
    for (const bool answer : {false, true}) {
        auto pair = pair_with(2, answer);
        std::vector<Bytes> records;
        for (std::uint32_t id = 1; id <= 9; ++id)
            records.push_back(sealed(*pair, Role::client, InnerType::list, list_body(id)));
        for (std::size_t i = 0; i < 8; ++i) pair->inject(Role::server, records[i]);
        REQUIRE(pair->server.open());
        CHECK(Peek::queued(pair->server) == (answer ? 8 : 0));
        pair->inject(Role::server, records[8]);
        REQUIRE(pair->server.end().has_value());
        CHECK(pair->server.end()->code == static_cast<std::uint16_t>(ErrorCode::limit));
        CHECK(Peek::queued(pair->server) == 0);
    }
    auto pair = pair_with(2); // our own client keeps to it
    pair->options.answer = false;
    for (int i = 0; i < 8; ++i) CHECK(pair->client.list(0, 0, 0, ""));
    CHECK_FALSE(pair->client.list(0, 0, 0, ""));
    CHECK_FALSE(pair->client.open_item(proto::Mode::save, item_id(0), {}));
}

TEST_CASE("a fifth stream is refused, and the session goes on") {
    auto pair = pair_with(2);
    for (int i = 0; i < 4; ++i) (void)pair->open(0);
    say(*pair, Role::client, InnerType::open, open_body(5));
    CHECK(pair->server.open());
    CHECK(pair->at_server.count<event::OpenRequest>() == 4);
    CHECK(pair->server.stream(5) == nullptr);
    CHECK(pair->server.has_output());
}

TEST_CASE("who asks without reading does not fill our memory") {
    SECTION("PING") {
        auto pair = pair_with(2);
        std::size_t sent = 0;
        for (; sent < 100 && pair->server.open(); ++sent)
            say(*pair, Role::client, InnerType::ping, proto::encode(proto::Ping{sent}));
        CHECK(sent == 17);
        CHECK(pair->server.end()->code == static_cast<std::uint16_t>(ErrorCode::limit));
    }
    SECTION("OPEN and CLOSE, again and again") {
        auto pair = pair_with(2);
        std::uint32_t id = 1;
        std::size_t most = 0;
        for (; id < 100 && pair->server.open(); ++id) {
            say(*pair, Role::client, InnerType::open, open_body(id));
            if (!pair->server.open()) break;
            say(*pair, Role::client, InnerType::close, proto::encode(proto::Close{id, 0, 0}));
            most = std::max(most, Peek::queued(pair->server));
        }
        CHECK(id == 9);
        CHECK(most <= 16);
    }
}

TEST_CASE("answers that nobody asked for, or that say something else") {
    SECTION("CATALOGUE unasked, twice, or for an OPEN") {
        auto unasked = pair_with(2);
        say(*unasked, Role::server, InnerType::catalogue, catalogue_body(1));
        check_ended(*unasked, Role::client);
        auto twice = pair_with(2);
        const auto id = twice->client.list(0, 0, 0, "").value();
        twice->run();
        say(*twice, Role::server, InnerType::catalogue, catalogue_body(id));
        check_ended(*twice, Role::client);
        auto open = pair_with(2, false);
        say(*open, Role::server, InnerType::catalogue, catalogue_body(open->open(0)));
        check_ended(*open, Role::client);
    }
    SECTION("LICENCE unasked, twice, of another item, for a LIST or an OPEN") {
        const auto body = [](std::uint32_t id, std::uint8_t item = 0) {
            return proto::encode(proto::LicenceReply{id, item_id(item), {}});
        };
        for (int wrong = 0; wrong <= 4; ++wrong) {
            CAPTURE(wrong);
            auto pair = pair_with(2, wrong == 1);
            std::uint32_t id = 1;
            if (wrong == 1 || wrong == 2) id = pair->client.licence(proto::LicenceAction::show, item_id(0), {}).value();
            if (wrong == 3) id = pair->client.list(0, 0, 0, "").value();
            if (wrong == 4) id = pair->open(0);
            pair->run();
            say(*pair, Role::server, InnerType::licence, body(id, wrong == 2 ? 1 : 0));
            check_ended(*pair, Role::client);
        }
    }
    SECTION("CATALOGUE or OPENED for a LICENCE_REQUEST") {
        for (const bool catalogue : {true, false}) {
            auto pair = pair_with(2, false);
            const auto id = pair->client.licence(proto::LicenceAction::show, item_id(0), {}).value();
            if (catalogue)
                say(*pair, Role::server, InnerType::catalogue, catalogue_body(id));
            else
                say(*pair, Role::server, InnerType::opened, proto::encode(opened_of(id, 0, {10, chunk})));
            check_ended(*pair, Role::client);
        }
    }
    SECTION("OPENED for a LIST, twice, or unasked") {
        auto list = pair_with(2, false);
        const auto id = list->client.list(0, 0, 0, "").value();
        say(*list, Role::server, InnerType::opened, proto::encode(opened_of(id, 0, {10, chunk})));
        check_ended(*list, Role::client);
        auto twice = pair_with(2);
        const auto open = twice->open(0);
        say(*twice, Role::server, InnerType::opened, proto::encode(opened_of(open, 0, {2 * chunk, chunk})));
        check_ended(*twice, Role::client);
    }
    SECTION("ERROR(request) for something answered") {
        auto pair = pair_with(2);
        const auto id = pair->open(0);
        say(*pair, Role::server, InnerType::error,
            proto::encode(proto::Error{proto::Scope::request, id, ErrorCode::busy}));
        check_ended(*pair, Role::client);
    }
    SECTION("OPENED of another item, of too large chunks, or with chunks that we already had") {
        proto::Opened wrong[3];
        for (auto& opened : wrong) opened = opened_of(1, 0, {2 * chunk, chunk});
        wrong[0].manifest.item[3] = 1;
        wrong[1].chunk_size = 2 * chunk;
        wrong[2].next_chunk = 1;
        for (const auto& opened : wrong) {
            auto pair = pair_with(2, false);
            (void)pair->open(0);
            say(*pair, Role::server, InnerType::opened, proto::encode(opened));
            check_ended(*pair, Role::client);
        }
    }
    SECTION("OPENED that does not repeat the upload") {
        const auto wanted = upload_of(5 * chunk, chunk);
        auto right = manifest_of(0, {wanted.size, wanted.chunk_size});
        right.name = wanted.name;
        right.sha256 = wanted.sha256;
        for (int wrong = 0; wrong <= 9; ++wrong) {
            auto pair = pair_with(2, false);
            const auto id = pair->upload(wanted.size);
            auto opened = proto::plain_opened(id, right, 5);
            auto& manifest = opened.manifest;
            if (wrong == 1) --manifest.size;
            if (wrong == 2) manifest.name += "x";
            if (wrong == 3) manifest.sha256[0] ^= 1;
            if (wrong == 4) manifest.kind = proto::Kind::audio;
            if (wrong == 5) opened.next_chunk = 6;
            if (wrong == 6) manifest.chunk_size *= 2;
            if (wrong == 7) opened.chunk_size *= 2;
            if (wrong == 8) opened.terms.state = proto::TermsState::ready;
            if (wrong == 9) {
                manifest.root[0] = 1;
                opened.signature = {{Bytes{0x30}}, 0x0403, Bytes(70, 1)};
            }
            CAPTURE(wrong);
            say(*pair, Role::server, InnerType::opened, proto::encode(opened));
            if (wrong == 0)
                CHECK(pair->client.open());
            else
                check_ended(*pair, Role::client);
        }
    }
}

TEST_CASE("an upload in larger chunks than were agreed") {
    auto pair = pair_with(2);
    proto::Open open;
    open.request = 1;
    open.mode = proto::Mode::upload;
    open.upload = upload_of(10, 2 * chunk);
    say(*pair, Role::client, InnerType::open, proto::encode(open));
    CHECK(pair->at_server.count<event::OpenRequest>() == 0);
    check_ended(*pair, Role::server);
}

TEST_CASE("every message with a byte too many or too few (R-43)") {
    for (const auto role : {Role::client, Role::server})
        for (int say_it = static_cast<int>(Say::ok_stream); say_it <= static_cast<int>(Say::licence); ++say_it) {
            const auto what = static_cast<Say>(say_it);
            if (what == Say::authenticate || !scene(role, Phase::open, what).session().open()) continue;
            for (const bool longer : {true, false}) {
                auto made = scene(role, Phase::open, what);
                const auto delivered = made.pair->side(role).delivered;
                bool changed = true;
                made.say(what, [&](Bytes& body) {
                    changed = longer || !body.empty();
                    if (longer)
                        body.push_back(0);
                    else if (changed)
                        body.pop_back();
                });
                CAPTURE(role == Role::client, name_of(what), longer);
                if (changed) {
                    CHECK(made.session().ended());
                    REQUIRE(made.session().end().has_value());
                    CHECK(made.session().end()->how == How::violation);
                    CHECK(made.pair->side(role).delivered == delivered);
                }
            }
        }
}
