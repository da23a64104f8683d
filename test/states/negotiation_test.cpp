// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What goes in the clear, frames and their limits, and the form of AUTHENTICATE.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::ErrorCode;
using proto::RefusedCode;
using states::Phase;

namespace {

void check_end(const states::Session& session, How how, std::uint16_t code) {
    REQUIRE(session.end().has_value());
    CHECK(session.end()->how == how);
    CHECK(session.end()->code == code);
}
void check_end(const states::Session& session, How how, ErrorCode code) {
    check_end(session, how, static_cast<std::uint16_t>(code));
}

// The client's NEGOTIATION is altered before the server, as if that were the client's own.
void check_refused(const std::function<void(proto::Negotiation&)>& change, RefusedCode code) {
    Pair pair;
    pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
        if (from != Role::client || index != 0) return std::vector<Bytes>{frame};
        auto offer = proto::decode_negotiation(ByteView(frame).subspan(4)).value();
        change(offer);
        return std::vector<Bytes>{proto::make_frame(proto::FrameType::negotiation, proto::encode(offer))};
    };
    pair.start();
    pair.run();
    CAPTURE(static_cast<int>(code));
    check_end(pair.client, How::refused, static_cast<std::uint16_t>(code));
    CHECK(pair.client.phase() == Phase::closed);
    check_end(pair.server, How::login_failed, static_cast<std::uint16_t>(code));
    CHECK(event::code_name(*pair.server.end()) == proto::text_of(code).name);
    CHECK(event::code_name(*pair.client.end()) == proto::text_of(code).name);
    CHECK(pair.server.phase() == Phase::closing);
    CHECK_FALSE(pair.client.has_output());
}

// The server's answer is altered before the client.
void check_answer_refused(const std::function<void(proto::NegotiationResponse&)>& change, bool padded = false) {
    Options options;
    if (padded) options.client_padding = proto::Padding::full;
    Pair pair(options);
    pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
        if (from != Role::server || index != 0) return std::vector<Bytes>{frame};
        auto answer = proto::decode_negotiation_response(ByteView(frame).subspan(4)).value();
        change(answer);
        return std::vector<Bytes>{proto::make_frame(proto::FrameType::negotiation_response, proto::encode(answer))};
    };
    pair.start();
    pair.run();
    check_end(pair.client, How::violation, ErrorCode::protocol);
    CHECK(pair.client.phase() == Phase::closing);
    CHECK_FALSE(pair.client.has_output()); // there are no keys to say it under
    CHECK(Peek::keys_wiped(pair.client));
}

} // namespace

