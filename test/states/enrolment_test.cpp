// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Tickets in place of a person's signature, and devices that ask for a certificate.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::ErrorCode;
using states::Phase;

namespace {

void check_end(const states::Session& session, How how, ErrorCode code) {
    REQUIRE(session.end().has_value());
    CHECK(session.end()->how == how);
    CHECK(session.end()->code == static_cast<std::uint16_t>(code));
}

Options enrolling() {
    Options options;
    options.enrol = true;
    return options;
}

} // namespace

TEST_CASE("a ticket stands for the person's signature") {
    Options options;
    options.ticket = {1};
    Pair pair(options);
    pair.log_in();
    CHECK(pair.client.used_ticket());
    CHECK(pair.server.person() == "by ticket");
    CHECK(pair.at_client.count<event::ChooseUser>() == 0);
    CHECK(pair.at_client.count<event::Sign>() == 1); // the device's
    CHECK(pair.at_server.count<event::VerifyTicket>() == 1);
}

TEST_CASE("a ticket that is no longer good has a code of its own") {
    Options options;
    options.ticket = {2};
    Pair pair(options);
    pair.start();
    pair.run();
    check_end(pair.server, How::login_failed, ErrorCode::ticket_refused);
    check_end(pair.client, How::peer_error, ErrorCode::ticket_refused);
    CHECK(pair.at_server.count<event::LoggedIn>() == 0);
}

TEST_CASE("a ticket is not used where none are taken, or nobody is asked for") {
    for (const bool user : {true, false}) {
        Options options;
        options.ticket = {1};
        options.takes_tickets = false;
        options.user = user;
        Pair pair(options);
        pair.log_in();
        CHECK_FALSE(pair.client.used_ticket());
        CHECK_FALSE(pair.client.takes_tickets());
        CHECK(pair.at_server.count<event::VerifyTicket>() == 0);
        CHECK(pair.server.person() == (user ? "listener's user" : ""));
    }
}

TEST_CASE("a ticket with a FINISHED that is none, where none are taken, or in the device's place") {
    for (const int place : {0, 1, 2}) {
        Options options;
        options.takes_tickets = place != 1;
        options.hold_signature = {place == 2 ? Party::device : Party::user};
        Pair pair(options);
        pair.start();
        pair.run();
        const auto body = join({proto::encode_item(proto::Ticket{{1}}), proto::encode_finished(Bytes(32, 1))});
        pair.inject(Role::server, sealed(pair, Role::client, proto::InnerType::authenticate, body));
        CAPTURE(place);
        REQUIRE(pair.server.ended());
        CHECK(pair.server.end()->how == (place == 0 ? How::login_failed : How::violation));
        CHECK(pair.at_server.count<event::VerifyTicket>() == (place == 0 ? 1 : 0));
        CHECK(pair.at_server.count<event::LoggedIn>() == 0);
    }
}

TEST_CASE("the ticket, and whether to pause without the card, come with OK") {
    Options options;
    options.accept = false;
    Pair pair(options);
    pair.start();
    pair.run();
    pair.server.accept({5, 3600, Bytes(proto::max_ticket, 7), true}, pair.now);
    pair.run();
    const auto* told = pair.at_client.last<event::LoggedIn>();
    REQUIRE(told != nullptr);
    CHECK(told->who.time_ms == 5);
    CHECK(told->who.ticket_seconds == 3600);
    CHECK(told->who.ticket == Bytes(proto::max_ticket, 7));
    CHECK(told->who.pause_without_card);
}

TEST_CASE("the person's refusals each have their code; the device's have one") {
    for (const auto code : {ErrorCode::user_refused, ErrorCode::revoked, ErrorCode::card_required, ErrorCode::disabled,
                            ErrorCode::user_expired, ErrorCode::not_checked})
        for (const auto party : {Party::device, Party::user}) {
            Options options;
            options.hold_verdict = {party};
            Pair pair(options);
            pair.start();
            pair.run();
            pair.take(Role::server, pair.server.verification_failed(code));
            pair.run();
            check_end(pair.client, How::peer_error, party == Party::user ? code : ErrorCode::auth_failed);
        }
}

