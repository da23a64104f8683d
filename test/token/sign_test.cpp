// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One signature a login: with every kind of key, and with all that may go wrong on the way.
#include "soft_token.hpp"

#include <botan/auto_rng.h>
#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::test;
using token::CardFault;
using token::Tries;

namespace {

const Bytes content = crypto::signed_content(crypto::Party::user, Bytes(32, 7));

struct OneCard {
    SoftToken soft;
    CK_SLOT_ID slot = soft.add_token("card");
    PinGiver pin;
    token::Card card;

    explicit OneCard(const Leaf& leaf = {}) {
        soft.add(slot, leaf);
        card = token::open_card(soft.modules(), {}, soft.now());
        auto& shim = SoftToken::shim();
        shim.logins = shim.logouts = shim.context_logins = 0; // those of add()
    }
    Result<Bytes> sign(Scheme scheme = Scheme::ecdsa_p256_sha256) {
        Botan::AutoSeeded_RNG rng;
        return card.credential(pin.ask()).signer->sign(scheme, content, rng);
    }
    token::CardError refused() {
        try {
            (void)sign();
        } catch (const token::CardError& error) {
            return error;
        }
        FAIL("it signed");
        throw std::logic_error("not reached");
    }
    bool verifies(Scheme scheme, const Bytes& signature) const {
        return crypto::verify(*card.certificate.public_key, scheme, crypto::Party::user, content, signature);
    }
};

} // namespace

TEST_CASE("every kind of key signs, and the PIN is asked for once") {
    const auto [kind, schemes] = GENERATE(
        table<std::string, std::vector<Scheme>>({{"secp256r1", {Scheme::ecdsa_p256_sha256}},
                                                 {"secp384r1", {Scheme::ecdsa_p384_sha384}},
                                                 {"rsa2048", {Scheme::rsa_pss_sha256, Scheme::rsa_pkcs1_sha256}}}));
    OneCard one({.key = kind});
    CHECK(one.card.certificate.schemes == schemes);
    for (const auto scheme : schemes) {
        const auto before = one.pin.asked.size();
        const auto signature = one.sign(scheme);
        REQUIRE(signature.has_value());
        CHECK(one.verifies(scheme, *signature));
        CHECK(one.pin.asked.size() == before + 1);
    }
    CHECK(SoftToken::shim().logins == schemes.size());
    CHECK(SoftToken::shim().logouts == schemes.size());
    CHECK(one.pin.asked.front().holder == "Ada Listener");
    CHECK(one.pin.asked.front().label == "card");
    CHECK(one.sign(Scheme::ed25519).error() == Fault::not_offered);
}

TEST_CASE("a token with raw mechanisms alone signs as well") {
    OneCard one({.key = "rsa2048"});
    SoftToken::shim().lacks = {CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS};
    for (const auto& [scheme, mechanism] : {std::pair{Scheme::rsa_pss_sha256, CK_MECHANISM_TYPE{CKM_RSA_PKCS_PSS}},
                                            std::pair{Scheme::rsa_pkcs1_sha256, CK_MECHANISM_TYPE{CKM_RSA_PKCS}}}) {
        const auto signature = one.sign(scheme);
        REQUIRE(signature.has_value());
        CHECK(SoftToken::shim().signed_with == mechanism);
        CHECK(one.verifies(scheme, *signature));
    }
}

TEST_CASE("schemes are those that the token has mechanisms for") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {.key = "rsa2048"});
    SoftToken::shim().lacks = {CKM_SHA256_RSA_PKCS_PSS, CKM_RSA_PKCS_PSS};
    CHECK(soft.list().certificates.at(0).schemes == std::vector{Scheme::rsa_pkcs1_sha256});
    SoftToken::shim().lacks.push_back(CKM_SHA256_RSA_PKCS);
    SoftToken::shim().lacks.push_back(CKM_RSA_PKCS);
    CHECK(soft.list().certificates.at(0).schemes.empty());
}

TEST_CASE("a wrong PIN is told with what is left, and tried once") {
    OneCard one;
    one.pin.pin = "000000";
    SECTION("as SoftHSM has it") {
        const auto error = one.refused();
        CHECK(error.fault == CardFault::wrong_pin);
        CHECK(error.tries == Tries::low);
    }
    SECTION("one is left") {
        SoftToken::shim().set_after_login = CKF_USER_PIN_FINAL_TRY;
        const auto error = one.refused();
        CHECK(error.fault == CardFault::wrong_pin);
        CHECK(error.tries == Tries::last);
        CHECK(error.remedy.find("locks the card") != std::string::npos);
    }
    SECTION("none is left") {
        SoftToken::shim().set_after_login = CKF_USER_PIN_LOCKED;
        const auto error = one.refused();
        CHECK(error.fault == CardFault::wrong_pin);
        CHECK(error.tries == Tries::locked);
        CHECK(error.remedy.find("PUK") != std::string::npos);
    }
    CHECK(SoftToken::shim().logins == 1);
    CHECK(one.pin.asked.size() == 1);
    CHECK(SoftToken::shim().signatures == 0);
}