TEST_CASE("a login byte by byte, in parts, and all at once") {
    for (const std::size_t feed : {std::size_t{1}, std::size_t{3}, std::size_t{97}, std::size_t{0}})
        for (const auto suite : {Suite::aes256_gcm_sha384, Suite::aes256_cbc_sha512}) {
            Options options;
            options.feed = feed;
            options.suite = suite;
            options.items = {{40'000}};
            Pair pair(options);
            pair.log_in();
            const auto id = pair.download(0);
            CHECK(pair.at_client.chunks[id].size() == 3);
            CHECK(pair.at_client.content_right);
        }
}

TEST_CASE("a session says how many bytes its next frame still misses") {
    Pair pair;
    pair.start();
    pair.produce(Role::client);
    const auto frames = split_frames(std::as_const(pair.at_client.out).view());
    REQUIRE(frames.size() == 2);
    CHECK(pair.server.receive(MutableBytes(), pair.now).consumed == 0);
    CHECK(pair.server.missing() == 4);
    auto bytes = join(frames);
    CHECK(pair.server.receive(MutableBytes(bytes).first(3), pair.now).consumed == 0);
    CHECK(pair.server.missing() == 1);
    CHECK(pair.server.receive(MutableBytes(bytes).first(10), pair.now).consumed == 0);
    CHECK(pair.server.missing() == frames[0].size() - 10);
    CHECK(pair.server.receive(bytes, pair.now).consumed == frames[0].size());
    CHECK(pair.server.missing() == 0);
}

TEST_CASE("what the server refuses in the clear, and why") {
    check_refused([](auto& offer) { offer.versions = {2, 3}; }, RefusedCode::version);
    check_refused([](auto& offer) { offer.suites = {Suite::aes256_gcm_sha384}; }, RefusedCode::suite);
    check_refused([](auto& offer) { offer.schemes = {Scheme::ed25519}; }, RefusedCode::scheme);
    check_refused([](auto& offer) { offer.groups = {Group::p384}; }, RefusedCode::group);
}

TEST_CASE("malformed cleartext is refused as such; so is a bad key") {
    const auto check = [](std::size_t frame_number, const std::function<void(Bytes&)>& change) {
        Pair pair;
        pair.filter = [&](Role from, std::size_t index, Bytes frame) {
            if (from == Role::client && index == frame_number) change(frame);
            return std::vector<Bytes>{frame};
        };
        pair.start();
        pair.run();
        check_end(pair.server, How::violation, ErrorCode::protocol);
        check_end(pair.client, How::refused, static_cast<std::uint16_t>(RefusedCode::malformed));
    };
    check(0, [](Bytes& frame) { frame[4] = '['; });
    check(0, [](Bytes& frame) { frame.back() = ' '; });
    check(1, [](Bytes& frame) { std::fill(frame.begin() + 8, frame.end(), std::uint8_t{0}); }); // all-zero X25519
    check(1, [](Bytes& frame) { frame[7] = 31; });                                              // key length
}

TEST_CASE("a server that is busy says so instead of an answer") {
    for (const auto code : {ErrorCode::busy, ErrorCode::shutting_down}) {
        Pair pair;
        pair.start();
        pair.take(Role::server, pair.server.fail(code, How::login_failed, {}));
        pair.run();
        check_end(pair.client, How::refused, static_cast<std::uint16_t>(RefusedCode::busy));
    }
}

TEST_CASE("an answer that was not offered is refused (R-14)") {
    check_answer_refused([](auto& answer) { answer.version = 2; });
    check_answer_refused([](auto& answer) { answer.suite = Suite::aes256_gcm_sha384; });
    check_answer_refused([](auto& answer) { answer.group = Group::p384; });
    check_answer_refused([](auto& answer) { answer.chunk_limit *= 2; });
    check_answer_refused([](auto& answer) { answer.features = {"something"}; });
    check_answer_refused([](auto& answer) { answer.padding = proto::Padding::none; }, true);
}

TEST_CASE("an answer may ask for more padding and smaller chunks than the client did") {
    Options options;
    options.server_padding = proto::Padding::full;
    Pair pair(options);
    pair.log_in();
    CHECK(pair.client.agreement().padding == proto::Padding::full);
    CHECK(pair.client.agreement().rotation == options.rotation);
}

TEST_CASE("a client that begins with ChaCha20-Poly1305 gets it (R-15); else the server's order counts") {
    for (const bool first : {true, false}) {
        Options options;
        auto offer = offer_of(options);
        offer.suites = {Suite::aes128_gcm_sha256, Suite::aes256_gcm_sha384, Suite::chacha20_poly1305_sha256};
        if (first) std::swap(offer.suites.front(), offer.suites.back());
        auto policy = std::make_shared<states::ServerPolicy>(*policy_of(options));
        policy->suites = {Suite::aes256_gcm_sha384, Suite::chacha20_poly1305_sha256, Suite::aes128_gcm_sha256};
        states::ClientSession client(offer, rng(), {});
        states::ServerSession server(policy, rng(), {});
        client.start();
        Side side(client);
        states::Buffer out;
        client.produce(out, 1, side, {});
        auto bytes = out.view();
        bytes = bytes.subspan(server.receive(bytes, {}).consumed);
        CHECK(server.agreement().suite == (first ? Suite::chacha20_poly1305_sha256 : Suite::aes256_gcm_sha384));
    }
}

TEST_CASE("the second DH_PARAMETERS has the group that was named, and there is no third") {
    for (const auto group : {Group::x25519, Group::p256, Group::p384}) {
        Options options;
        options.client_groups = {Group::p256, Group::x25519, Group::p384};
        options.server_groups = {Group::x25519, Group::p384};
        Pair pair(options);
        pair.start();
        pair.produce(Role::client);
        pair.carry(Role::client); // a guess that is not enabled; x25519 is named
        REQUIRE(pair.server.phase() == Phase::dh);
        const auto frame = proto::make_frame(
            proto::FrameType::dh_parameters,
            proto::encode(proto::DhParameters{static_cast<std::uint16_t>(group),
                                              crypto::EphemeralKey::generate(group, rng()).public_key()}));
        pair.inject(Role::server, frame);
        CHECK(pair.server.phase() == (group == Group::x25519 ? Phase::auth_device : Phase::closing));
        pair.inject(Role::server, frame);
        REQUIRE(pair.server.end().has_value());
        CHECK(pair.server.end()->how == How::violation);
    }
}

TEST_CASE("the key of a wrong guess is not examined") {
    Options options;
    options.client_groups = {Group::p256, Group::x25519};
    Pair pair(options);
    pair.filter = [&](Role from, std::size_t index, Bytes frame) {
        if (from == Role::client && index == 1) std::fill(frame.begin() + 8, frame.end(), std::uint8_t{0xFF});
        return std::vector<Bytes>{frame};
    };
    pair.start();
    pair.run();
    // The server went on to the second key; the transcript tells the client that the first was altered.
    CHECK(pair.client.agreement().group == Group::x25519);
    CHECK(pair.client.end()->how == How::bad_record);
    CHECK(pair.server.ended());
}

TEST_CASE("AUTHENTICATE with other items, or in another order, is refused") {
    const auto chain = proto::encode_item(proto::Chain{Pki::shared().credential(Party::device).chain});
    const auto signature = proto::encode_item(proto::Signature{0x0403, Bytes(70, 1)});
    const auto finished = proto::encode_finished(Bytes(32, 1));
    const auto request =
        proto::encode_item(proto::Request{proto::UserAsked::any, false, false, {Scheme::ecdsa_p256_sha256}, {}});
    const Bytes ticket{5, 0, 0, 1, 0};
    const auto enrolment = proto::encode_item(proto::Enrolment{"listener", {0x30, 0}, {}, {}});
    const std::vector<std::vector<Bytes>> client_bodies{
        {},
        {chain},
        {chain, signature},
        {signature, chain, finished},
        {chain, finished, signature},
        {request, chain, signature, finished},
        {chain, signature, finished, finished},
        {chain, chain, signature, finished},
        {chain, signature, finished, ticket},
        {ticket},
        {finished, ticket},
        {ticket, signature, finished},
        {ticket, finished, finished},
        {enrolment},
        {enrolment, finished},
        {enrolment, chain, signature, finished},
        {enrolment, signature, finished, ticket},
        {chain, enrolment, finished},
        {chain, signature, finished, Bytes{9}},
    };
    for (const auto& items : client_bodies)
        for (const auto phase : {Phase::auth_device, Phase::auth_user}) {
            auto made = scene(Role::server, phase, Say::authenticate);
            made.say(Say::authenticate, [&](Bytes& body) { body = join(items); });
            CHECK(made.session().phase() == Phase::closing);
            CHECK(made.session().end()->how == How::violation);
            CHECK(made.pair->at_server.count<event::VerifyPeer>() == (phase == Phase::auth_device ? 0 : 1));
        }
    const std::vector<std::vector<Bytes>> server_bodies{
        {chain, signature, finished},          {request, chain, signature},
        {chain, request, signature, finished}, {request, request, signature, finished},
        {request, chain, signature, ticket},   {request},
        {enrolment, signature, finished}};
    for (const auto& items : server_bodies) {
        auto made = scene(Role::client, Phase::auth_server, Say::authenticate);
        made.say(Say::authenticate, [&](Bytes& body) { body = join(items); });
        CHECK(made.session().end()->how == How::violation);
        CHECK(made.pair->at_client.count<event::VerifyPeer>() == 0);
    }
}

TEST_CASE("frames over their limit end the session at their header (R-1)") {
    const auto header = [](std::uint8_t type, std::size_t length) {
        return Bytes{type, static_cast<std::uint8_t>(length >> 16), static_cast<std::uint8_t>(length >> 8),
                     static_cast<std::uint8_t>(length)};
    };
    const auto check = [&](Role role, Phase phase, std::uint8_t type, std::size_t limit) {
        CAPTURE(role == Role::client, name_of(phase), static_cast<int>(type), limit);
        auto fits = scene(role, phase, Say::ping);
        fits.pair->inject(role, header(type, limit));
        CHECK_FALSE(fits.session().ended());
        CHECK(fits.session().missing() >= limit);
        for (const std::size_t length : {limit + 1, std::size_t{0xFFFFFF}}) {
            auto over = scene(role, phase, Say::ping);
            over.pair->inject(role, header(type, length));
            REQUIRE(over.session().end().has_value());
            CHECK(over.session().end()->how == How::violation);
            CHECK(over.session().end()->fault == Fault::too_large);
        }
    };
    check(Role::server, Phase::connect, 1, 4096);
    check(Role::client, Phase::negotiation, 2, 4096);
    check(Role::server, Phase::negotiation, 3, 1024);
    check(Role::client, Phase::dh, 4, 1024);
    check(Role::client, Phase::auth_server, 5, 16'640);
    check(Role::client, Phase::wait_ok, 5, 16'640);
    check(Role::server, Phase::auth_device, 5, 16'640);
    check(Role::server, Phase::auth_user, 5, 16'640);
    check(Role::client, Phase::open, 5, 65'536 + 4096);
    check(Role::server, Phase::open, 5, 65'536 + 4096);
    check(Role::server, Phase::bye_sent, 5, 65'536 + 4096);
}

TEST_CASE("a MAC frame is directly behind its record, and of its suite's length") {
    for (const auto how : {0, 1, 2, 3}) {
        auto made = scene(Role::server, Phase::open, Say::ping, Suite::aes256_ctr_sha256);
        auto record = sealed(*made.pair, Role::client, proto::InnerType::ping, proto::encode(proto::Ping{1}));
        const auto mac = record.size() - 32 - 4;
        if (how == 0) record[mac] = 5;      // another frame in its place
        if (how == 1) record[mac + 3] = 31; // too short
        if (how == 2) record.erase(record.begin() + static_cast<std::ptrdiff_t>(mac), record.end());
        if (how == 3) record.back() ^= 1;
        made.pair->inject(Role::server, record);
        if (how == 2) { // it is waited for, and nothing else may come
            CHECK(made.session().open());
            CHECK(made.session().missing() == 36);
            made.pair->inject(Role::server, record);
        }
        REQUIRE(made.session().end().has_value());
        CHECK(made.session().end()->how == How::bad_record);
        CHECK(made.session().end()->code == static_cast<std::uint16_t>(ErrorCode::bad_record));
    }
}
