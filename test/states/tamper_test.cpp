// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Somebody in the middle: whatever is altered, both sides end, and no byte is taken for good that was not sent so.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::InnerType;

namespace {

constexpr std::uint32_t chunk = proto::min_chunk;
constexpr std::uint64_t chunks = 5;

Options small_session(Suite suite) {
    Options options;
    options.suite = suite;
    options.user = false;
    options.rotation.chunks = 2;
    options.items = {{(chunks - 1) * chunk + 50, chunk}};
    return options;
}

// LIST, a download with rotations, CLOSE, BYE; as far as it goes, until both have ended.
void play(Pair& pair) {
    pair.start();
    pair.run();
    (void)pair.client.list(0, 0, 0, "");
    pair.run();
    const auto id = pair.client.open_item(proto::Mode::save, item_id(0), {});
    pair.run();
    if (id) (void)pair.client.read(*id, 0, chunks);
    pair.run();
    if (id) (void)pair.client.close_stream(*id);
    pair.run();
    pair.client.bye(pair.now);
    pair.run();
    pair.pass(std::chrono::minutes(5));
    pair.flush();
}

// Chunks come in order and right, and only a whole stream counts as closed.
void check_delivery(const Pair& pair) {
    CHECK(pair.at_client.content_right);
    for (const auto& [id, indices] : pair.at_client.chunks)
        for (std::size_t i = 0; i < indices.size(); ++i) CHECK(indices[i] == i);
    if (const auto* closed = pair.at_client.last<event::StreamClosed>(); closed != nullptr && closed->counts_agree)
        CHECK(pair.at_client.delivered == chunks);
}

void check_both_ended(const Pair& pair) {
    REQUIRE(pair.client.ended());
    REQUIRE(pair.server.ended());
    REQUIRE(pair.client.end().has_value());
    REQUIRE(pair.server.end().has_value());
}

bool both_clean(const Pair& pair) {
    return pair.client.end()->how == How::clean && pair.server.end()->how == How::clean;
}

enum class Harm { drop, duplicate, swap, reflect, echo, flip };

// Does it to the frame of that side and number.
void harm(Pair& pair, Role victim, std::size_t number, Harm how) {
    auto kept = std::make_shared<std::optional<Bytes>>();
    pair.filter = [&pair, victim, number, how, kept](Role from, std::size_t index, Bytes frame) -> std::vector<Bytes> {
        if (*kept && from == victim) return {frame, *std::exchange(*kept, std::nullopt)};
        if (from != victim || index != number) return {frame};
        switch (how) {
            case Harm::drop:
                return {};
            case Harm::duplicate:
                return {frame, frame};
            case Harm::swap:
                *kept = frame;
                return {};
            case Harm::reflect:
                pair.inject(from, frame);
                return {};
            case Harm::echo:
                pair.inject(from, frame);
                return {frame};
            case Harm::flip:
                frame[proto::frame_header_size + (number * 7) % (frame.size() - proto::frame_header_size)] ^= 0x10;
                return {frame};
        }
        return {};
    };
}

void flip_cleartext(bool retry, Role from, std::size_t frame_number) {
    std::size_t length = 1;
    for (std::size_t at = 0; at < length; ++at) {
        Options options;
        options.user = false;
        if (retry) options.client_groups = {Group::p256, Group::x25519};
        Pair pair(options);
        pair.filter = [&](Role by, std::size_t index, Bytes frame) {
            if (by == from && index == frame_number) {
                length = frame.size();
                frame[at] = static_cast<std::uint8_t>(frame[at] ^ 1U << at % 8);
            }
            return std::vector<Bytes>{frame};
        };
        pair.start();
        pair.run();
        (void)pair.client.list(0, 0, 0, "");
        pair.run();
        pair.pass(std::chrono::minutes(5));
        CAPTURE(retry, from == Role::client, frame_number, at);
        check_both_ended(pair);
        CHECK(pair.at_client.count<event::LoggedIn>() + pair.at_server.count<event::LoggedIn>() == 0);
        CHECK(pair.at_server.count<event::ListRequest>() == 0);
        CHECK(Peek::keys_wiped(pair.client));
        CHECK(Peek::keys_wiped(pair.server));
    }
    CHECK(length > 30);
}

} // namespace

TEST_CASE("one bit of any byte of any cleartext frame: both end, nobody is logged in") {
    for (const std::size_t number : {0U, 1U})
        for (const auto from : {Role::client, Role::server}) flip_cleartext(false, from, number);
    for (const std::size_t number : {1U, 2U}) flip_cleartext(true, Role::client, number);
}