TEST_CASE("the last try is said before it is spent") {
    OneCard one;
    SoftToken::shim().set = CKF_USER_PIN_FINAL_TRY;
    REQUIRE(one.sign().has_value());
    CHECK(one.pin.asked.at(0).tries == Tries::last);
}

TEST_CASE("a locked PIN is not asked for") {
    OneCard one;
    SoftToken::shim().set = CKF_USER_PIN_LOCKED;
    CHECK(one.refused().fault == CardFault::pin_locked);
    CHECK(one.pin.asked.empty());
    CHECK(SoftToken::shim().logins == 0);
}

TEST_CASE("no PIN, and one that cannot be the card's, are not sent") {
    OneCard one;
    one.pin.pin = GENERATE("", "1",
                           "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
                           "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
                           "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
                           "12345678901234567890");
    CHECK(one.refused().fault == (one.pin.pin.empty() ? CardFault::no_pin : CardFault::pin_length));
    CHECK(SoftToken::shim().logins == 0);
}

TEST_CASE("control characters are not sent, but for the CR of a line's end that is left out") {
    OneCard one;
    one.pin.pin = std::string(right_pin) + GENERATE("\r", "\r\r", "\n", "\x7f", "\x1b[A");
    if (one.pin.pin.size() == right_pin.size() + 1 && one.pin.pin.back() == '\r') {
        CHECK(one.sign().has_value());
        return;
    }
    const auto error = one.refused();
    CHECK(error.fault == CardFault::no_pin);
    CHECK(std::string(error.what()).find("was not sent") != std::string::npos);
    CHECK(SoftToken::shim().logins == 0);
}

TEST_CASE("whoever is asked may give up by an exception") {
    OneCard one;
    Botan::AutoSeeded_RNG rng;
    const auto signer =
        one.card.credential([](const token::PinQuestion&) -> crypto::Secret { throw std::domain_error("no"); }).signer;
    CHECK_THROWS_AS(signer->sign(Scheme::ecdsa_p256_sha256, content, rng), std::domain_error);
    CHECK(SoftToken::shim().logins == 0);
}

TEST_CASE("a PIN pad is announced, and gets no PIN from here") {
    OneCard one;
    auto& shim = SoftToken::shim();
    shim.pin_pad = true;
    right_pin.copy(shim.pin, right_pin.size());
    one.pin.pin.clear();
    REQUIRE(one.sign().has_value());
    CHECK(one.pin.asked.at(0).pin_pad);
    CHECK(shim.empty_logins == 1);
    shim.login = CKR_FUNCTION_CANCELED;
    CHECK(one.refused().fault == CardFault::no_pin);
}

TEST_CASE("a token that asks for no login is not logged in") {
    OneCard one({.private_key_seen = true});
    auto& shim = SoftToken::shim();
    shim.clear = CKF_LOGIN_REQUIRED;
    SECTION("and its key neither") {
        REQUIRE(one.sign().has_value());
        REQUIRE(one.pin.asked.size() == 1);
        CHECK(one.pin.asked[0].by_module); // told that there may be a window, and not asked
        CHECK(shim.logins == 0);
        CHECK(shim.logouts == 0);
    }
    SECTION("unless the key wants it after all") {
        shim.sign_init_before_login = CKR_USER_NOT_LOGGED_IN;
        REQUIRE(one.sign().has_value());
        REQUIRE(one.pin.asked.size() == 1);
        CHECK_FALSE(one.pin.asked[0].by_module);
        CHECK(shim.logins == 1);
        CHECK(shim.logouts == 1);
    }
}

TEST_CASE("a token that says no login, and hides its keys, is logged in") {
    OneCard one;
    SoftToken::shim().clear = CKF_LOGIN_REQUIRED;
    REQUIRE(one.sign().has_value());
    CHECK(one.pin.asked.size() == 1);
}

TEST_CASE("a key that wants the PIN for each use gets it without a second question") {
    OneCard one({.always_authenticate = true});
    const auto signature = one.sign();
    REQUIRE(signature.has_value());
    CHECK(one.pin.asked.size() == 1);
    CHECK(SoftToken::shim().logins == 1);
    CHECK(SoftToken::shim().context_logins == 1);
}

