// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which certificate a login uses: by URI, by label, by the rules; and what is said when that is none or several.
#include "soft_token.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace cifra;
using namespace cifra::test;
using token::CardError;
using token::CardFault;
using token::Verdict;
using token::Wish;

namespace {

CardError refused(const token::Listing& listing, const Wish& wish, std::int64_t now) {
    try {
        const auto& certificate = choose(listing, wish, now);
        FAIL("chosen: " + certificate.label);
    } catch (const CardError& error) {
        return error;
    }
    throw std::logic_error("not reached");
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string chosen(const token::Listing& listing, const Wish& wish, std::int64_t now) {
    return choose(listing, wish, now).label;
}

} // namespace

TEST_CASE("what is listed of a token and its certificates") {
    SoftToken soft;
    const auto slot = soft.add_token("the card");
    const auto der = soft.add(slot, {.name = "Grace", .label = "auth", .id = {0x45, 0x01}, .private_key_seen = true});
    const auto listing = soft.list();
    REQUIRE(listing.tokens.size() == 1);
    CHECK(listing.tokens[0].label == "the card");
    CHECK(listing.tokens[0].login_required);
    CHECK_FALSE(listing.tokens[0].pin_pad);
    REQUIRE(listing.certificates.size() == 1);
    const auto& certificate = listing.certificates[0];
    CHECK(certificate.der == der);
    CHECK(certificate.holder == "Grace");
    CHECK(holds(certificate.subject, "Grace"));
    CHECK(holds(certificate.issuer, "test issuer"));
    CHECK(certificate.key == token::KeyState::seen);
    CHECK(certificate.key_kind == "EC, 256 bits");
    CHECK(certificate.signs);
    CHECK_FALSE(certificate.authority);
    CHECK(certificate.not_after == soft.now() + 30 * 86'400);
    CHECK(certificate.uri.starts_with("pkcs11:"));
    CHECK(holds(certificate.uri, "id=%45%01"));
    CHECK(holds(certificate.uri, "token=the%20card"));
}

TEST_CASE("one certificate needs no choice") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {.label = "anything"});
    CHECK(chosen(soft.list(), {}, soft.now()) == "anything");
}

TEST_CASE("of several on a card, the one for authentication") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    const std::string name =
        GENERATE("Certificate for PIV Authentication", "CITIZEN AUTHENTICATION CERTIFICATE", "auth");
    soft.add(slot, {.label = "Certificate for Digital Signature", .id = {2}});
    soft.add(slot, {.label = name, .id = {1}});
    soft.add(slot, {.label = "Certificate for Card Authentication", .id = {4}});
    const auto listing = soft.list();
    CHECK(chosen(listing, {}, soft.now()) == name);
    const auto verdicts = judge(listing, {}, soft.now());
    CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::chosen) == 1);
    CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::possible) == 2);
}

TEST_CASE("two that could be meant are listed with their URIs, and each URI chooses") {
    SoftToken soft;
    soft.add(soft.add_token("first"), {.name = "Ada"});
    soft.add(soft.add_token("second"), {.name = "Grace"});
    const auto listing = soft.list();
    const auto error = refused(listing, {}, soft.now());
    CHECK(error.fault == CardFault::ambiguous);
    for (const auto& certificate : listing.certificates) {
        CHECK(holds(error.what(), certificate.holder));
        CHECK(holds(error.what(), certificate.uri));
        CHECK(choose(listing, {.selector = certificate.uri}, soft.now()).holder == certificate.holder);
        CHECK(choose(listing, {.selector = certificate.token.uri}, soft.now()).holder == certificate.holder);
        CHECK(choose(listing, {.selector = certificate.token.label}, soft.now()).holder == certificate.holder);
    }
    CHECK(refused(listing, {.selector = "Authentication"}, soft.now()).fault == CardFault::ambiguous);
    CHECK(refused(listing, {.selector = "authentication"}, soft.now()).fault == CardFault::no_match);
}