TEST_CASE("strong suites and groups cannot be stripped from the offer") {
    for (const bool suites : {true, false}) {
        Options options;
        options.client_groups = {Group::x25519, Group::p256};
        options.server_groups = {Group::x25519, Group::p256};
        Pair pair(options);
        pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
            if (from != Role::client || index != 0) return std::vector<Bytes>{frame};
            auto offer = proto::decode_negotiation(ByteView(frame).subspan(4)).value();
            if (suites)
                offer.schemes.resize(1);
            else
                offer.groups.pop_back();
            return std::vector<Bytes>{proto::make_frame(proto::FrameType::negotiation, proto::encode(offer))};
        };
        pair.start();
        pair.run();
        pair.pass(std::chrono::minutes(5));
        check_both_ended(pair);
        CHECK(pair.client.end()->how == How::bad_record); // the keys themselves depend on the offer
        CHECK(pair.server.end()->how != How::clean);
        CHECK(pair.at_server.count<event::LoggedIn>() == 0);
    }
}

TEST_CASE("dropped, doubled, swapped, reflected and altered frames, each one of a session, every suite") {
    for (const auto suite : all_suites()) {
        Pair whole(small_session(suite));
        std::size_t frames[2] = {0, 0};
        whole.filter = [&](Role from, std::size_t index, const Bytes& frame) {
            frames[static_cast<std::size_t>(from)] = index + 1;
            return std::vector<Bytes>{frame};
        };
        play(whole);
        check_both_ended(whole);
        REQUIRE(both_clean(whole));
        CHECK(whole.at_client.delivered == chunks);
        CHECK(whole.client.counters().rotations >= 2);
        for (const auto victim : {Role::client, Role::server}) {
            const auto count = frames[static_cast<std::size_t>(victim)];
            REQUIRE(count > 8);
            for (std::size_t number = 0; number + 1 < count; ++number) // behind the last, BYE, nothing counts
                for (const auto how :
                     {Harm::drop, Harm::duplicate, Harm::swap, Harm::reflect, Harm::echo, Harm::flip}) {
                    CAPTURE(name_of(suite), victim == Role::client, number, static_cast<int>(how));
                    Pair pair(small_session(suite));
                    harm(pair, victim, number, how);
                    play(pair);
                    check_both_ended(pair);
                    CHECK_FALSE(both_clean(pair));
                    check_delivery(pair);
                }
        }
    }
}

TEST_CASE("a last BYE that is lost is a truncated session, to the side that waited for it") {
    Pair pair(small_session(Suite::aes256_ctr_sha256));
    pair.filter = [&](Role from, std::size_t, const Bytes& frame) {
        return from == Role::server && pair.client.phase() == states::Phase::bye_sent ? std::vector<Bytes>{}
                                                                                      : std::vector<Bytes>{frame};
    };
    play(pair);
    check_both_ended(pair);
    CHECK(pair.client.end()->how == How::truncated);
    CHECK(pair.server.end()->how == How::clean);
}

TEST_CASE("TCP ends at any byte of the last records: truncated, never complete") {
    for (const auto suite : {Suite::aes128_gcm_sha256, Suite::aes256_cbc_blake2b})
        for (const bool bye : {false, true}) {
            std::size_t tail = 1; // bytes of the last records
            for (std::size_t cut = 0; cut < tail; ++cut) {
                auto options = small_session(suite);
                options.items = {{50, chunk}};
                options.rotation.chunks = 128;
                Pair pair(options);
                Bytes held;
                pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
                    if (from == Role::client || index < 5) return std::vector<Bytes>{frame};
                    held.insert(held.end(), frame.begin(), frame.end()); // DATA, CLOSE and perhaps BYE
                    return std::vector<Bytes>{};
                };
                pair.log_in();
                const auto id = pair.open(0);
                REQUIRE(pair.client.read(id, 0, 1));
                pair.run();
                REQUIRE(pair.client.close_stream(id));
                pair.run();
                if (bye) pair.client.bye(pair.now);
                pair.run();
                tail = held.size();
                REQUIRE(split_frames(held).size() == (bye ? 3 : 2));
                pair.inject(Role::client, ByteView(held).first(cut));
                pair.hang_up(Role::client);
                CAPTURE(name_of(suite), bye, cut);
                REQUIRE(pair.client.end().has_value());
                CHECK(pair.client.end()->how == How::truncated);
                CHECK(pair.at_client.count<event::StreamClosed>() == 0);
                CHECK(pair.at_client.delivered == 0); // its CLOSE came first
                CHECK(Peek::keys_wiped(pair.client));
            }
            CHECK(tail > 100);
        }
}

// --- records behind a switch of keys, sealed under the former ones by somebody who had them (R-25, R-32) ---

