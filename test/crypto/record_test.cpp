// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What an attacker on the line can do to records, and what the record layer then says.
#include "crypto/record.hpp"

#include <botan/system_rng.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "crypto/aead.hpp"
#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

const Bytes body_text = test::from_hex("000102030405060708090a0b0c0d0e0f101112131415");

Secret traffic(Suite suite, std::uint8_t which = 1) { return Secret::copy_of(Bytes(info(suite).hash_length, which)); }
RecordSealer sealer_of(Suite suite, std::uint32_t epoch = 1, bool ratchet = false, std::uint8_t which = 1) {
    return {suite, SendSecret{traffic(suite, which)}, epoch, ratchet};
}
RecordOpener opener_of(Suite suite, std::uint32_t epoch = 1, bool ratchet = false, std::uint8_t which = 1) {
    return {suite, ReceiveSecret{traffic(suite, which)}, epoch, ratchet};
}

test::Wire sealed(Suite suite, std::uint64_t number = 0, std::uint32_t epoch = 1, ByteView body = body_text,
                  std::size_t padding = 3) {
    RecordSealer sealer = sealer_of(suite, epoch);
    SequenceNumber at{number};
    return test::seal(sealer, suite, 21, body, padding, at, Botan::system_rng());
}

// Whether a fresh opener takes the record. Whatever it refuses must be BAD_RECORD and use up no number.
bool taken(Suite suite, test::Wire wire, std::uint64_t number = 0, std::uint32_t epoch = 1, std::uint8_t which = 1) {
    RecordOpener opener = opener_of(suite, epoch, false, which);
    SequenceNumber at{number};
    const Result<OpenedRecord> opened = opener.open(wire.frame, wire.mac, at);
    if (opened.has_value()) return true;
    CHECK(opened.error() == Fault::bad_record);
    return false;
}

void set_length(Bytes& frame) {
    const std::size_t length = frame.size() - 4;
    frame[1] = static_cast<std::uint8_t>(length >> 16);
    frame[2] = static_cast<std::uint8_t>(length >> 8);
    frame[3] = static_cast<std::uint8_t>(length);
}

} // namespace

TEST_CASE("Every suite opens what it sealed, at every length around its block, in place") {
    for (const Suite suite : test::all_suites()) {
        for (const bool ratchet : {false, true}) {
            CAPTURE(name_of(suite), ratchet);
            RecordSealer sealer = sealer_of(suite, 1, ratchet);
            RecordOpener opener = opener_of(suite, 1, ratchet);
            SequenceNumber sent;
            SequenceNumber received;
            for (std::size_t length = 0; length < 70; ++length) {
                const Bytes body(length, static_cast<std::uint8_t>(length));
                test::Wire wire = test::seal(sealer, suite, 16, body, length % 5, sent, Botan::system_rng());
                const std::size_t mac = wire.mac.empty() ? 0 : wire.mac.size() + 4;
                CHECK(sealer.sealed_size(length, length % 5) == wire.frame.size() + mac);
                const Result<OpenedRecord> opened = opener.open(wire.frame, wire.mac, received);
                REQUIRE(opened.has_value());
                CHECK(opened->inner_type == 16);
                CHECK(opened->body.data() == wire.frame.data() + sealer.prefix());
                CHECK(std::ranges::equal(opened->body, body));
            }
            CHECK(sent.value == 70);
            CHECK(received.value == 70);
        }
    }
}

TEST_CASE("Every flipped bit of a record and its MAC is refused, in every suite") {
    for (const Suite suite : test::all_suites()) {
        CAPTURE(name_of(suite));
        const test::Wire good = sealed(suite);
        REQUIRE(taken(suite, good));
        for (std::size_t bit = 0; bit < 8 * (good.frame.size() + good.mac.size()); ++bit) {
            test::Wire bad = good;
            const std::size_t at = bit / 8;
            std::uint8_t& byte = at < bad.frame.size() ? bad.frame[at] : bad.mac[at - bad.frame.size()];
            byte = static_cast<std::uint8_t>(byte ^ 1U << bit % 8);
            CAPTURE(bit);
            CHECK_FALSE(taken(suite, bad));
        }
    }
}

