// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include <botan/hash.h>

#include <catch2/catch.hpp>

#include "crypto/aead.hpp"
#include "crypto/key_schedule.hpp"
#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::bytes;

namespace {

template <class Number>
Number number_of(const boost::json::value& value) {
    return value.to_number<Number>();
}

void check_seal(RecordSealer& sealer, Suite suite, const boost::json::value& record, SequenceNumber& number) {
    CHECK(number.value == number_of<std::uint64_t>(record.at("number")));
    test::FixedRng rng(bytes(record.at("iv")));
    const test::Wire wire =
        test::seal(sealer, suite, number_of<std::uint8_t>(record.at("type")), bytes(record.at("body")),
                   number_of<std::size_t>(record.at("padding")), number, rng);
    CHECK(wire.frame == bytes(record.at("frame")));
    CHECK(wire.mac == bytes(record.at("mac")));
    CHECK(rng.drawn() == info(suite).block);
}

void check_open(RecordOpener& opener, const boost::json::value& record, SequenceNumber& number) {
    Bytes frame = bytes(record.at("frame"));
    const Result<OpenedRecord> opened = opener.open(frame, bytes(record.at("mac")), number);
    REQUIRE(opened.has_value());
    CHECK(opened->inner_type == number_of<std::uint8_t>(record.at("type")));
    CHECK(Bytes(opened->body.begin(), opened->body.end()) == bytes(record.at("body")));
    const std::size_t prefix = 12 + bytes(record.at("iv")).size();
    CHECK(opened->body.data() == frame.data() + prefix); // in place
}

// Secrets and sealers of both sides through the epochs of a rotation vector.
struct Session {
    Suite suite;
    bool ratchet;
    KeySchedule schedule;
    std::optional<RecordSealer> sealer[2]; // by Role
    std::optional<RecordOpener> opener[2];
    SequenceNumber sent[2], received[2];

    explicit Session(const boost::json::value& vector)
        : suite(test::suite(vector.at("suite"))),
          ratchet(vector.at("ratchet").as_bool()),
          schedule(suite, test::secret(vector.at("dh")), bytes(vector.at("th_dh"))) {
        enter(schedule.take_handshake_secrets(), 0);
    }

    void enter(EpochSecrets secrets, std::uint32_t epoch) {
        EpochSecrets copy{Secret::copy_of(secrets.client.view()), Secret::copy_of(secrets.server.view())};
        for (const Role me : {Role::client, Role::server}) {
            const auto i = static_cast<std::size_t>(me);
            sealer[i].emplace(suite, secrets.to_send(me), epoch, ratchet);
            opener[i].emplace(suite, copy.to_receive(other(me)), epoch, ratchet); // what `me` sent
        }
    }

    void replay(const boost::json::value& record) {
        const std::size_t from = test::text(record.at("from")) == "client" ? 0 : 1;
        check_seal(*sealer[from], suite, record, sent[from]);
        check_open(*opener[from], record, received[from]);
    }
};

} // namespace

TEST_CASE("Records are sealed to the bytes of the vectors, and opened from them") {
    const Provider before = default_provider();
    for (const Provider provider : {Provider::botan, Provider::openssl}) {
        if (!has_provider(provider)) continue;
        set_default_provider(provider);
        const boost::json::value vectors = test::load_vectors("records");
        CHECK(vectors.at("cases").as_array().size() == 5 * suite_count);
        for (const auto& vector : vectors.at("cases").as_array()) {
            const Suite suite = test::suite(vector.at("suite"));
            const auto epoch = number_of<std::uint32_t>(vector.at("epoch"));
            const bool ratchet = vector.at("ratchet").as_bool();
            CAPTURE(name_of(suite), epoch, ratchet);
            RecordSealer sealer(suite, {test::secret(vector.at("secret"))}, epoch, ratchet);
            RecordOpener opener(suite, {test::secret(vector.at("secret"))}, epoch, ratchet);
            const auto& records = vector.at("records").as_array();
            SequenceNumber sent{number_of<std::uint64_t>(records.at(0).at("number"))};
            SequenceNumber received = sent;
            for (const auto& record : records) {
                check_seal(sealer, suite, record, sent);
                check_open(opener, record, received);
            }
        }
    }
    set_default_provider(before);
}

TEST_CASE("Records of a chunk's size are sealed to the bytes of the vectors, and opened again") {
    const boost::json::value vectors = test::load_vectors("records");
    for (const auto& vector : vectors.at("large").as_array()) {
        const Suite suite = test::suite(vector.at("suite"));
        CAPTURE(name_of(suite));
        Bytes body(number_of<std::size_t>(vector.at("length")));
        for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<std::uint8_t>(i % 251);
        RecordSealer sealer(suite, {test::secret(vector.at("secret"))}, 1, false);
        RecordOpener opener(suite, {test::secret(vector.at("secret"))}, 1, false);
        SequenceNumber sent{number_of<std::uint64_t>(vector.at("number"))};
        SequenceNumber received = sent;
        test::FixedRng rng(bytes(vector.at("iv")));
        test::Wire wire = test::seal(sealer, suite, 21, body, 0, sent, rng);
        const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
        hash->update(wire.frame);
        CHECK(hash->final_stdvec() == bytes(vector.at("frame_sha256")));
        CHECK(wire.mac == bytes(vector.at("mac")));
        const Result<OpenedRecord> opened = opener.open(wire.frame, wire.mac, received);
        REQUIRE(opened.has_value());
        CHECK(std::equal(opened->body.begin(), opened->body.end(), body.begin(), body.end()));
    }
}

TEST_CASE("Sequence numbers go on over epochs and rotations, secrets and epochs change (vectors)") {
    const boost::json::value vectors = test::load_vectors("rotation");
    for (const auto& vector : vectors.as_array()) {
        Session session(vector);
        CAPTURE(name_of(session.suite), session.ratchet);
        const auto& records = vector.at("records").as_array();
        const auto& steps = vector.at("rotations").as_array();
        std::uint32_t epoch = 0;
        for (const auto& record : records) {
            if (number_of<std::uint32_t>(record.at("epoch")) != epoch) {
                ++epoch;
                REQUIRE(number_of<std::uint32_t>(record.at("epoch")) == epoch);
                if (epoch == 1) {
                    session.enter(session.schedule.start(bytes(vector.at("th_finished"))), epoch);
                } else {
                    const auto& step = steps.at(epoch - 2);
                    session.enter(session.schedule.rotate(test::secret(step.at("dh")), bytes(step.at("rotate")),
                                                          bytes(step.at("response"))),
                                  epoch);
                }
            }
            session.replay(record);
        }
        CHECK(epoch == 3);
    }
}