namespace {

// What the session would seal `later` records from now, under the keys of now.
Bytes sealed_ahead(Pair& pair, Role by, std::uint64_t later) {
    auto& number = Peek::send_number(pair.session(by));
    const auto present = number;
    number += later;
    const auto record = sealed(pair, by, InnerType::ping, proto::encode(proto::Ping{1}));
    number = present;
    return record;
}

void check_bad_record(Pair& pair, Role target) {
    REQUIRE(pair.session(target).end().has_value());
    CHECK(pair.session(target).end()->how == How::bad_record);
}

} // namespace

TEST_CASE("a record of epoch 0 behind the last AUTHENTICATE") {
    for (const auto suite : all_suites())
        for (const bool slow : {false, true}) {
            Options options;
            options.suite = suite;
            options.hold_signature = {Party::user};
            if (slow) options.hold_verdict = {Party::user};
            Pair pair(options);
            pair.start();
            pair.run();
            const auto glued = sealed_ahead(pair, Role::client, 1);
            pair.answer(Role::client);
            pair.produce(Role::client);
            pair.at_client.out.append(ByteView(glued));
            pair.carry(Role::client);
            if (slow) {
                CHECK_FALSE(pair.server.ended());
                pair.answer(Role::server);
                pair.receive(Role::server);
            }
            check_bad_record(pair, Role::server);
        }
}

TEST_CASE("a record of epoch 0 behind OK") {
    Options options;
    options.hold_verdict = {Party::user};
    Pair pair(options);
    pair.start();
    pair.run();
    const auto glued = sealed_ahead(pair, Role::server, 1);
    pair.answer(Role::server);
    pair.produce(Role::server);
    pair.at_server.out.append(ByteView(glued));
    pair.carry(Role::server);
    CHECK(pair.at_client.count<event::LoggedIn>() == 1);
    check_bad_record(pair, Role::client);
}

TEST_CASE("a record of the former epoch behind ROTATE_RESPONSE and behind ROTATED") {
    for (const auto suite : all_suites())
        for (const auto by : {Role::client, Role::server}) {
            CAPTURE(name_of(suite), by == Role::client);
            Options options = small_session(suite);
            options.user = true;
            Pair pair(options);
            pair.log_in();
            const auto id = pair.open(0);
            REQUIRE(pair.client.read(id, 0, 1));
            pair.produce(Role::client);
            pair.carry(Role::client);
            pair.produce(Role::server);
            REQUIRE(pair.server.rotation() == states::Rotation::pending);
            if (by == Role::client) {
                const auto glued = sealed_ahead(pair, Role::client, 1);
                pair.carry(Role::server);
                pair.produce(Role::client); // ROTATE_RESPONSE
                pair.at_client.out.append(ByteView(glued));
                pair.carry(Role::client);
            } else {
                pair.carry(Role::server);
                const auto glued = sealed_ahead(pair, Role::server, 1);
                pair.produce(Role::client);
                pair.carry(Role::client);
                pair.produce(Role::server); // ROTATED
                pair.at_server.out.append(ByteView(glued));
                pair.carry(Role::server);
            }
            check_bad_record(pair, other(by));
        }
}

TEST_CASE("cleartext behind the frame that turns the keys on") {
    const Bytes parameters = proto::make_frame(
        proto::FrameType::dh_parameters_response,
        proto::encode(proto::DhParameters{0x001D, crypto::EphemeralKey::generate(Group::x25519, rng()).public_key()}));
    const std::vector<Bytes> frames{parameters,
                                    proto::make_frame(proto::FrameType::refused, Bytes{0, 5}),
                                    proto::make_frame(proto::FrameType::negotiation_response, Bytes(10)),
                                    proto::make_frame(proto::FrameType::secure_x, Bytes(60)),
                                    proto::make_frame(proto::FrameType::mac, Bytes(32)),
                                    {0x16, 3, 1, 0}};
    for (const auto& glued : frames) {
        Pair pair;
        pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
            if (from == Role::server && index == 1) return std::vector<Bytes>{frame, glued};
            return std::vector<Bytes>{frame};
        };
        pair.start();
        pair.run();
        pair.pass(std::chrono::minutes(5));
        check_both_ended(pair);
        CHECK(pair.at_client.count<event::VerifyPeer>() == 0);
        CHECK(pair.at_server.count<event::LoggedIn>() == 0);
    }
    for (const auto& glued : frames) { // and at the server, behind DH_PARAMETERS
        Pair pair;
        pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
            if (from == Role::client && index == 1) return std::vector<Bytes>{frame, glued};
            return std::vector<Bytes>{frame};
        };
        pair.start();
        pair.run();
        pair.pass(std::chrono::minutes(5));
        check_both_ended(pair);
        CHECK(pair.at_server.count<event::VerifyPeer>() == 0);
    }
}
