// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_schedule.hpp"

#include <catch2/catch.hpp>

#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::bytes;

namespace {

Bytes copy(const Secret& secret) { return {secret.view().begin(), secret.view().end()}; }

void check_direction(Suite suite, const boost::json::value& wanted, const Secret& secret) {
    const SuiteInfo& parts = info(suite);
    CHECK(copy(secret) == bytes(wanted.at("secret")));
    CHECK(copy(expand(suite, secret.view(), "key", {}, parts.key_length)) == bytes(wanted.at("key")));
    CHECK(copy(expand(suite, secret.view(), "iv", {}, nonce_length)) == bytes(wanted.at("iv")));
    CHECK(copy(expand(suite, secret.view(), "mac", {}, parts.hash_length)) == bytes(wanted.at("mac")));
}

void check_epoch(Suite suite, const boost::json::value& wanted, const EpochSecrets& secrets) {
    check_direction(suite, wanted.at("client"), secrets.client);
    check_direction(suite, wanted.at("server"), secrets.server);
}

} // namespace

TEST_CASE("The key schedule gives the secrets of the vectors, over the handshake and two rotations") {
    std::size_t seen = 0;
    const boost::json::value vectors = test::load_vectors("key_schedule");
    for (const auto& vector : vectors.as_array()) {
        const Suite suite = test::suite(vector.at("suite"));
        CAPTURE(name_of(suite));
        Transcript transcript;
        for (const auto& frame : vector.at("frames").as_array()) {
            if (&frame == &vector.at("frames").as_array()[2]) transcript.choose(suite);
            transcript.add(bytes(frame));
        }
        CHECK(transcript.hash() == bytes(vector.at("th_dh")));

        KeySchedule schedule(suite, test::secret(vector.at("dh")), transcript.hash());
        check_epoch(suite, vector.at("epoch0"), schedule.take_handshake_secrets());

        const auto& items = vector.at("items").as_array();
        for (std::size_t i = 0; i < 3; ++i) transcript.add(bytes(items[i]));
        CHECK(transcript.hash() == bytes(vector.at("th_signature")));
        CHECK(schedule.finished(Role::client, transcript.hash()) == bytes(vector.at("finished").at("client")));
        CHECK(schedule.finished(Role::server, transcript.hash()) == bytes(vector.at("finished").at("server")));
        transcript.add(bytes(items[3]));
        CHECK(transcript.hash() == bytes(vector.at("th_finished")));
        check_epoch(suite, vector.at("epoch1"), schedule.start(transcript.hash()));

        for (const auto& step : vector.at("rotations").as_array()) {
            check_epoch(
                suite, step,
                schedule.rotate(test::secret(step.at("dh")), bytes(step.at("rotate")), bytes(step.at("response"))));
        }
        ++seen;
    }
    CHECK(seen == suite_count);
}

TEST_CASE("A secret goes to one direction only, and each side sends what the other receives") {
    const auto secrets = [] { return EpochSecrets{Secret::copy_of(Bytes{1}), Secret::copy_of(Bytes{2})}; };
    for (const Role me : {Role::client, Role::server}) {
        EpochSecrets mine = secrets();
        EpochSecrets theirs = secrets();
        CHECK(copy(mine.to_send(me).value) == copy(theirs.to_receive(other(me)).value));
        CHECK(copy(mine.to_receive(me).value) == copy(theirs.to_send(other(me)).value));
        CHECK(mine.client.empty());
        CHECK(mine.server.empty());
    }
}

TEST_CASE("The handshake's secrets are given out once") {
    KeySchedule schedule(Suite::aes128_gcm_sha256, Secret(32), Bytes(32));
    CHECK_FALSE(schedule.take_handshake_secrets().client.empty());
    CHECK(schedule.take_handshake_secrets().client.empty());
}

TEST_CASE("The transcript hash can be read in between, and does not depend on when the suite was chosen") {
    Transcript early;
    Transcript late;
    early.choose(Suite::aes256_gcm_sha384);
    for (const std::string_view part : {"one", "two", "three"}) {
        early.add(as_bytes(part));
        CHECK(early.hash() == early.hash());
        late.add(as_bytes(part));
    }
    late.choose(Suite::aes256_gcm_sha384);
    CHECK(early.hash() == late.hash());
    CHECK(early.hash() == hash_of(Suite::aes256_gcm_sha384, as_bytes("one"), as_bytes("two"), as_bytes("three")));
    early.add(as_bytes("four"));
    CHECK(early.hash() != late.hash());
}

TEST_CASE("Every part of a rotation goes into the next secrets") {
    const auto rotated = [](std::uint8_t dh, std::string_view rotate, std::string_view response, std::uint8_t th) {
        KeySchedule schedule(Suite::chacha20_poly1305_sha256, Secret(32), Bytes(32));
        static_cast<void>(schedule.start(Bytes(32, th)));
        return copy(schedule.rotate(Secret::copy_of(Bytes(32, dh)), as_bytes(rotate), as_bytes(response)).client);
    };
    const Bytes base = rotated(1, "rotate", "response", 0);
    CHECK(rotated(1, "rotate", "response", 0) == base);
    CHECK(rotated(2, "rotate", "response", 0) != base);
    CHECK(rotated(1, "Rotate", "response", 0) != base);
    CHECK(rotated(1, "rotate", "Response", 0) != base);
    CHECK(rotated(1, "rotate", "response", 1) != base);
}

TEST_CASE("Secrets move, and what they leave behind is empty") {
    Secret first = Secret::copy_of(Bytes{1, 2, 3});
    Secret second = std::move(first);
    CHECK(first.empty()); // NOLINT(bugprone-use-after-move): that is the question
    CHECK(copy(second) == Bytes{1, 2, 3});
    Secret third = Secret::copy_of(Bytes{9});
    third = std::move(second);
    CHECK(copy(third) == Bytes{1, 2, 3});
    third.wipe();
    CHECK(third.empty());
}

TEST_CASE("Comparison tells every differing byte and length apart") {
    const Bytes a = test::from_hex("00112233445566778899aabbccddeeff");
    CHECK(equal(a, Bytes(a)));
    CHECK(equal({}, {}));
    CHECK_FALSE(equal(a, ByteView(a).first(15)));
    CHECK_FALSE(equal(a, {}));
    for (std::size_t i = 0; i < 8 * a.size(); ++i) {
        Bytes b = a;
        b[i / 8] = static_cast<std::uint8_t>(b[i / 8] ^ 1U << i % 8);
        CHECK_FALSE(equal(a, b));
    }
}