TEST_CASE("Records cut short, lengthened or with a MAC of another length are refused, in every suite") {
    for (const Suite suite : test::all_suites()) {
        CAPTURE(name_of(suite));
        const test::Wire good = sealed(suite);
        for (std::size_t length = 0; length < good.frame.size(); ++length) {
            test::Wire bad = good;
            bad.frame.resize(length);
            CHECK_FALSE(taken(suite, bad)); // the header states another length
            if (length >= 4) set_length(bad.frame);
            CHECK_FALSE(taken(suite, bad));
        }
        for (const std::size_t more : {std::size_t{1}, std::size_t{8}, std::size_t{16}}) {
            test::Wire bad = good;
            bad.frame.insert(bad.frame.end(), more, 0);
            CHECK_FALSE(taken(suite, bad));
            set_length(bad.frame);
            CHECK_FALSE(taken(suite, bad));
        }
        for (std::size_t length = 0; length < 70; ++length) {
            if (length == good.mac.size()) continue;
            test::Wire bad = good;
            bad.mac.resize(length);
            CHECK_FALSE(taken(suite, bad));
        }
    }
}

TEST_CASE("A record is bound to its sequence number, epoch, direction and suite") {
    for (const Suite suite : test::all_suites()) {
        CAPTURE(name_of(suite));
        const test::Wire good = sealed(suite, 5);
        CHECK(taken(suite, good, 5));
        for (const std::uint64_t number : {0ULL, 4ULL, 6ULL, 5ULL | 1ULL << 32, 5ULL | 1ULL << 63}) {
            CHECK_FALSE(taken(suite, good, number));
        }
        CHECK_FALSE(taken(suite, good, 5, 1, 2)); // reflected: the other direction has another secret
        CHECK_FALSE(taken(suite, good, 5, 2));    // another epoch is expected
        test::Wire renamed = good;
        renamed.frame[7] = 2;
        CHECK_FALSE(taken(suite, renamed, 5, 2)); // the same secret, the epoch altered to the expected one
        for (const Suite another : test::all_suites()) {
            if (another != suite && info(another).mac_length() == good.mac.size()) CHECK_FALSE(taken(another, good, 5));
        }
    }
}

TEST_CASE("Records that are swapped, repeated or left out are refused, in every suite, with and without ratchet") {
    for (const Suite suite : test::all_suites()) {
        for (const bool ratchet : {false, true}) {
            CAPTURE(name_of(suite), ratchet);
            RecordSealer sealer = sealer_of(suite, 1, ratchet);
            SequenceNumber sent;
            std::vector<test::Wire> wires(3);
            for (test::Wire& wire : wires) {
                wire = test::seal(sealer, suite, 21, body_text, 0, sent, Botan::system_rng());
            }
            const auto open_in_order = [&](const std::vector<std::size_t>& order) {
                RecordOpener opener = opener_of(suite, 1, ratchet);
                SequenceNumber received;
                std::size_t count = 0;
                for (const std::size_t i : order) {
                    test::Wire wire = wires[i];
                    if (opener.open(wire.frame, wire.mac, received).has_error()) break;
                    ++count;
                }
                CHECK(received.value == count);
                return count;
            };
            CHECK(open_in_order({0, 1, 2}) == 3);
            CHECK(open_in_order({1, 0}) == 0);
            CHECK(open_in_order({0, 2}) == 1);
            CHECK(open_in_order({0, 0}) == 1);
        }
    }
}

TEST_CASE("A MAC that belongs to another record is refused") {
    for (const Suite suite : test::all_suites()) {
        if (info(suite).aead()) continue;
        test::Wire first = sealed(suite, 0);
        const test::Wire second = sealed(suite, 1);
        first.mac = second.mac;
        CHECK_FALSE(taken(suite, first, 0));
        CHECK_FALSE(taken(suite, first, 1));
    }
}