TEST_CASE("URIs of tokens, of objects, and of keys") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    soft.add(slot, {.label = "one", .id = {1}});
    soft.add(slot, {.label = "two", .id = {2}});
    const auto listing = soft.list();
    const auto with = [&](const std::string& uri) { return Wish{uri, {}, {}}; };
    CHECK(chosen(listing, with("pkcs11:object=two"), soft.now()) == "two");
    CHECK(chosen(listing, with("pkcs11:id=%01"), soft.now()) == "one");
    CHECK(chosen(listing, with("pkcs11:id=%02;type=private"), soft.now()) == "two");
    CHECK(chosen(listing, with("pkcs11:id=%02;type=private;object=its%20key"), soft.now()) == "two");
    CHECK(chosen(listing, with("PKCS11:token=card;object=one;type=cert"), soft.now()) == "one");
    CHECK(chosen(listing, with("pkcs11:object=one;slot-id=" + std::to_string(slot)), soft.now()) == "one");
    CHECK(chosen(listing, with("pkcs11:object=one;library-manufacturer=SoftHSM"), soft.now()) == "one");
    for (const auto* other : {"pkcs11:object=three", "pkcs11:token=other", "pkcs11:id=%01;object=two",
                              "pkcs11:object=one;slot-id=9999999", "pkcs11:object=one;library-manufacturer=Nobody"})
        CHECK(refused(listing, with(other), soft.now()).fault == CardFault::no_match);
}

TEST_CASE("URIs that are refused") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {});
    const auto listing = soft.list();
    for (const auto* wrong : {"pkcs11:object", "pkcs11:id=%zz", "pkcs11:colour=red", "pkcs11:type=secret-key",
                              "pkcs11:token=card?module-path=/tmp/x.so", "pkcs11:token=card?module-name=opensc"}) {
        INFO(wrong);
        CHECK(refused(listing, {.selector = wrong}, soft.now()).fault == CardFault::bad_selector);
    }
    for (const auto* pin : {"pkcs11:token=card?pin-value=739184", "pkcs11:token=card?pin-source=file:/739184"}) {
        const auto error = refused(listing, {.selector = pin}, soft.now());
        CHECK(error.fault == CardFault::pin_in_selector);
        CHECK_FALSE(holds(error.what() + error.remedy, "739184"));
    }
}

TEST_CASE("what no login can use, with its reason") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    const auto [leaf, verdict, fault] = GENERATE(table<Leaf, Verdict, CardFault>(
        {{Leaf{.from = -86'400, .to = -60}, Verdict::expired, CardFault::no_certificate},
         {Leaf{.from = 3600}, Verdict::not_yet_valid, CardFault::no_certificate},
         {Leaf{.digital_signature = false}, Verdict::key_usage, CardFault::no_certificate},
         {Leaf{.authority = true}, Verdict::authority, CardFault::no_certificate},
         {Leaf{.key = "secp521r1"}, Verdict::unsupported_key, CardFault::unsupported_key},
         {Leaf{.key = "rsa1024"}, Verdict::unsupported_key, CardFault::unsupported_key},
         // Self-issued, with a key that Botan would compute with before anybody could refuse it.
         {Leaf{.name = "test issuer", .key = "rsa1024"}, Verdict::malformed, CardFault::no_certificate}}));
    soft.add(slot, leaf);
    const auto listing = soft.list();
    CHECK(judge(listing, {}, soft.now()).at(0) == verdict);
    const auto error = refused(listing, {}, soft.now());
    CHECK(error.fault == fault);
    CHECK(holds(error.what(), std::string(describe(verdict))));
}

TEST_CASE("an expired certificate does not stand in the way of a good one") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    soft.add(slot, {.label = "old auth", .id = {1}, .to = -60});
    soft.add(slot, {.label = "new auth", .id = {2}});
    CHECK(chosen(soft.list(), {}, soft.now()) == "new auth");
}

TEST_CASE("a certificate without a key, on a token that would show it") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {.with_key = false});
    SoftToken::shim().clear = CKF_LOGIN_REQUIRED;
    const auto error = refused(soft.list(), {}, soft.now());
    CHECK(error.fault == CardFault::no_key);
}

TEST_CASE("what is no certificate is said to be none") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    SECTION("no DER") { soft.add_certificate(slot, Bytes(40, 0x30), {1}, "junk"); }
    SECTION("too long") {
        Bytes big{0x30, 0x82, 0x21, 0x00};
        big.resize(0x2104, 0x05);
        soft.add_certificate(slot, big, {1}, "junk");
    }
    const auto listing = soft.list();
    CHECK(judge(listing, {}, soft.now()) == std::vector{Verdict::malformed});
    CHECK(refused(listing, {}, soft.now()).fault == CardFault::no_certificate);
}

TEST_CASE("a token that was never initialised") {
    const SoftToken soft;
    const auto listing = soft.list();
    CHECK(listing.tokens.empty());
    CHECK(listing.blank == 1);
    try {
        demand_token(listing);
        FAIL("taken");
    } catch (const CardError& error) {
        CHECK(error.fault == CardFault::no_certificate);
    }
}

