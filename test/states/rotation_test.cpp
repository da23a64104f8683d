// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Key rotation (PROTOCOL.md section 6) where all goes well.
#include "rogue.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace cifra;
using namespace cifra::test;
using states::Rotation;

namespace {

constexpr std::uint32_t chunk = proto::min_chunk;

Options rotating(Suite suite, std::uint32_t chunks, std::uint64_t items_chunks) {
    Options options;
    options.suite = suite;
    options.rotation.chunks = chunks;
    options.items = {{items_chunks * chunk - 5, chunk}};
    options.window = 0;
    return options;
}

std::vector<std::uint64_t> all_chunks(std::uint64_t count) {
    std::vector<std::uint64_t> indices(count);
    std::iota(indices.begin(), indices.end(), 0U);
    return indices;
}

struct Streams {
    std::uint32_t down = 0, up = 0;
};

// One item down and one up, at the same time.
Streams both_ways(Pair& pair) {
    const auto size = pair.options.items[0].size;
    const auto count = static_cast<std::uint32_t>(proto::chunk_count(size, chunk));
    const Streams streams{pair.open(0), pair.upload(size)};
    REQUIRE(pair.client.read(streams.down, 0, count));
    REQUIRE(pair.server.read(streams.up, 0, count));
    pair.run();
    return streams;
}

void check_both_ways(Pair& pair, const Streams& streams) {
    const auto count = proto::chunk_count(pair.options.items[0].size, chunk);
    CHECK(pair.at_client.chunks[streams.down] == all_chunks(count));
    CHECK(pair.at_server.chunks[streams.up] == all_chunks(count));
    CHECK(pair.at_client.content_right);
    CHECK(pair.at_server.content_right);
    CHECK(pair.client.sending_epoch() == pair.server.sending_epoch());
    CHECK(pair.client.counters().rotations == pair.server.counters().rotations);
    CHECK(pair.client.counters().rotations + 1 == pair.client.sending_epoch());
    CHECK(pair.client.counters().data_received == count);
    CHECK(pair.server.counters().data_sent == count);
    CHECK(pair.server.counters().bytes_received == pair.options.items[0].size);
    CHECK(pair.server.rotation() == Rotation::steady);
    CHECK(pair.client.rotation() == Rotation::steady);
    REQUIRE(pair.client.close_stream(streams.down));
    REQUIRE(pair.client.close_stream(streams.up));
    pair.run();
    CHECK(pair.at_client.last<event::StreamClosed>()->counts_agree);
    CHECK(pair.at_client.count<event::UploadAccepted>() == 1);
}

} // namespace

TEST_CASE("every suite rotates at every N, both ways at once") {
    for (const auto suite : all_suites())
        for (const std::uint32_t n : {1U, 2U, 3U, 16U}) {
            CAPTURE(name_of(suite), n);
            Pair pair(rotating(suite, n, 24));
            pair.log_in();
            check_both_ways(pair, both_ways(pair));
            CHECK(pair.client.counters().rotations >= 24 / n);
        }
}

TEST_CASE("with N = 128 and a pipe that moves nothing ever waits") {
    for (const auto suite : all_suites()) {
        CAPTURE(name_of(suite));
        Pair pair(rotating(suite, 128, suite == Suite::tdes_cbc_sha256 ? 150 : 300));
        pair.log_in();
        check_both_ways(pair, both_ways(pair));
        CHECK(pair.client.counters().rotations >= 2);
        CHECK(pair.client.counters().stalls == 0);
        CHECK(pair.server.counters().stalls == 0);
    }
}

TEST_CASE("epochs stay in step, and N holds under each") {
    for (const std::uint32_t n : {1U, 2U, 3U}) {
        Pair pair(rotating(Suite::aes128_gcm_sha256, n, 20));
        std::map<std::pair<Role, std::uint32_t>, std::size_t> data; // by sender and epoch
        pair.filter = [&](Role from, std::size_t, const Bytes& frame) {
            const auto ours = pair.client.sending_epoch(), theirs = pair.server.sending_epoch();
            CHECK((ours == theirs || ours == theirs + 1 || ours == 0 || theirs == 0));
            if (frame[0] == 5 && frame.size() > chunk) ++data[{from, frame[7]}];
            return std::vector<Bytes>{frame};
        };
        pair.log_in();
        check_both_ways(pair, both_ways(pair));
        REQUIRE_FALSE(data.empty());
        for (const auto& [key, count] : data) CHECK(count <= n);
        if (n == 1) CHECK(pair.client.counters().stalls > 0);
    }
}

