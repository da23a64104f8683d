// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who is let in, who is not, and what each side learns of it.
#include "rogue.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using event::How;
using proto::ErrorCode;
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

event::Sign asked(Pair& pair) { return std::get<event::Sign>(*pair.at_client.question); }

// The client's signature for this party, made with another key or over something else.
void check_bad_signature(Party party, bool other_key, ErrorCode code) {
    Options options;
    options.hold_signature = {party};
    Pair pair(options);
    pair.start();
    pair.run();
    const auto ask = asked(pair);
    REQUIRE(ask.party == party);
    auto content = ask.content;
    if (!other_key) content.back() ^= 1;
    const auto signer =
        other_key ? Pki::shared().issue(party, "somebody else").signer : Pki::shared().credential(party).signer;
    const auto signature = signer->sign(Scheme::ecdsa_p256_sha256, content, rng()).value();
    pair.take(Role::client, pair.client.signed_by(party, Scheme::ecdsa_p256_sha256, signature));
    pair.run();
    check_end(pair.server, How::login_failed, code);
    check_end(pair.client, How::peer_error, code);
    CHECK(pair.at_server.count<event::LoggedIn>() == 0);
    CHECK(Peek::keys_wiped(pair.server));
}

} // namespace

TEST_CASE("who has logged in, with a user and without") {
    for (const bool user : {true, false}) {
        Options options;
        options.user = user;
        Pair pair(options);
        pair.log_in();
        CHECK(pair.client.user_required() == user);
        CHECK(pair.server.device() == "listener's device");
        CHECK(pair.server.person() == (user ? "listener's user" : ""));
        const auto* told = pair.at_client.last<event::LoggedIn>();
        REQUIRE(told != nullptr);
        CHECK(told->who.device == "listener's device");
        CHECK(told->who.person == pair.server.person());
        CHECK(told->who.expires_seconds == 24 * 3600);
        CHECK(pair.at_client.count<event::Sign>() == (user ? 2 : 1));
        CHECK(pair.at_server.count<event::VerifyPeer>() == (user ? 2 : 1));
        CHECK(pair.client.sending_epoch() == 1);
        CHECK(pair.server.sending_epoch() == 1);
        CHECK_FALSE(Peek::expects_next_epoch(pair.client)); // epoch 0 is gone
    }
}

TEST_CASE("four requests may go before OK, under epoch 1, and are answered behind it") {
    for (const bool user : {true, false}) {
        Options options;
        options.user = user;
        options.hold_verdict = {user ? Party::user : Party::device};
        options.items = {{10}};
        Pair pair(options);
        CHECK_FALSE(pair.client.list(0, 0, 0, "")); // not before the keys
        pair.start();
        CHECK_FALSE(pair.client.list(0, 0, 0, ""));
        pair.run();
        REQUIRE(pair.client.phase() == Phase::wait_ok);
        for (int i = 0; i < 3; ++i) CHECK(pair.client.list(0, 0, 0, ""));
        const auto id = pair.client.open_item(proto::Mode::play, item_id(0), {});
        REQUIRE(id);
        CHECK_FALSE(pair.client.list(0, 0, 0, ""));
        CHECK_FALSE(pair.client.read(*id, 0, 1));
        pair.run();
        CHECK_FALSE(pair.at_server.in.empty()); // unread, while the chain is being looked at
        CHECK(pair.at_server.count<event::ListRequest>() == 0);
        pair.answer(Role::server);
        pair.run();
        CHECK(pair.client.open());
        CHECK(pair.at_client.count<event::CatalogueArrived>() == 3);
        CHECK(pair.at_client.count<event::StreamOpened>() == 1);
        CHECK(pair.client.list(0, 0, 0, ""));
    }
}

TEST_CASE("a server whose proof does not hold, or that is somebody else") {
    SECTION("its certificate is refused") {
        Options options;
        options.hold_verdict = {Party::server};
        Pair pair(options);
        pair.start();
        pair.run();
        pair.take(Role::client, pair.client.verification_failed());
        pair.run();
        check_end(pair.client, How::login_failed, ErrorCode::auth_failed);
        check_end(pair.server, How::peer_error, ErrorCode::auth_failed);
        CHECK(pair.client.end()->fault == Fault::bad_certificate);
    }
    SECTION("its certificate is good, but another's, or of another role") {
        for (const auto party : {Party::server, Party::device}) {
            Options options;
            options.hold_verdict = {Party::server};
            Pair pair(options);
            pair.start();
            pair.run();
            const auto chain = party == Party::server ? Pki::shared().issue(party, "localhost").chain
                                                      : Pki::shared().credential(party).chain;
            const auto peer = Pki::shared().validate(party, chain);
            REQUIRE(peer.has_value());
            pair.take(Role::client, pair.client.verified(*peer, pair.now));
            pair.run();
            check_end(pair.client, How::login_failed, ErrorCode::auth_failed);
            CHECK(pair.client.end()->fault == Fault::bad_signature);
            CHECK(pair.at_client.count<event::Sign>() == 0);
            CHECK(pair.server.ended());
        }
    }
}

