// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The handshake between two real sessions.
#include "pair.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using states::Phase;

namespace {

// LIST, OPEN, READ, DATA, CLOSE and BYE work.
void use(Pair& pair) {
    REQUIRE(pair.client.list(0, 0, 0, ""));
    pair.run();
    CHECK(pair.at_client.count<event::CatalogueArrived>() == 1);
    const auto id = pair.download(0);
    CHECK(pair.at_client.chunks[id] == std::vector<std::uint64_t>{0, 1, 2});
    CHECK(pair.at_client.content_right);
    REQUIRE(pair.at_client.last<event::StreamClosed>() != nullptr);
    CHECK(pair.at_client.last<event::StreamClosed>()->counts_agree);
    CHECK(pair.at_client.last<event::StreamClosed>()->chunks == 3);
    pair.client.bye(pair.now);
    pair.run();
    REQUIRE(pair.client.end());
    REQUIRE(pair.server.end());
    CHECK(pair.client.end()->how == event::How::clean);
    CHECK(pair.server.end()->how == event::How::clean);
    CHECK(Peek::keys_wiped(pair.client));
    CHECK(Peek::keys_wiped(pair.server));
}

Options with(Suite suite, std::vector<Group> client, std::vector<Group> server) {
    Options options;
    options.suite = suite;
    options.client_groups = std::move(client);
    options.server_groups = std::move(server);
    options.items = {{40'000}};
    return options;
}

} // namespace

TEST_CASE("every suite works with every group") {
    for (const auto suite : all_suites())
        for (const auto group : all_groups) {
            const bool slow = group == Group::ffdhe3072 || group == Group::ffdhe4096 || group == Group::ffdhe2048;
            if (slow && suite != Suite::aes256_gcm_sha384) continue;
            CAPTURE(name_of(suite), name_of(group));
            Pair pair(with(suite, {group}, {group}));
            pair.log_in();
            CHECK(pair.client.agreement().suite == suite);
            CHECK(pair.server.agreement().group == group);
            use(pair);
        }
}

TEST_CASE("a wrong guess costs a second DH_PARAMETERS, for every group") {
    for (const auto group : all_groups) {
        const auto guess = group == Group::x25519 ? Group::p256 : Group::x25519;
        CAPTURE(name_of(group));
        Pair pair(with(Suite::aes256_gcm_sha384, {guess, group}, {group}));
        std::vector<std::uint8_t> client_frames;
        pair.filter = [&](Role from, std::size_t, const Bytes& frame) {
            if (from == Role::client) client_frames.push_back(frame[0]);
            return std::vector<Bytes>{frame};
        };
        pair.log_in();
        CHECK(std::vector(client_frames.begin(), client_frames.begin() + 4) == std::vector<std::uint8_t>{1, 3, 3, 5});
        CHECK(pair.client.agreement().group == group);
        use(pair);
    }
}
