// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/negotiation.hpp"

#include "proto/frame.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace cifra::proto::test {
namespace {

Nonce32 nonce() {
    Nonce32 out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i % 16 * 0x11);
    return out;
}

Negotiation typical() {
    Negotiation message;
    message.versions = {1};
    message.suites = {Suite::chacha20_poly1305_sha256, Suite::aes256_gcm_sha384};
    message.groups = {Group::x25519, Group::p256};
    message.schemes = {Scheme::ecdsa_p256_sha256, Scheme::ed25519};
    message.nonce = nonce();
    message.server_name = "music.example";
    message.chunk_limit = 65'536;
    return message;
}

NegotiationResponse typical_response() {
    NegotiationResponse message;
    message.suite = Suite::aes256_gcm_sha384;
    message.group = Group::x25519;
    message.nonce = nonce();
    message.chunk_limit = 65'536;
    message.rotation = {128, std::uint64_t{1} << 30, 3600, false};
    return message;
}

// The typical offer with an unknown member that pads it to this many bytes.
Bytes padded_offer(std::size_t size) {
    auto text = encode(typical());
    text.pop_back();
    for (const char c : std::string_view(",\"x\":\"")) text.push_back(static_cast<std::uint8_t>(c));
    text.resize(size - 2, 'x');
    text.insert(text.end(), {'"', '}'});
    return text;
}

} // namespace

TEST_CASE("NEGOTIATION") {
    const auto payload = encode(typical());
    CHECK(payload == vector_payload("negotiation", "typical"));
    const auto read = decode_negotiation(payload);
    REQUIRE(read.has_value());
    CHECK(read->versions == std::vector<std::uint32_t>{1});
    CHECK(read->suites == typical().suites);
    CHECK(read->groups == typical().groups);
    CHECK(read->schemes == typical().schemes);
    CHECK(read->nonce == nonce());
    CHECK(read->server_name == "music.example");
    CHECK(read->chunk_limit == 65'536);
    CHECK(read->padding == Padding::none);
    CHECK(read->features.empty());
    CHECK(decode_negotiation(vector_payload("negotiation", "padding_full"))->padding == Padding::full);
    CHECK(decode_negotiation(vector_payload("negotiation", "without_server_name"))->server_name.empty());
}

TEST_CASE("NEGOTIATION_RESPONSE") {
    const auto payload = encode(typical_response());
    CHECK(payload == vector_payload("negotiation_response", "typical"));
    const auto read = decode_negotiation_response(payload);
    REQUIRE(read.has_value());
    CHECK(read->version == 1);
    CHECK(read->suite == Suite::aes256_gcm_sha384);
    CHECK(read->group == Group::x25519);
    CHECK(read->nonce == nonce());
    CHECK(read->chunk_limit == 65'536);
    CHECK(read->padding == Padding::none);
    CHECK(read->rotation == typical_response().rotation);
    CHECK(read->features.empty());
    const auto most = decode_negotiation_response(vector_payload("negotiation_response", "rotation_max"));
    REQUIRE(most.has_value());
    CHECK(most->rotation == RotationPolicy{1'048'576, 68'719'476'736, 86'400, false});
    CHECK(decode_negotiation_response(vector_payload("negotiation_response", "rotation_ones"))->rotation.ratchet);
}

TEST_CASE("R-14: features of an answer are kept, for the client to compare") {
    const auto read = decode_negotiation_response(vector_payload("negotiation_response", "features_16"));
    REQUIRE(read.has_value());
    REQUIRE(read->features.size() == 16);
    CHECK(read->features[15] == "f15");
}

TEST_CASE("unknown names and features of an offer are dropped") {
    const auto offer = [](std::string_view name) {
        return decode_negotiation(vector_payload("negotiation_other_forms", name)).value();
    };
    CHECK(offer("unknown_suite").suites == typical().suites);
    CHECK(offer("unknown_group").groups == typical().groups);
    CHECK(offer("unknown_scheme").schemes == typical().schemes);
    CHECK(offer("unknown_feature").features.empty());
}

TEST_CASE("an offer of unknown names only is no malformed one") {
    auto message = typical();
    message.suites.clear();
    auto text = encode(message);
    const std::string_view empty = "\"suites\":[]";
    const auto at = std::search(text.begin(), text.end(), empty.begin(), empty.end());
    REQUIRE(at != text.end());
    const std::string_view unknown = "\"LATER_1\"";
    text.insert(at + static_cast<std::ptrdiff_t>(empty.size()) - 1, unknown.begin(), unknown.end());
    const auto read = decode_negotiation(text);
    REQUIRE(read.has_value());
    CHECK(read->suites.empty());
}

TEST_CASE("a payload over the frame's limit is not parsed") {
    REQUIRE(padded_offer(negotiation_limit).size() == negotiation_limit);
    CHECK(decode_negotiation(padded_offer(negotiation_limit)).has_value());
    CHECK(decode_negotiation(padded_offer(negotiation_limit + 1)).error() == Fault::too_large);
    CHECK(decode_negotiation_response(Bytes(negotiation_limit + 1, ' ')).error() == Fault::too_large);
}

TEST_CASE("R-13: nesting of 8 is taken, of any more refused, whatever fills it") {
    for (std::size_t depth = 1; depth <= 1900; depth += depth < 12 ? 1 : 59)
        for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"a\":", "}")}) {
            const std::string innermost = *open == '{' ? "1" : "";
            std::string x;
            for (std::size_t i = 1; i < depth; ++i) x += open;
            x += depth == 1 ? "1" : innermost;
            for (std::size_t i = 1; i < depth; ++i) x += close;
            const auto base = encode(typical());
            auto text = "{\"x\":" + x + "," + std::string(base.begin() + 1, base.end());
            if (text.size() > negotiation_limit) continue;
            INFO("depth " << depth << ", " << open);
            const auto read = decode_negotiation(as_bytes(text));
            CHECK(read.has_value() == (depth <= 8));
            if (!read) CHECK(read.error() == Fault::bad_json);
        }
}

TEST_CASE("server_name is text with any escapes") {
    auto message = typical();
    message.server_name = "a\"\\/\n\x01\x7f-\xc3\xa4-\xf0\x9f\x98\x80";
    const auto read = decode_negotiation(encode(message));
    REQUIRE(read.has_value());
    CHECK(read->server_name == message.server_name);
}

TEST_CASE("the same message has the same bytes") {
    CHECK(encode(typical()) == encode(typical()));
    CHECK(encode(decode_negotiation(encode(typical())).value()) == encode(typical()));
    CHECK(encode(decode_negotiation_response(encode(typical_response())).value()) == encode(typical_response()));
}

} // namespace cifra::proto::test