TEST_CASE("a removed card is never a wrong PIN") {
    OneCard one;
    auto& shim = SoftToken::shim();
    SECTION("before") { shim.gone = true; }
    SECTION("before the session") { shim.open_session = CKR_TOKEN_NOT_PRESENT; }
    SECTION("at the login, told as such") { shim.login = CKR_DEVICE_REMOVED; }
    SECTION("at the login, told as a wrong PIN") {
        shim.login = CKR_PIN_INCORRECT;
        shim.gone_at_login = true;
    }
    SECTION("before the signature") { shim.sign_init = CKR_SESSION_HANDLE_INVALID; }
    SECTION("in the signature") { shim.sign = CKR_DEVICE_REMOVED; }
    SECTION("in the signature, told as nothing at all") {
        shim.sign = CKR_GENERAL_ERROR;
        shim.gone_at_sign = true;
    }
    SECTION("in the signature, and back at once") { shim.sign = CKR_USER_NOT_LOGGED_IN; }
    CHECK(one.refused().fault == CardFault::removed);
}

TEST_CASE("a failure with the card in place is no removal") {
    OneCard one;
    SoftToken::shim().sign = CKR_GENERAL_ERROR;
    const auto error = one.refused();
    CHECK(error.fault == CardFault::failed);
    CHECK(std::string(error.what()).find("CKR_GENERAL_ERROR") != std::string::npos);
    CHECK(SoftToken::shim().signatures == 1);
}

TEST_CASE("another card in the reader is told apart") {
    OneCard one;
    SoftToken::shim().serial = 'X';
    CHECK(one.refused().fault == CardFault::other_card);
    CHECK(one.pin.asked.empty());
}

TEST_CASE("of cards that look alike, the one with the certificate is asked") {
    OneCard one;
    one.soft.add(one.soft.add_token("card"), {.name = "Bob", .id = {2}});
    SoftToken::shim().alike = true;
    SoftToken::shim().logins = 0;
    const std::string uri = GENERATE("pkcs11:id=%01", "pkcs11:id=%02"); // one of them is not in the first slot
    one.card = token::open_card(one.soft.modules(), {.module = {}, .wish = {.selector = uri}, .authorities = {}},
                                one.soft.now());
    const auto signature = one.sign();
    REQUIRE(signature.has_value());
    CHECK(one.verifies(Scheme::ecdsa_p256_sha256, *signature));
    CHECK(SoftToken::shim().logins == 1);
}

TEST_CASE("a card that only looks like the chosen one gets no PIN") {
    OneCard one;
    SECTION("from the beginning") {
        one.card.certificate.der.back() ^= 1;
        CHECK(one.refused().fault == CardFault::other_card);
        CHECK(one.pin.asked.empty());
    }
    SECTION("put in while the question stands") {
        Botan::AutoSeeded_RNG rng;
        const auto signer = one.card
                                .credential([&](const token::PinQuestion& question) {
                                    SoftToken::shim().serial = 'X';
                                    return one.pin.ask()(question);
                                })
                                .signer;
        CHECK_THROWS_AS(signer->sign(Scheme::ecdsa_p256_sha256, content, rng), token::CardError);
    }
    CHECK(SoftToken::shim().logins == 0);
}

TEST_CASE("what PINs can meet besides has names") {
    OneCard one;
    const auto [answer, fault] =
        GENERATE(table<CK_RV, CardFault>({{CKR_PIN_LOCKED, CardFault::pin_locked},
                                          {CKR_PIN_LEN_RANGE, CardFault::pin_length},
                                          {CKR_PIN_EXPIRED, CardFault::pin_not_set},
                                          {CKR_USER_PIN_NOT_INITIALIZED, CardFault::pin_not_set},
                                          {CKR_DEVICE_ERROR, CardFault::failed}}));
    SoftToken::shim().login = answer;
    CHECK(one.refused().fault == fault);
}

TEST_CASE("a signature that the certificate does not verify is not given out") {
    SECTION("spoilt") {
        OneCard one;
        SoftToken::shim().spoil_signature = true;
        CHECK(one.refused().fault == CardFault::bad_signature);
        CHECK(SoftToken::shim().logouts == 1);
    }
    SECTION("by another key with the same id") {
        OneCard one({.other_key = true});
        CHECK(one.refused().fault == CardFault::bad_signature);
    }
}

TEST_CASE("a certificate whose key is not there after the login") {
    OneCard one({.with_key = false});
    CHECK(one.card.certificate.key == token::KeyState::hidden);
    CHECK(one.refused().fault == CardFault::no_key);
    CHECK(SoftToken::shim().logouts == 1);
}

TEST_CASE("the same card is known again") {
    OneCard one;
    CHECK(one.card.is_there());
    SoftToken::shim().serial = 'X';
    CHECK_FALSE(one.card.is_there());
    SoftToken::shim().serial = 0;
    SoftToken::shim().gone = true;
    CHECK_FALSE(one.card.is_there());
}
