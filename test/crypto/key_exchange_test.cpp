// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_exchange.hpp"

#include <botan/system_rng.h>

#include <catch2/catch.hpp>
#include <type_traits>

#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::bytes;

namespace {

template <class Key>
concept AgreesAsLvalue = requires(Key& key, ByteView peer, Botan::RandomNumberGenerator& rng) { key.agree(peer, rng); };
template <class Key>
concept AgreesAsRvalue =
    requires(Key& key, ByteView peer, Botan::RandomNumberGenerator& rng) { std::move(key).agree(peer, rng); };

// Botan draws the private key first, as it is, so that a fixed generator makes a fixed pair.
EphemeralKey pair_of(Group group, const boost::json::value& private_key) {
    test::FixedRng rng(bytes(private_key));
    return EphemeralKey::generate(group, rng);
}

void check_exchange(const boost::json::value& vector) {
    const Group group = test::group(vector.at("group"));
    CAPTURE(name_of(group));
    EphemeralKey ours = pair_of(group, vector.at("private"));
    CHECK(ours.group() == group);
    REQUIRE(ours.public_key() == bytes(vector.at("public")));
    const Result<Secret> shared = std::move(ours).agree(bytes(vector.at("peer")), Botan::system_rng());
    REQUIRE(shared.has_value());
    CHECK(equal(shared->view(), bytes(vector.at("shared"))));
}

} // namespace

TEST_CASE("Shared secrets are those of the vectors, leading zeros included") {
    const boost::json::value vectors = test::load_vectors("key_exchange");
    REQUIRE(vectors.at("exchanges").as_array().size() == 17);
    for (const auto& vector : vectors.at("exchanges").as_array()) {
        check_exchange(vector);
        EphemeralKey peer = pair_of(test::group(vector.at("group")), vector.at("peer_private"));
        const Bytes peer_key = peer.public_key();
        CHECK(peer_key == bytes(vector.at("peer")));
        const Result<Secret> shared = std::move(peer).agree(bytes(vector.at("public")), Botan::system_rng());
        REQUIRE(shared.has_value());
        CHECK(equal(shared->view(), bytes(vector.at("shared"))));
    }
}

TEST_CASE("Public keys at the edge of what is allowed are taken") {
    const boost::json::value vectors = test::load_vectors("key_exchange");
    for (const auto& vector : vectors.at("accepted").as_array()) check_exchange(vector);
}

TEST_CASE("R-6: public keys that are refused") {
    const boost::json::value vectors = test::load_vectors("key_exchange");
    REQUIRE(vectors.at("refused").as_array().size() > 80);
    for (const auto& vector : vectors.at("refused").as_array()) {
        CAPTURE(test::text(vector.at("group")), test::text(vector.at("why")));
        const Result<Secret> shared = EphemeralKey::generate(test::group(vector.at("group")), Botan::system_rng())
                                          .agree(bytes(vector.at("key")), Botan::system_rng());
        REQUIRE(shared.has_error());
        CHECK(shared.error() == Fault::bad_key);
    }
}

TEST_CASE("Every group agrees with itself, on keys of its length, new each time") {
    for (const Group group : all_groups) {
        CAPTURE(name_of(group));
        EphemeralKey client = EphemeralKey::generate(group, Botan::system_rng());
        EphemeralKey server = EphemeralKey::generate(group, Botan::system_rng());
        const Bytes client_key = client.public_key();
        const Bytes server_key = server.public_key();
        CHECK(client_key.size() == public_key_length(group));
        CHECK(client_key != server_key);
        const Result<Secret> at_client = std::move(client).agree(server_key, Botan::system_rng());
        const Result<Secret> at_server = std::move(server).agree(client_key, Botan::system_rng());
        REQUIRE(at_client.has_value());
        REQUIRE(at_server.has_value());
        CHECK(equal(at_client->view(), at_server->view()));
    }
}

TEST_CASE("R-7: a key pair serves once") {
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<EphemeralKey>);
    STATIC_REQUIRE_FALSE(AgreesAsLvalue<EphemeralKey>);
    STATIC_REQUIRE(AgreesAsRvalue<EphemeralKey>);
    for (const bool good_peer : {true, false}) {
        EphemeralKey key = EphemeralKey::generate(Group::x25519, Botan::system_rng());
        const Bytes peer =
            good_peer ? EphemeralKey::generate(Group::x25519, Botan::system_rng()).public_key() : Bytes(31);
        const Result<Secret> first = std::move(key).agree(peer, Botan::system_rng());
        CHECK(first.has_value() == good_peer);
        const Result<Secret> again = std::move(key).agree(peer, Botan::system_rng()); // NOLINT(bugprone-use-after-move)
        REQUIRE(again.has_error());
        CHECK(again.error() == Fault::not_legal);
    }
}
