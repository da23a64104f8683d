// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Signed items: every chunk is proven before it is handed out, also against a server that holds the keys.
#include "rogue.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::InnerType;

namespace {

constexpr std::uint32_t leaf = crypto::leaf_size;

Item signed_item(std::uint64_t size, std::uint32_t chunk_size = leaf) { return {size, chunk_size, true}; }

std::unique_ptr<Pair> pair_with(std::vector<Item> items) {
    Options options;
    options.chunk_limit = proto::max_chunk;
    options.items = std::move(items);
    options.window = 0;
    auto pair = std::make_unique<Pair>(options);
    pair->log_in();
    return pair;
}

Bytes path_of(const Item& form, std::uint64_t index) {
    if (!form.is_signed) return {};
    Bytes path(crypto::path_length(form.size, form.chunk_size, index) * proto::path_hash_size);
    tree_of(form).path(form.size, form.chunk_size, index, path);
    return path;
}

Bytes good_data(std::uint32_t stream, const Item& form, std::uint64_t index) {
    return data_body(stream, 1, index, proto::chunk_length(form.size, form.chunk_size, index), path_of(form, index));
}

void say(Pair& pair, ByteView body) { pair.inject(Role::client, sealed(pair, Role::server, InnerType::data, body)); }

// A client that has opened and asked for `form`, and whom a server that holds the keys has sent the first chunk.
struct Visit {
    explicit Visit(const Item& of) : form(of), pair(pair_with({of})), id(pair->open(0)) {
        const auto count = static_cast<std::uint32_t>(proto::chunk_count(form.size, form.chunk_size));
        REQUIRE(pair->client.read(id, 0, count));
        say(*pair, good_data(id, form, 0));
        REQUIRE(pair->at_client.delivered == 1);
    }
    void refused(const Bytes& body, Fault fault) {
        say(*pair, body);
        REQUIRE(pair->client.end().has_value());
        CHECK(pair->client.end()->how == How::violation);
        CHECK(pair->client.end()->fault == fault);
        CHECK(pair->at_client.delivered == 1); // not a byte of it was handed out
        CHECK(Peek::keys_wiped(pair->client));
        pair->run();
        REQUIRE(pair->server.end().has_value());
        CHECK(pair->server.end()->how == How::peer_error);
    }

    Item form;
    std::unique_ptr<Pair> pair;
    std::uint32_t id;
};

} // namespace

TEST_CASE("R-60: a signed item arrives whole, whatever its size and that of its chunks") {
    for (const std::uint64_t size :
         {0U, 1U, leaf - 1, leaf, leaf + 1, 3 * leaf, 7 * leaf + 5, 16 * leaf, 37 * leaf - 1})
        for (const std::uint32_t chunk_size : {leaf, 4 * leaf, 16 * leaf})
            for (const auto padding : {proto::Padding::none, proto::Padding::full}) {
                CAPTURE(size, chunk_size, padding == proto::Padding::full);
                Options options;
                options.chunk_limit = proto::max_chunk;
                options.client_padding = padding;
                options.rotation.chunks = 8;
                options.items = {signed_item(size, chunk_size)};
                Pair pair(options);
                pair.log_in();
                const auto id = pair.download(0);
                CHECK(pair.at_client.chunks[id].size() == proto::chunk_count(size, chunk_size));
                CHECK(pair.at_client.content_right);
                REQUIRE(pair.at_client.last<event::StreamClosed>() != nullptr);
                CHECK(pair.at_client.last<event::StreamClosed>()->counts_agree);
                CHECK(pair.client.open());
            }
}

TEST_CASE("full padding hides how long the path of a chunk is") {
    Options options;
    options.client_padding = proto::Padding::full;
    options.rotation = {0, 0, 0, false};
    options.items = {signed_item(5 * leaf + 1)}; // paths of 3, 3, 3, 3, 2 and 2 hashes
    options.budget = 1;                          // a record at a time
    Pair pair(options);
    pair.log_in();
    const auto id = pair.open(0);
    REQUIRE(pair.client.read(id, 0, 6));
    std::vector<std::size_t> lengths;
    pair.filter = [&](Role from, std::size_t, Bytes frame) {
        if (from == Role::server) lengths.push_back(frame.size());
        return std::vector<Bytes>{std::move(frame)};
    };
    pair.run();
    REQUIRE(pair.at_client.delivered == 6);
    REQUIRE(lengths.size() == 6);
    CHECK(std::set<std::size_t>(lengths.begin(), lengths.end()).size() == 1);
}