TEST_CASE("a device or a person that is not let in") {
    check_bad_signature(Party::device, true, ErrorCode::auth_failed);
    check_bad_signature(Party::device, false, ErrorCode::auth_failed);
    check_bad_signature(Party::user, true, ErrorCode::user_refused);
    check_bad_signature(Party::user, false, ErrorCode::user_refused);
    for (const auto party : {Party::device, Party::user}) {
        Options options;
        options.hold_verdict = {party};
        Pair pair(options);
        pair.start();
        pair.run();
        pair.take(Role::server, pair.server.verification_failed());
        pair.run();
        const auto code = party == Party::device ? ErrorCode::auth_failed : ErrorCode::user_refused;
        check_end(pair.server, How::login_failed, code);
        check_end(pair.client, How::peer_error, code);
    }
}

TEST_CASE("a good proof with a certificate of another role is none, even if the program took it") {
    for (const auto party : {Party::server, Party::device, Party::user}) {
        const auto wrong = party == Party::device ? Party::user : Party::device;
        Options options;
        (party == Party::server   ? options.server_credential
         : party == Party::device ? options.device_credential
                                  : options.user_credential) = Pki::shared().credential(wrong);
        options.hold_verdict = {party};
        Pair pair(options);
        pair.start();
        pair.run();
        const auto who = party == Party::server ? Role::client : Role::server;
        const auto ask = std::get<event::VerifyPeer>(*pair.side(who).question);
        REQUIRE(ask.party == party);
        CHECK_FALSE(Pki::shared().validate(party, ask.chain).has_value());
        const auto peer = Pki::shared().validate(wrong, ask.chain);
        REQUIRE(peer.has_value());
        if (who == Role::client)
            pair.take(who, pair.client.verified(*peer, pair.now));
        else
            pair.take(who, pair.server.verified(*peer, pair.now));
        CAPTURE(crypto::name_of(party));
        REQUIRE(pair.session(who).end().has_value());
        CHECK(pair.session(who).end()->how == How::login_failed);
        CHECK(pair.at_server.count<event::LoggedIn>() == 0);
        if (party == Party::server) CHECK(pair.at_client.count<event::Sign>() == 0);
    }
}

TEST_CASE("a good signature with a FINISHED that is none, of the server") {
    class Recording final : public crypto::Signer {
      public:
        std::vector<Scheme> schemes() const override { return inner().schemes(); }
        Result<Bytes> sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& random) override {
            made = inner().sign(scheme, content, random).value();
            return made;
        }
        Bytes made;

      private:
        static crypto::Signer& inner() { return *Pki::shared().credential(Party::server).signer; }
    };
    const auto signer = std::make_shared<Recording>();
    Options options;
    options.server_credential = crypto::Credential{Pki::shared().credential(Party::server).chain, signer, "", 0};
    Pair pair(options);
    pair.filter = [&](Role from, std::size_t index, const Bytes& frame) {
        return from == Role::server && index >= 2 ? std::vector<Bytes>{} : std::vector<Bytes>{frame};
    };
    pair.start();
    pair.run();
    REQUIRE(pair.client.phase() == Phase::auth_server);
    const auto policy = policy_of(options);
    Peek::send_number(pair.server) = 0;
    const auto body =
        join({proto::encode_item(proto::Request{policy->user, true, true, policy->schemes, policy->issuers}),
              proto::encode_item(proto::Chain{policy->credential.chain}),
              proto::encode_item(proto::Signature{0x0403, signer->made}), proto::encode_finished(Bytes(32, 1))});
    pair.inject(Role::client, sealed(pair, Role::server, proto::InnerType::authenticate, body));
    check_end(pair.client, How::login_failed, ErrorCode::auth_failed);
    CHECK(pair.at_client.count<event::VerifyPeer>() == 1);
    CHECK(pair.at_client.count<event::Sign>() == 0);
}

TEST_CASE("a good signature with a FINISHED that is none, of device and user") {
    for (const auto party : {Party::device, Party::user})
        for (const std::size_t length : {std::size_t{32}, std::size_t{31}, std::size_t{0}}) {
            Options options;
            options.hold_signature = {party};
            Pair pair(options);
            pair.start();
            pair.run();
            const auto& credential = Pki::shared().credential(party);
            const auto signature =
                credential.signer->sign(Scheme::ecdsa_p256_sha256, asked(pair).content, rng()).value();
            const auto body = join({proto::encode_item(proto::Chain{credential.chain}),
                                    proto::encode_item(proto::Signature{0x0403, signature}),
                                    proto::encode_finished(Bytes(length, 1))});
            pair.inject(Role::server, sealed(pair, Role::client, proto::InnerType::authenticate, body));
            check_end(pair.server, How::login_failed,
                      party == Party::device ? ErrorCode::auth_failed : ErrorCode::user_refused);
            CHECK(pair.at_server.count<event::LoggedIn>() == 0);
        }
}

