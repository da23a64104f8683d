// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/handshake.hpp"

#include "vectors.hpp"

#include <catch2/catch.hpp>

namespace cifra::proto::test {
namespace {

Bytes value_of(const Bytes& whole) { return {whole.begin() + item_header_size, whole.end()}; }

// The header of an item in front of this value.
Bytes header_of(const Bytes& whole) { return {whole.begin(), whole.begin() + item_header_size}; }

} // namespace

TEST_CASE("DH_PARAMETERS") {
    const auto payload = encode(DhParameters{0x001D, Bytes(32, 0xc5)});
    CHECK(payload == vector_payload("dh_parameters", "x25519"));
    const auto read = decode_dh_parameters(payload);
    REQUIRE(read.has_value());
    CHECK(read->group == 0x001D);
    CHECK(read->key == Bytes(32, 0xc5));
}

TEST_CASE("REFUSED") {
    CHECK(encode_refused(RefusedCode::group) == vector_payload("refused", "group"));
    CHECK(decode_refused(vector_payload("refused", "group")).value() == RefusedCode::group);
    CHECK(decode_refused(vector_payload("refused", "unknown_code")).value() == RefusedCode{0xFFFF});
}

TEST_CASE("item REQUEST") {
    const Request item{UserAsked::any, false, false, {Scheme::ecdsa_p256_sha256}, {Bytes{0x30, 0x01, 0x00}}};
    const auto whole = encode_item(item);
    CHECK(header_of(whole) == Bytes{1, 0, 0, 11});
    CHECK(value_of(whole) == vector_payload("request", "user_required"));
    const auto read = decode_request(value_of(whole));
    REQUIRE(read.has_value());
    CHECK(read->user == UserAsked::any);
    CHECK(read->schemes == item.schemes);
    CHECK(read->issuers == item.issuers);
    CHECK(decode_request(vector_payload("request", "no_user"))->user == UserAsked::none);
    CHECK(decode_request(vector_payload("request", "user_by_card"))->user == UserAsked::card);
    for (const bool enrolment : {true, false})
        for (const bool tickets : {true, false}) {
            const auto flags =
                decode_request(value_of(encode_item(Request{UserAsked::none, enrolment, tickets, {}, {}})));
            REQUIRE(flags.has_value());
            CHECK(flags->enrolment == enrolment);
            CHECK(flags->tickets == tickets);
        }
}

TEST_CASE("unknown schemes of a REQUEST are dropped") {
    const auto read = decode_request(Bytes{0, 0, 3, 0xff, 0xff, 0x08, 0x07, 0x02, 0x01, 0});
    REQUIRE(read.has_value());
    CHECK(read->schemes == std::vector{Scheme::ed25519});
}

TEST_CASE("item CHAIN") {
    const Chain item{{Bytes(2, 0x30), Bytes(2, 0x30), Bytes(2, 0x30), Bytes(2, 0x30)}};
    const auto whole = encode_item(item);
    CHECK(header_of(whole) == Bytes{2, 0, 0, 21});
    CHECK(value_of(whole) == vector_payload("chain", "four"));
    const auto read = decode_chain(value_of(whole));
    REQUIRE(read.has_value());
    CHECK(read->certificates == item.certificates);
}

TEST_CASE("certificates of a CHAIN keep their order") {
    const Chain item{{Bytes{1}, Bytes{2, 2}, Bytes{3, 3, 3}}};
    const auto read = decode_chain(value_of(encode_item(item)));
    REQUIRE(read.has_value());
    CHECK(read->certificates == item.certificates);
}

TEST_CASE("item SIGNATURE") {
    const auto whole = encode_item(Signature{0x0403, {0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01}});
    CHECK(header_of(whole) == Bytes{3, 0, 0, 12});
    CHECK(value_of(whole) == vector_payload("signature", "ecdsa"));
    const auto read = decode_signature(value_of(whole));
    REQUIRE(read.has_value());
    CHECK(read->scheme == 0x0403);
    CHECK(read->bytes.size() == 8);
}

TEST_CASE("item TICKET") {
    const auto whole = encode_item(Ticket{{0xc0, 0xff, 0xee}});
    CHECK(header_of(whole) == Bytes{5, 0, 0, 3});
    CHECK(value_of(whole) == vector_payload("ticket", "typical"));
    CHECK(decode_ticket(value_of(whole))->bytes == Bytes{0xc0, 0xff, 0xee});
    CHECK_THROWS_AS(encode_item(Ticket{}), std::length_error);
    CHECK_THROWS_AS(encode_item(Ticket{Bytes(max_ticket + 1)}), std::length_error);
}

TEST_CASE("item ENROLMENT") {
    const Enrolment item{"ada", {0x30, 1, 1}, EnrolmentUser::certificate, {0x30, 1, 3}};
    const auto whole = encode_item(item);
    CHECK(header_of(whole) == Bytes{6, 0, 0, 18});
    CHECK(value_of(whole) == vector_payload("enrolment", "with_certificate"));
    const auto read = decode_enrolment(value_of(whole));
    REQUIRE(read.has_value());
    CHECK(read->name == "ada");
    CHECK(read->device_request == item.device_request);
    CHECK(read->kind == EnrolmentUser::certificate);
    CHECK(read->user == item.user);
    CHECK(decode_enrolment(vector_payload("enrolment", "device_only"))->kind == EnrolmentUser::none);
}

TEST_CASE("items are split with what goes into the transcript") {
    const auto body = vector_payload("authenticate", "server");
    const auto items = split_items(body);
    REQUIRE(items.has_value());
    REQUIRE(items->size() == 4);
    const std::array types{ItemType::request, ItemType::chain, ItemType::signature, ItemType::finished};
    const std::array<std::size_t, 4> lengths{3, 5, 5, 32};
    const std::uint8_t* expected = body.data();
    for (std::size_t i = 0; i < items->size(); ++i) {
        const auto& part = (*items)[i];
        CHECK(part.type == types[i]);
        CHECK(part.whole.data() == expected);
        CHECK(part.whole.size() == lengths[i] + item_header_size);
        CHECK(part.value.data() == expected + item_header_size);
        CHECK(part.value.size() == lengths[i]);
        expected += part.whole.size();
    }
}

TEST_CASE("FINISHED is an item of its own") {
    const Bytes mac(48, 0xf1);
    const auto whole = encode_finished(mac);
    CHECK(header_of(whole) == Bytes{4, 0, 0, 48});
    CHECK(value_of(whole) == mac);
    CHECK(split_items(whole)->front().type == ItemType::finished);
}

TEST_CASE("lists of items over their counts are never written") {
    CHECK_THROWS_AS(encode_item(Chain{std::vector<Bytes>(256)}), std::length_error);
    CHECK_THROWS_AS(encode_item(Request{{}, false, false, std::vector<Scheme>(256), {}}), std::length_error);
    CHECK_THROWS_AS(encode_item(Request{{}, false, false, {}, std::vector<Bytes>(256)}), std::length_error);
    CHECK_THROWS_AS(encode_item(Signature{1, Bytes(0x10000)}), std::length_error);
}

} // namespace cifra::proto::test
