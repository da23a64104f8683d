// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Requests, streams and windows (PROTOCOL.md section 8) between two honest sessions.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using Indices = std::vector<std::uint64_t>;

namespace {

constexpr std::uint32_t chunk = proto::min_chunk;

Options with_items(std::vector<Item> items) {
    Options options;
    options.items = std::move(items);
    return options;
}

} // namespace

TEST_CASE("four streams at once share the pipe in turn, a fifth is not opened") {
    Pair pair(with_items({{40 * chunk, chunk}}));
    pair.log_in();
    const std::vector<std::uint32_t> ids{pair.open(0), pair.open(0), pair.open(0), pair.open(0)};
    CHECK_FALSE(pair.client.open_item(proto::Mode::play, item_id(0), {}));
    CHECK_FALSE(pair.client.open_upload(upload_of(10, chunk)));
    for (const auto id : ids) REQUIRE(pair.client.read(id, 0, 40));
    std::size_t widest = 0;
    for (int round = 0; round < 20; ++round) {
        for (const auto role : {Role::client, Role::server}) {
            pair.produce(role);
            pair.carry(role);
        }
        std::size_t least = 99, most = 0;
        for (const auto id : ids) {
            least = std::min(least, pair.at_client.chunks[id].size());
            most = std::max(most, pair.at_client.chunks[id].size());
        }
        widest = std::max(widest, most - least);
    }
    CHECK(widest <= 1);
    pair.run();
    for (const auto id : ids) {
        CHECK(pair.at_client.chunks[id].size() == 40);
        REQUIRE(pair.client.close_stream(id));
    }
    pair.run();
    CHECK(pair.at_client.count<event::StreamClosed>() == 4);
    CHECK(pair.at_server.count<event::StreamClosed>() == 4);
    CHECK(pair.client.stream(ids[0]) == nullptr);
    CHECK(pair.server.stream(ids[0]) == nullptr);
    CHECK(pair.client.open_item(proto::Mode::play, item_id(0), {}));
}

TEST_CASE("a request that is refused ends its stream") {
    Pair pair(with_items({}));
    pair.log_in();
    const auto id = pair.open(3);
    REQUIRE(pair.at_client.last<event::RequestRefused>() != nullptr);
    CHECK(pair.at_client.last<event::RequestRefused>()->request == id);
    CHECK(pair.at_client.last<event::RequestRefused>()->code == proto::ErrorCode::unavailable);
    CHECK(pair.client.stream(id) == nullptr);
    CHECK(pair.server.stream(id) == nullptr);
    CHECK_FALSE(pair.client.read(id, 0, 1));
    CHECK_FALSE(pair.client.close_stream(id));
}

TEST_CASE("an empty item, one byte, a chunk, one byte more") {
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{chunk}, std::uint64_t{chunk} + 1}) {
        CAPTURE(size);
        Pair pair(with_items({{size, chunk}}));
        pair.log_in();
        const auto down = pair.download(0);
        CHECK(pair.at_client.chunks[down].size() == proto::chunk_count(size, chunk));
        CHECK(pair.at_client.last<event::StreamClosed>()->counts_agree);
        const auto up = pair.upload(size);
        REQUIRE(pair.client.close_stream(up));
        pair.run();
        CHECK(pair.at_client.count<event::UploadAccepted>() == 1);
        CHECK(pair.server.counters().bytes_received == size);
        CHECK(pair.client.counters().bytes_received == size);
    }
}

TEST_CASE("a READ replaces the window; what was under way for the former one is discarded") {
    Pair pair(with_items({{20 * chunk, chunk}}));
    pair.log_in();
    const auto id = pair.open(0);
    REQUIRE(pair.client.read(id, 0, 10));
    pair.produce(Role::client);
    pair.carry(Role::client);
    pair.produce(Role::server); // three or four chunks of the former window
    CHECK(pair.server.counters().data_sent > 1);
    REQUIRE(pair.client.read(id, 15, 3));
    pair.run();
    CHECK(pair.at_client.chunks[id] == Indices{15, 16, 17});
    CHECK(pair.client.stream(id)->received == pair.server.stream(id)->sent);
    CHECK(pair.client.counters().data_received == 3);
    REQUIRE(pair.client.read(id, 2, 1)); // backwards, too
    pair.run();
    CHECK(pair.at_client.chunks[id] == Indices{15, 16, 17, 2});
    REQUIRE(pair.client.close_stream(id));
    pair.run();
    CHECK(pair.at_client.last<event::StreamClosed>()->counts_agree);
    CHECK(pair.at_client.last<event::StreamClosed>()->chunks > 4); // discarded ones included
    CHECK(pair.at_server.last<event::StreamClosed>()->counts_agree);
}