TEST_CASE("a device asks for a certificate, and hears what became of it") {
    Pair pair(enrolling());
    pair.start();
    pair.run();
    const auto* asked = pair.at_server.last<event::EnrolmentAsked>();
    REQUIRE(asked != nullptr);
    CHECK(asked->enrolment.name == "listener");
    const auto* sign = pair.at_client.last<event::Sign>();
    REQUIRE(sign != nullptr);
    CHECK(sign->party == Party::enrolment);
    const auto* answered = pair.at_client.last<event::EnrolmentAnswered>();
    REQUIRE(answered != nullptr);
    CHECK(answered->status.id == "4f2a");
    REQUIRE(pair.client.end().has_value());
    CHECK(pair.client.end()->how == How::clean);
    CHECK(pair.server.end()->how == How::clean);
    CHECK(Peek::keys_wiped(pair.server));
    CHECK(Peek::keys_wiped(pair.client));
    CHECK(pair.at_server.count<event::LoggedIn>() == 0);
    CHECK(pair.server.device().empty());
}

TEST_CASE("the server takes no requests: the client sends none") {
    auto options = enrolling();
    options.takes_enrolment = false;
    Pair pair(options);
    pair.start();
    pair.run();
    CHECK_FALSE(pair.client.takes_enrolment());
    CHECK(pair.at_client.count<event::Sign>() == 0);
    CHECK(pair.client.end()->how == How::login_failed);
    CHECK(pair.at_server.count<event::EnrolmentAsked>() == 0);
}

TEST_CASE("a request that the server did not ask for, or that another key has signed") {
    for (const bool open : {true, false}) {
        Options options;
        options.takes_enrolment = open;
        options.hold_signature = {Party::device};
        Pair pair(options);
        pair.start();
        pair.run();
        auto& signer = *Pki::shared().credential(Party::device).signer;
        // The signature of a device is none of an enrolment.
        const auto content = std::get<event::Sign>(*pair.at_client.question).content;
        const auto signature = signer.sign(Scheme::ecdsa_p256_sha256, content, rng());
        const auto body =
            join({proto::encode_item(proto::Enrolment{"listener", {0x30, 0}, {}, {}}),
                  proto::encode_item(proto::Signature{0x0403, *signature}), proto::encode_finished(Bytes(32, 1))});
        pair.inject(Role::server, sealed(pair, Role::client, proto::InnerType::authenticate, body));
        check_end(pair.server, open ? How::login_failed : How::violation,
                  open ? ErrorCode::auth_failed : ErrorCode::protocol);
        pair.run();
        check_end(pair.client, How::peer_error, ErrorCode::auth_failed);
        CHECK(pair.at_server.count<event::EnrolmentAsked>() == (open ? 1 : 0));
    }
}

TEST_CASE("an enrolment is not answered before its key is proven, nor with more than fits") {
    auto options = enrolling();
    options.hold_verdict = {Party::enrolment};
    Pair pair(options);
    pair.start();
    pair.run();
    REQUIRE(pair.server.phase() == Phase::enrolling);
    proto::EnrolmentStatus status{proto::EnrolmentStatus::Status::approved, "4f2a", "", {{0x30}}, {{0x31}}, {}};
    CHECK(std::holds_alternative<event::None>(pair.server.answer_enrolment(status)));
    const auto peer = Pki::shared().validate(Party::device, options.credential(Party::device).chain);
    CHECK(std::holds_alternative<event::None>(pair.server.enrolment_verified(peer->key())));
    status.roots.assign(3, Bytes(8000, 0x30));
    pair.take(Role::server, pair.server.answer_enrolment(status));
    check_end(pair.server, How::login_failed, ErrorCode::internal);
    CHECK(pair.at_client.count<event::EnrolmentAnswered>() == 0);
}

TEST_CASE("a device that never hears of its request gives up; so does a server whose verdict never comes") {
    for (const auto role : {Role::client, Role::server}) {
        auto made = scene(role, role == Role::client ? Phase::wait_status : Phase::enrolling, Say::ping);
        made.pair->pass(std::chrono::minutes(5), false);
        REQUIRE(made.session().end().has_value());
        CHECK(made.session().end()->how == How::timeout);
    }
}