TEST_CASE("rotation with a ratchet, with full padding, and byte by byte") {
    for (const auto suite : all_suites()) {
        CAPTURE(name_of(suite));
        auto options = rotating(suite, 3, 7);
        options.rotation.ratchet = true;
        Pair ratchet(options);
        ratchet.log_in();
        check_both_ways(ratchet, both_ways(ratchet));

        options.rotation.ratchet = false;
        options.server_padding = proto::Padding::full;
        Pair padded(options);
        padded.log_in();
        check_both_ways(padded, both_ways(padded));
    }
    for (const auto suite : {Suite::aes256_gcm_sha384, Suite::aes256_cbc_sha512}) {
        auto options = rotating(suite, 2, 6);
        options.feed = 1;
        Pair pair(options);
        pair.log_in();
        check_both_ways(pair, both_ways(pair));
    }
}

TEST_CASE("rotation by bytes never stands still") {
    // Below one chunk, just at a chunk, between one and two, and more.
    for (const std::uint64_t bytes :
         {1U, 10'000U, 16'383U, 16'384U, 16'385U, 20'000U, 32'767U, 32'768U, 50'000U, 200'000U}) {
        CAPTURE(bytes);
        auto options = rotating(Suite::chacha20_poly1305_sha256, 0, 20);
        options.rotation.bytes = bytes;
        Pair pair(options);
        pair.log_in();
        check_both_ways(pair, both_ways(pair));
        CHECK(pair.client.counters().rotations >= 20 * chunk / std::max<std::uint64_t>(bytes, chunk) / 2);
    }
}

TEST_CASE("a short chunk does not leave too little room for a long one") {
    Options options;
    options.rotation = {0, 20'000, 0, false}; // bytes
    options.items = {{4000, chunk}, {4 * chunk, chunk}};
    options.window = 0;
    Pair pair(options);
    pair.log_in();
    // 4,000 of 20,000 bytes are less than the half, and 16,384 do not fit in the rest.
    const auto down = pair.download(0);
    CHECK(pair.at_client.chunks[down].size() == 1);
    const auto next = pair.download(1);
    CHECK(pair.at_client.chunks[next] == all_chunks(4));
    const auto up = pair.upload(4000);
    REQUIRE(pair.server.read(up, 0, 1));
    pair.run();
    const auto long_up = pair.upload(4 * chunk);
    REQUIRE(pair.server.read(long_up, 0, 4));
    pair.run();
    CHECK(pair.at_server.chunks[long_up] == all_chunks(4));
    CHECK(pair.client.rotation() == Rotation::steady);
    CHECK(pair.server.rotation() == Rotation::steady);
}

TEST_CASE("rotation by time, and only in an epoch that carried something") {
    Options options;
    options.rotation = {0, 0, 60, false};
    Pair pair(options);
    pair.log_in();
    pair.pass(std::chrono::minutes(30));
    CHECK(pair.server.counters().rotations == 0);
    REQUIRE(pair.client.list(0, 0, 0, ""));
    pair.run();
    CHECK(pair.server.counters().rotations == 1); // its time had long come
    REQUIRE(pair.client.list(0, 0, 0, ""));
    pair.run();
    pair.pass(std::chrono::seconds(59));
    CHECK(pair.server.counters().rotations == 1);
    pair.pass(std::chrono::seconds(1));
    CHECK(pair.server.counters().rotations == 2);
    CHECK(pair.client.sending_epoch() == 3);
    pair.pass(std::chrono::minutes(30));
    CHECK(pair.server.counters().rotations == 2);
}

TEST_CASE("while DATA is held everything else goes on") {
    Pair pair(rotating(Suite::aes128_gcm_sha256, 2, 10));
    pair.log_in();
    const auto down = pair.open(0);
    REQUIRE(pair.client.read(down, 0, 10));
    pair.produce(Role::client);
    pair.carry(Role::client);
    pair.produce(Role::server); // DATA, ROTATE, DATA; the client does not see them yet
    CHECK(pair.server.rotation() == Rotation::held);
    CHECK(pair.server.counters().stalls == 1);
    CHECK(pair.server.counters().data_sent == 2);
    CHECK_FALSE(pair.server.has_output());
    REQUIRE(pair.client.list(0, 0, 0, ""));
    pair.produce(Role::client);
    pair.carry(Role::client);
    CHECK(pair.server.has_output());
    const auto before = std::as_const(pair.at_server.out).view().size();
    pair.produce(Role::server);
    CHECK(std::as_const(pair.at_server.out).view().size() > before);
    CHECK(pair.server.counters().data_sent == 2);
    pair.run();
    CHECK(pair.at_client.count<event::CatalogueArrived>() == 1);
    CHECK(pair.at_client.chunks[down] == all_chunks(10));
}

TEST_CASE("BYE while a rotation is under way ends cleanly, whoever says it and when") {
    enum class When { pending, held, draining, draining_held, answered };
    for (const auto who : {Role::client, Role::server})
        for (const auto when : {When::pending, When::held, When::draining, When::draining_held, When::answered}) {
            CAPTURE(who == Role::client, static_cast<int>(when));
            Pair pair(rotating(Suite::aes256_cbc_sha384, when == When::pending ? 3 : 2, 10));
            pair.log_in();
            const auto down = pair.open(0);
            const auto up = pair.upload(10 * chunk);
            REQUIRE(pair.client.read(down, 0, when == When::pending ? 1 : 10));
            pair.produce(Role::client);
            pair.carry(Role::client);
            if (when == When::draining_held) REQUIRE(pair.server.read(up, 0, 10));
            pair.produce(Role::server);
            CHECK(pair.server.rotation() == (when == When::pending ? Rotation::pending : Rotation::held));
            if (when >= When::draining) pair.carry(Role::server);
            if (when >= When::draining) {
                pair.produce(Role::client);
                CHECK(pair.client.rotation() ==
                      (when == When::draining_held ? Rotation::draining_held : Rotation::draining));
            }
            if (when == When::answered) {
                pair.carry(Role::client);
                CHECK(pair.server.rotation() == Rotation::steady);
            }
            if (who == Role::client)
                pair.client.bye(pair.now);
            else
                pair.server.bye(pair.now);
            pair.run();
            REQUIRE(pair.client.end().has_value());
            REQUIRE(pair.server.end().has_value());
            CHECK(pair.client.end()->how == event::How::clean);
            CHECK(pair.server.end()->how == event::How::clean);
            CHECK(pair.at_client.content_right);
        }
}

TEST_CASE("old keys go when nothing may come under them any more") {
    auto made = scene(Role::client, states::Phase::open, Say::rotated);
    CHECK(Peek::expects_next_epoch(made.pair->client)); // both epochs until ROTATED
    CHECK(made.pair->client.sending_epoch() == 2);
    CHECK_FALSE(Peek::expects_next_epoch(made.pair->server));
    made.say(Say::rotated);
    CHECK_FALSE(made.pair->client.ended());
    CHECK_FALSE(Peek::expects_next_epoch(made.pair->client));
    CHECK(made.pair->client.rotation() == Rotation::steady);
}

TEST_CASE("ROTATE that crosses our BYE is ignored (R-33)") {
    auto made = scene(Role::client, states::Phase::bye_sent, Say::rotate);
    auto& pair = *made.pair;
    pair.produce(Role::client); // BYE
    made.say(Say::rotate);
    CHECK(pair.client.rotation() == Rotation::steady);
    CHECK(pair.client.sending_epoch() == 1);
    CHECK_FALSE(pair.client.has_output());
    CHECK_FALSE(pair.client.ended());
}

TEST_CASE("a rotation that becomes due in the middle of a stream goes before the next DATA") {
    Options options;
    options.rotation = {0, 0, 60, false};
    options.items = {{40 * chunk, chunk}};
    Pair pair(options);
    pair.log_in();
    const auto id = pair.open(0);
    REQUIRE(pair.client.read(id, 0, 40));
    for (int round = 0; round < 4; ++round)
        for (const auto role : {Role::client, Role::server}) {
            pair.produce(role);
            pair.carry(role);
        }
    REQUIRE(pair.at_client.delivered > 4);
    REQUIRE(pair.at_client.delivered < 40);
    pair.now += std::chrono::seconds(60); // and nobody calls timeout()
    pair.run();
    CHECK(pair.at_client.chunks[id] == all_chunks(40));
    CHECK(pair.client.counters().rotations == 1);
}