TEST_CASE("R-60: a chunk of a server that lies is not handed out, and the session ends") {
    const auto form = signed_item(13 * leaf + 100, 2 * leaf);
    const std::size_t header = proto::data_header_size, path = path_of(form, 1).size();
    SECTION("one bit of the chunk") {
        for (const std::size_t at : {0U, 1U, leaf - 1, leaf, 2 * leaf - 1}) {
            Visit visit(form);
            auto body = good_data(visit.id, form, 1);
            body[header + path + at] ^= 0x80;
            visit.refused(body, Fault::not_proven);
        }
    }
    SECTION("one bit of each hash of its path") {
        for (std::size_t at = 0; at < path; at += proto::path_hash_size / 2) {
            Visit visit(form);
            auto body = good_data(visit.id, form, 1);
            body[header + at] ^= 1;
            visit.refused(body, Fault::not_proven);
        }
    }
    SECTION("the chunk of another place, with its own path") {
        Visit visit(form);
        auto body = good_data(visit.id, form, 2);
        proto::write_data_header(std::span(body).first<proto::data_header_size>(), {visit.id, 1, 1},
                                 path / proto::path_hash_size);
        visit.refused(body, Fault::not_proven);
    }
    SECTION("the chunk of an item with another root") {
        Visit visit(form);
        const auto other = signed_item(form.size - 1, form.chunk_size);
        visit.refused(data_body(visit.id, 1, 1, form.chunk_size, path_of(other, 1)), Fault::not_proven);
    }
}

TEST_CASE("R-60: a path of another length is refused before it is computed") {
    const auto form = signed_item(13 * leaf + 100, 2 * leaf);
    const auto path = path_of(form, 1);
    SECTION("shorter, longer, none") {
        for (const std::size_t hashes : {std::size_t{0}, path.size() / 32 - 1, path.size() / 32 + 1, proto::max_path}) {
            CAPTURE(hashes);
            Visit visit(form);
            Bytes other = path;
            other.resize(hashes * 32);
            visit.refused(data_body(visit.id, 1, 1, form.chunk_size, other), Fault::bad_value);
        }
    }
    SECTION("more hashes than any item has") {
        Visit visit(form);
        Bytes body = data_body(visit.id, 1, 1, form.chunk_size, Bytes(proto::max_path * 32));
        body[16] = proto::max_path + 1;
        visit.refused(body, Fault::too_large);
    }
    SECTION("one in a stream that nobody signed") {
        Visit visit(Item{13 * leaf, leaf, false});
        visit.refused(data_body(visit.id, 1, 1, leaf, Bytes(32)), Fault::bad_value);
    }
    SECTION("one in an upload") {
        auto pair = pair_with({});
        const auto id = pair->upload(3 * leaf, leaf);
        REQUIRE(pair->server.read(id, 0, 3));
        pair->inject(Role::server, sealed(*pair, Role::client, InnerType::data, data_body(id, 1, 0, leaf, Bytes(32))));
        REQUIRE(pair->server.end().has_value());
        CHECK(pair->server.end()->fault == Fault::bad_value);
        CHECK(pair->at_server.delivered == 0);
    }
}

TEST_CASE("R-60: what is discarded is not handed out either, proven or not") {
    const auto form = signed_item(5 * leaf);
    Visit visit(form);
    REQUIRE(visit.pair->client.read(visit.id, 3, 2)); // read id 2
    auto old = good_data(visit.id, form, 1);
    old.back() ^= 1;
    say(*visit.pair, old);
    CHECK(visit.pair->client.open());
    CHECK(visit.pair->at_client.delivered == 1);
}