TEST_CASE("R-26: what is refused has not been decrypted") {
    const Bytes body(256, 'A');
    for (const Suite suite : test::all_suites()) {
        CAPTURE(name_of(suite));
        test::Wire wire = sealed(suite, 0, 1, body, 0);
        wire.frame.back() = static_cast<std::uint8_t>(wire.frame.back() ^ 1U);
        const Bytes before = wire.frame;
        RecordOpener opener = opener_of(suite);
        SequenceNumber number;
        REQUIRE(opener.open(wire.frame, wire.mac, number).has_error());
        if (!info(suite).aead()) CHECK(wire.frame == before);
        CHECK(std::search(wire.frame.begin(), wire.frame.end(), body.begin(), body.begin() + 4) == wire.frame.end());
    }
}

TEST_CASE("The ratchet turns in every epoch but 0") {
    const Suite suite = Suite::aes128_gcm_sha256;
    for (const std::uint32_t epoch : {0U, 1U, 2U}) {
        RecordSealer with = sealer_of(suite, epoch, true);
        RecordSealer without = sealer_of(suite, epoch, false);
        SequenceNumber a;
        SequenceNumber b;
        auto& rng = Botan::system_rng();
        CHECK(test::seal(with, suite, 16, body_text, 0, a, rng).frame ==
              test::seal(without, suite, 16, body_text, 0, b, rng).frame);
        CHECK((test::seal(with, suite, 16, body_text, 0, a, rng).frame ==
               test::seal(without, suite, 16, body_text, 0, b, rng).frame) == (epoch == 0));
    }
}

TEST_CASE("Sealers and openers can be moved in the middle of an epoch") {
    for (const Suite suite : test::all_suites()) {
        RecordSealer sealer = sealer_of(suite, 3, true);
        RecordOpener opener = opener_of(suite, 3, true);
        SequenceNumber sent;
        SequenceNumber received;
        for (int i = 0; i < 3; ++i) {
            RecordSealer moved_sealer = std::move(sealer);
            RecordOpener moved_opener = std::move(opener);
            CHECK(moved_sealer.epoch() == 3);
            test::Wire wire = test::seal(moved_sealer, suite, 5, body_text, 0, sent, Botan::system_rng());
            CHECK(moved_opener.open(wire.frame, wire.mac, received).has_value());
            sealer = std::move(moved_sealer);
            opener = std::move(moved_opener);
        }
    }
}

TEST_CASE("The epoch of a frame is read before it is opened") {
    CHECK(epoch_of(sealed(Suite::aes128_gcm_sha256, 0, 0x01020304).frame) == 0x01020304U);
    CHECK(epoch_of(Bytes{5, 0, 0, 4, 0, 0, 0, 9}) == 9U);
    CHECK_FALSE(epoch_of(Bytes{5, 0, 0, 3, 0, 0, 0}).has_value());
    CHECK_FALSE(epoch_of({}).has_value());
}

TEST_CASE("A sealer refuses sizes that no record may have") {
    RecordSealer sealer = sealer_of(Suite::aes256_gcm_sha384);
    CHECK(sealer.sealed_size(0, max_padding) == sealer.prefix() + max_padding + 16);
    CHECK_THROWS_AS(sealer.sealed_size(0, max_padding + 1), std::length_error);
    CHECK_THROWS_AS(sealer.sealed_size(1U << 24, 0), std::length_error);
    CHECK_THROWS_AS(sealer.sealed_size((1U << 24) - 20, 0), std::length_error);
    CHECK_THROWS_AS(sealer.sealed_size(~std::size_t{0}, 0), std::length_error);
    CHECK_THROWS_AS(sealer.sealed_size(0, ~std::size_t{0}), std::length_error);
    Bytes record(sealer.sealed_size(10, 0) - 1);
    SequenceNumber number;
    CHECK_THROWS_AS(sealer.seal(record, proto::InnerType::ping, 10, 0, number, Botan::system_rng()), std::length_error);
    CHECK(number.value == 0);
}

TEST_CASE("CBC draws a new IV for every record") {
    for (const Suite suite : {Suite::aes128_cbc_sha256, Suite::tdes_cbc_sha256}) {
        const auto iv_of = [&](const test::Wire& wire) {
            return Bytes(wire.frame.begin() + 8,
                         wire.frame.begin() + 8 + static_cast<std::ptrdiff_t>(info(suite).block));
        };
        CHECK(iv_of(sealed(suite)) != iv_of(sealed(suite)));
    }
}