TEST_CASE("a READ extends the window, and cancels it") {
    Pair pair(with_items({{20 * chunk, chunk}}));
    pair.log_in();
    const auto id = pair.open(0);
    CHECK_FALSE(pair.client.extend(id, 5)); // nothing to extend yet
    REQUIRE(pair.client.read(id, 4, 2));
    pair.run();
    CHECK_FALSE(pair.client.extend(id, 1));  // not below the former
    CHECK_FALSE(pair.client.extend(id, 17)); // past the end
    CHECK_FALSE(pair.client.read(id, 18, 3));
    CHECK_FALSE(pair.client.read(id, 21, 0));
    REQUIRE(pair.client.extend(id, 5));
    pair.run();
    CHECK(pair.at_client.chunks[id] == Indices{4, 5, 6, 7, 8});
    REQUIRE(pair.client.extend(id, 16));
    REQUIRE(pair.client.read(id, 9, 0)); // cancelled before it began
    pair.run();
    CHECK(pair.at_client.chunks[id].size() == 5);
    REQUIRE(pair.client.extend(id, 1));
    pair.run();
    CHECK(pair.at_client.chunks[id] == Indices{4, 5, 6, 7, 8, 9});
    REQUIRE(pair.client.read(id, 20, 0)); // at the end there is nothing, and that is legal
    pair.run();
    CHECK(pair.client.open());
}

TEST_CASE("an upload in windows; READ of the wrong side is not to be had") {
    auto options = with_items({{4 * chunk, chunk}});
    options.window = 2;
    Pair pair(options);
    pair.log_in();
    const auto up = pair.upload(5 * chunk);
    CHECK(pair.at_server.chunks[up] == Indices{0, 1});
    CHECK_FALSE(pair.client.read(up, 0, 1));
    REQUIRE(pair.server.extend(up, 3));
    pair.run();
    REQUIRE(pair.server.read(up, 3, 2)); // resumes
    pair.run();
    CHECK(pair.at_server.chunks[up] == Indices{0, 1, 2, 3, 4});
    REQUIRE(pair.client.close_stream(up));
    CHECK_FALSE(pair.client.close_stream(up)); // once
    pair.run();
    CHECK(pair.at_client.last<event::UploadAccepted>()->stream == up);
    CHECK(pair.at_server.last<event::UploadClosed>()->counts_agree);
    const auto down = pair.open(0);
    CHECK_FALSE(pair.server.read(down, 0, 1));
}

TEST_CASE("an upload closed before it is whole is not accepted") {
    auto options = with_items({});
    options.window = 2;
    Pair pair(options);
    pair.log_in();
    const auto up = pair.upload(5 * chunk);
    REQUIRE(pair.client.close_stream(up));
    pair.run();
    CHECK(pair.at_client.count<event::UploadAccepted>() == 0);
    REQUIRE(pair.at_client.last<event::StreamFailed>() != nullptr);
    CHECK(pair.at_client.last<event::StreamFailed>()->code == proto::ErrorCode::hash_mismatch);
    CHECK(pair.client.stream(up) == nullptr);
    CHECK(pair.client.open());
}

TEST_CASE("a chunk that cannot be read: nothing of the stream goes on, the rest does") {
    Pair pair(with_items({{10 * chunk, chunk}, {10 * chunk, chunk}}));
    pair.log_in();
    const auto bad = pair.open(0), good = pair.open(1);
    pair.at_server.source_fails = [&](std::uint32_t stream, std::uint64_t index) {
        return stream == bad && index == 3;
    };
    REQUIRE(pair.client.read(bad, 0, 10));
    REQUIRE(pair.client.read(good, 0, 10));
    pair.run();
    CHECK(pair.at_client.chunks[bad] == Indices{0, 1, 2});
    CHECK(pair.at_client.chunks[good].size() == 10);
    REQUIRE(pair.server.fail_stream(bad, proto::ErrorCode::read_failed));
    CHECK_FALSE(pair.server.fail_stream(bad, proto::ErrorCode::read_failed));
    pair.run();
    CHECK(pair.at_client.last<event::StreamFailed>()->stream == bad);
    CHECK(pair.client.stream(bad) == nullptr);
    CHECK(pair.client.open());
}

TEST_CASE("a source that fails its stream at once") {
    Pair pair(with_items({{10 * chunk, chunk}}));
    pair.log_in();
    const auto id = pair.open(0);
    pair.at_server.source_fails = [&](std::uint32_t stream, std::uint64_t index) {
        if (index == 2) pair.server.fail_stream(stream, proto::ErrorCode::changed);
        return index == 2;
    };
    REQUIRE(pair.client.read(id, 0, 10));
    pair.run();
    CHECK(pair.at_client.chunks[id] == Indices{0, 1});
    CHECK(pair.at_client.last<event::StreamFailed>()->code == proto::ErrorCode::changed);
}