TEST_CASE("an allowance holds a stream, and no other") {
    auto pair = pair_with({signed_item(20 * leaf), {20 * leaf, leaf, false}});
    auto& server = pair->server;
    const auto held = pair->open(0), free = pair->open(1);
    CHECK_FALSE(server.stream(held)->allowance.has_value());
    REQUIRE(server.allow(held, 0));
    REQUIRE(pair->client.read(held, 0, 20));
    pair->run();
    CHECK(pair->at_client.delivered == 0);
    CHECK_FALSE(server.has_output());

    REQUIRE(pair->client.read(free, 0, 20));
    pair->run();
    CHECK(pair->at_client.chunks[free].size() == 20);
    CHECK(pair->at_client.chunks[held].empty());

    REQUIRE(server.allow(held, 3));
    CHECK(server.has_output());
    pair->run();
    CHECK(pair->at_client.chunks[held].size() == 3);
    CHECK(server.stream(held)->allowance == 0U);
    REQUIRE(server.allow(held, 2)); // what is allowed adds up
    REQUIRE(server.allow(held, 2));
    CHECK(server.stream(held)->allowance == 4U);
    pair->run();
    CHECK(pair->at_client.chunks[held].size() == 7);

    REQUIRE(pair->client.read(held, 0, 20)); // sent once more is sent once more
    REQUIRE(server.allow(held, 1));
    pair->run();
    CHECK(pair->at_client.chunks[held].size() == 8);
    CHECK(pair->at_client.chunks[held].back() == 0);

    REQUIRE(server.allow(held, UINT64_MAX));
    REQUIRE(server.allow(held, UINT64_MAX));
    pair->run();
    CHECK(pair->at_client.chunks[held].back() == 19);
    CHECK(pair->client.close_stream(held));
    pair->run();
    REQUIRE(pair->at_client.last<event::StreamClosed>() != nullptr);
    CHECK(pair->at_client.last<event::StreamClosed>()->counts_agree);
}

TEST_CASE("an allowance is for the streams that a side sends") {
    auto pair = pair_with({signed_item(2 * leaf)});
    const auto download = pair->open(0), upload = pair->upload(2 * leaf, leaf);
    CHECK_FALSE(pair->server.allow(upload, 1));
    CHECK_FALSE(pair->client.allow(download, 1));
    CHECK_FALSE(pair->server.allow(download + 7, 1));
    CHECK(pair->server.allow(download, 0));
    CHECK(pair->client.close_stream(download)); // a held stream is closed like any other
    pair->run();
    CHECK(pair->at_client.count<event::StreamClosed>() == 1);
    CHECK_FALSE(pair->server.allow(download, 1));
}

TEST_CASE("LICENCE_REQUEST is answered by LICENCE, or refused") {
    auto pair = pair_with({signed_item(2 * leaf)});
    const auto id = pair->client.licence(proto::LicenceAction::renew, item_id(0), "ABCD");
    REQUIRE(id);
    pair->run();
    const auto* asked = pair->at_server.last<event::LicenceAsked>();
    REQUIRE(asked != nullptr);
    CHECK(asked->request.action == proto::LicenceAction::renew);
    CHECK(asked->request.item == item_id(0));
    CHECK(asked->request.voucher == "ABCD");
    const auto* arrived = pair->at_client.last<event::LicenceArrived>();
    REQUIRE(arrived != nullptr);
    CHECK(arrived->reply.request == *id);
    CHECK(arrived->reply.item == item_id(0));
    CHECK(arrived->reply.terms == proto::Terms{});
    CHECK_FALSE(pair->server.reply(proto::LicenceReply{*id, item_id(0), {}})); // once

    pair->options.answer = false;
    const auto second = pair->client.licence(proto::LicenceAction::show, item_id(0), {});
    pair->run();
    REQUIRE(pair->server.refuse(*second, proto::ErrorCode::ledger_away));
    pair->run();
    REQUIRE(pair->at_client.last<event::RequestRefused>() != nullptr);
    CHECK(pair->at_client.last<event::RequestRefused>()->code == proto::ErrorCode::ledger_away);
    const auto open = pair->client.open_item(proto::Mode::play, item_id(0), item_id(9));
    pair->run();
    CHECK_FALSE(pair->server.reply(proto::LicenceReply{*open, item_id(0), {}})); // an OPEN is answered otherwise
    CHECK(pair->client.open());
}

TEST_CASE("R-44: a client has at most 8 requests unanswered, of whatever kind") {
    auto pair = pair_with({});
    pair->options.answer = false;
    for (int i = 0; i < 8; ++i) CHECK(pair->client.licence(proto::LicenceAction::show, item_id(0), {}));
    CHECK_FALSE(pair->client.licence(proto::LicenceAction::show, item_id(0), {}));
    pair->run();
    CHECK(pair->at_server.count<event::LicenceAsked>() == 8);
    CHECK(pair->server.open());
    pair->inject(Role::server, sealed(*pair, Role::client, InnerType::licence_request,
                                      proto::encode(proto::LicenceRequest{9, {}, item_id(0), {}})));
    REQUIRE(pair->server.end().has_value());
    CHECK(pair->server.end()->code == static_cast<std::uint16_t>(proto::ErrorCode::limit));
}