TEST_CASE("a card whose PIN is locked is said so before anybody is dialled") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {});
    CHECK_NOTHROW(open_card(soft.modules(), {}, soft.now()));
    SoftToken::shim().set = CKF_USER_PIN_LOCKED;
    try {
        open_card(soft.modules(), {}, soft.now());
        FAIL("opened");
    } catch (const CardError& error) {
        CHECK(error.fault == CardFault::pin_locked);
    }
}

TEST_CASE("nothing on the card") {
    SoftToken soft;
    soft.add_token("card");
    CHECK(refused(soft.list(), {}, soft.now()).fault == CardFault::no_certificate);
}

TEST_CASE("the server's issuers and schemes narrow the choice") {
    SoftToken soft;
    soft.add(soft.add_token("ours"), {.name = "Ada"});
    soft.add(soft.add_token("also"), {.name = "Grace", .key = "secp384r1"});
    const auto listing = soft.list();
    CHECK(choose(listing, {.schemes = {Scheme::ecdsa_p384_sha384}}, soft.now()).holder == "Grace");
    CHECK(choose(listing, {.schemes = {Scheme::ecdsa_p256_sha256}}, soft.now()).holder == "Ada");
    CHECK(refused(listing, {.schemes = {Scheme::rsa_pss_sha256}}, soft.now()).fault == CardFault::no_certificate);
    const auto issuer = soft.issuer().raw_subject_dn();
    CHECK(refused(listing, {.issuers = {issuer}}, soft.now()).fault == CardFault::ambiguous);
}

TEST_CASE("of another issuer than the server named: only when there is none of its own") {
    SoftToken soft;

    const auto ours = soft.add_token("ours");
    soft.add(ours, {.name = "Ada"});
    auto listing = soft.list();
    auto foreign = listing.certificates.at(0);
    foreign.holder = "Grace";
    foreign.issuer_der = soft.root().raw_subject_dn();
    foreign.token.serial = "another";
    listing.certificates.push_back(foreign);
    const std::vector<Bytes> issuers{soft.issuer().raw_subject_dn()};
    CHECK(choose(listing, {.issuers = issuers}, soft.now()).holder == "Ada");
    CHECK(judge(listing, {.issuers = issuers}, soft.now()) == std::vector{Verdict::chosen, Verdict::other_issuer});
    const token::Listing alone{{}, {foreign}};
    CHECK(choose(alone, {.issuers = issuers}, soft.now()).holder == "Grace");
}

TEST_CASE("an issuer above a CA that is on the card counts") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    soft.add(slot, {});
    soft.add_certificate(slot, soft.issuer().BER_encode(), {9}, "CA");
    const auto root = soft.root().raw_subject_dn();
    const auto verdicts = judge(soft.list(), {.issuers = {root}}, soft.now());
    CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::chosen) == 1);
    CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::authority) == 1);
}

TEST_CASE("the chain: from the card, from a file, never with a root") {
    SoftToken soft;
    const auto slot = soft.add_token("card");
    const auto leaf = soft.add(slot, {});
    const auto middle = soft.issuer().BER_encode();
    SECTION("alone") {
        const auto listing = soft.list();
        CHECK(chain_of(choose(listing, {}, soft.now()), listing) == std::vector<Bytes>{leaf});
    }
    SECTION("on the card") {
        soft.add_certificate(slot, soft.root().BER_encode(), {8}, "root");
        soft.add_certificate(slot, middle, {9}, "CA");
        const auto listing = soft.list();
        CHECK(chain_of(choose(listing, {}, soft.now()), listing) == std::vector<Bytes>{leaf, middle});
    }
    SECTION("in a file") {
        const auto file = soft.folder() / "authorities.pem";
        std::ofstream(file) << soft.root().PEM_encode() << soft.issuer().PEM_encode();
        const auto listing = soft.list();
        CHECK(chain_of(choose(listing, {}, soft.now()), listing, file) == std::vector<Bytes>{leaf, middle});
        CHECK_THROWS(chain_of(choose(listing, {}, soft.now()), listing, soft.folder() / "nothing.pem"));
    }
    SECTION("of the same name and another key is no issuer") {
        const SoftToken stranger;
        soft.add_certificate(slot, stranger.issuer().BER_encode(), {9}, "CA");
        const auto listing = soft.list();
        CHECK(chain_of(choose(listing, {}, soft.now()), listing) == std::vector<Bytes>{leaf});
    }
}