TEST_CASE("what crosses the end of a stream is ignored") {
    Pair pair(with_items({{10 * chunk, chunk}}));
    pair.log_in();
    const auto id = pair.open(0);
    REQUIRE(pair.server.fail_stream(id, proto::ErrorCode::changed));
    REQUIRE(pair.client.read(id, 0, 5));
    REQUIRE(pair.client.close_stream(id));
    pair.run();
    CHECK(pair.client.open());
    CHECK(pair.server.open());
    CHECK(pair.at_client.count<event::StreamFailed>() == 1);
    CHECK(pair.at_client.delivered == 0);

    const auto up = pair.upload(200 * chunk); // DATA under way when the server gives it up
    CHECK(pair.at_server.chunks[up].size() == 200);
    const auto next = pair.client.open_upload(upload_of(200 * chunk, chunk)).value();
    for (int i = 0; i < 4; ++i)
        for (const auto role : {Role::client, Role::server}) {
            pair.produce(role);
            pair.carry(role);
        }
    const auto taken = pair.at_server.chunks[next].size();
    CHECK(taken > 0);
    CHECK(taken < 200);
    pair.produce(Role::client);
    REQUIRE(pair.server.fail_stream(next, proto::ErrorCode::superseded));
    pair.run();
    CHECK(pair.at_server.chunks[next].size() == taken);
    CHECK(pair.client.open());
    CHECK(pair.server.open());
    CHECK(pair.at_client.last<event::StreamFailed>()->stream == next);
}

TEST_CASE("full padding hides the lengths of everything but the handshake") {
    for (const auto suite : {Suite::aes128_gcm_sha256, Suite::aes128_cbc_sha256, Suite::chacha20_sha384}) {
        auto options = with_items({{2 * chunk + 7, chunk}});
        options.suite = suite;
        options.user = false;
        options.client_padding = proto::Padding::full; // the client's wish is enough
        Pair pair(options);
        std::map<Role, std::vector<std::size_t>> lengths;
        pair.filter = [&](Role from, std::size_t, const Bytes& frame) {
            if (frame[0] == 5 && frame[7] != 0)
                lengths[from].push_back(std::size_t{frame[1]} << 16 | std::size_t{frame[2]} << 8 | frame[3]);
            return std::vector<Bytes>{frame};
        };
        pair.log_in();
        CHECK(pair.client.agreement().padding == proto::Padding::full);
        REQUIRE(pair.client.list(0, 0, 0, "words"));
        pair.run();
        (void)pair.download(0);
        pair.client.bye(pair.now);
        pair.run();
        const auto& info = crypto::info(suite);
        const auto around = 4 + info.block + info.tag_length();
        const auto data = around + (4 + proto::data_header_size + chunk + (info.block != 0 ? info.block - 1 : 0)) /
                                       (info.block != 0 ? info.block : 1) * (info.block != 0 ? info.block : 1);
        std::size_t datas = 0;
        for (const auto& [role, all] : lengths)
            for (const auto length : all) {
                CAPTURE(name_of(suite), role == Role::client, length);
                const bool is_data = length == data;
                datas += is_data ? 1 : 0;
                CHECK((is_data || (length - around) % 1024 == 0));
            }
        CHECK(datas == 3); // the short one, too
        CHECK(lengths[Role::client].size() == 5);
        CHECK(pair.at_client.content_right);
    }
}

TEST_CASE("a budget is kept to, but for one record") {
    Pair pair(with_items({{100 * chunk, chunk}}));
    pair.log_in();
    const auto id = pair.open(0);
    REQUIRE(pair.client.read(id, 0, 100));
    pair.produce(Role::client);
    pair.carry(Role::client);
    for (const std::size_t budget : {std::size_t{1}, std::size_t{chunk}, std::size_t{100'000}}) {
        states::Buffer out;
        pair.server.produce(out, budget, pair.at_server, pair.now);
        CHECK_FALSE(out.empty());
        CHECK(out.size() < budget + pair.server.largest_record());
    }
}

TEST_CASE("the server opens nothing in larger chunks than were agreed") {
    auto options = with_items({{10, 2 * chunk}});
    options.answer = false;
    Pair pair(options);
    pair.log_in();
    const auto id = pair.open(0);
    CHECK_FALSE(pair.server.reply_opened(proto::plain_opened(id, manifest_of(0, options.items[0]))));
    CHECK(pair.server.reply_opened(proto::plain_opened(id, manifest_of(0, {10, chunk}))));
    CHECK_FALSE(pair.server.reply_opened(proto::plain_opened(id, manifest_of(0, {10, chunk})))); // once
    pair.run();
    CHECK(pair.at_client.count<event::StreamOpened>() == 1);
}