TEST_CASE("a signature in a scheme that was not offered is refused, even if it is right") {
    const auto key = std::shared_ptr<Botan::Private_Key>(Botan::create_private_key("RSA", rng(), "2048"));
    const auto credential = Pki::shared().issue(Party::user, "listener", key);
    for (const auto scheme : {Scheme::rsa_pss_sha256, Scheme::rsa_pkcs1_sha256}) { // the first is in the REQUEST
        Options options;
        options.user_credential = credential;
        options.hold_signature = {Party::user};
        Pair pair(options);
        pair.start();
        pair.run();
        const auto signature = credential.signer->sign(scheme, asked(pair).content, rng()).value();
        pair.take(Role::client, pair.client.signed_by(Party::user, scheme, signature));
        pair.run();
        CHECK(pair.server.open() == (scheme == Scheme::rsa_pss_sha256));
    }
}

TEST_CASE("OK comes under epoch 1, ERROR in its place under either (R-23)") {
    for (const bool ok : {true, false}) {
        Options options;
        options.user = false;
        options.hold_verdict = {Party::device};
        Pair pair(options);
        pair.start();
        pair.run();
        REQUIRE(pair.client.phase() == Phase::wait_ok);
        REQUIRE(pair.server.sending_epoch() == 0);
        const auto body = ok ? proto::encode(proto::LoginOk{"device", "", 1, 60, 0, {}, false})
                             : proto::encode(proto::Error{proto::Scope::session, 0, ErrorCode::busy});
        const auto type = ok ? proto::InnerType::ok : proto::InnerType::error;
        pair.inject(Role::client, sealed(pair, Role::server, type, body));
        check_end(pair.client, ok ? How::violation : How::peer_error, ok ? ErrorCode::protocol : ErrorCode::busy);
        CHECK(pair.at_client.count<event::LoggedIn>() == 0);
    }
}

TEST_CASE("nobody to name, or the signing fails: the server is told") {
    for (const bool missing : {true, false}) {
        Options options;
        options.hold_choice = missing;
        options.hold_signature = {Party::user};
        Pair pair(options);
        pair.start();
        pair.run();
        CHECK(pair.client.user_required());
        pair.take(Role::client, missing ? pair.client.identify({}) : pair.client.signing_failed());
        pair.run();
        check_end(pair.client, How::login_failed, ErrorCode::auth_failed);
        CHECK(pair.client.end()->fault == Fault::not_offered);
        check_end(pair.server, How::peer_error, ErrorCode::auth_failed);
    }
}

TEST_CASE("a person is named when the server asks, and not before or twice") {
    Options options;
    options.hold_choice = true;
    options.hold_signature = {Party::device, Party::user};
    Pair pair(options);
    const auto& chain = options.credential(Party::user).chain;
    pair.start();
    pair.run();
    REQUIRE(pair.client.phase() == Phase::auth_device);
    CHECK(std::holds_alternative<event::None>(pair.client.identify(chain)));
    pair.answer(Role::client);
    pair.run();
    REQUIRE(pair.client.phase() == Phase::auth_user);
    const auto* choose = pair.at_client.last<event::ChooseUser>();
    REQUIRE(choose != nullptr);
    CHECK_FALSE(choose->card);
    CHECK(choose->accepted == policy_of(options)->schemes);
    CHECK(std::holds_alternative<event::None>(pair.client.signed_by(Party::user, Scheme::ed25519, Bytes(64))));
    pair.answer(Role::client);
    CHECK(std::holds_alternative<event::None>(pair.client.identify(chain)));
    pair.answer(Role::client);
    pair.run();
    CHECK(pair.server.open());
    CHECK(pair.server.person() == "listener's user");
}

TEST_CASE("a person's signature of another session, device or server is of no use") {
    const auto ask_of = [](const Options& options) {
        auto pair = std::make_unique<Pair>(options);
        pair->start();
        pair->run();
        REQUIRE(asked(*pair).party == Party::user);
        return pair;
    };
    Options here;
    here.hold_signature = {Party::user};
    Options other_device = here, other_server = here;
    other_device.device_credential = Pki::shared().issue(Party::device, "another device");
    other_server.server_credential = Pki::shared().issue(Party::server, std::string(Pki::host));
    for (const auto& from : {here, other_device, other_server}) {
        const auto recorded = ask_of(from);
        const auto signature =
            here.credential(Party::user).signer->sign(Scheme::ecdsa_p256_sha256, asked(*recorded).content, rng());
        REQUIRE(signature.has_value());
        const auto pair = ask_of(here);
        pair->take(Role::client, pair->client.signed_by(Party::user, Scheme::ecdsa_p256_sha256, *signature));
        pair->run();
        check_end(pair->server, How::login_failed, ErrorCode::user_refused);
        CHECK(pair->at_server.count<event::LoggedIn>() == 0);
        // Where it was made it is good.
        recorded->take(Role::client, recorded->client.signed_by(Party::user, Scheme::ecdsa_p256_sha256, *signature));
        recorded->run();
        CHECK(recorded->server.open());
    }
}
