// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Certificates of cards, exact keys, and servers known by a fingerprint alone.
#include <catch2/catch.hpp>

#include "certificate_maker.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/certificate_subject.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::day;
using cifra::test::now;

namespace {

const char* const any_usage = "2.5.29.37.0";
const char* const smartcard_logon = "1.3.6.1.4.1.311.20.2.2";
const char* const email = "1.3.6.1.5.5.7.3.4";

std::string verdict(const ChainResult<PeerVerified>& result) {
    return result ? "" : std::string(name_of(result.error()));
}

test::Recipe card(std::vector<std::string> usages) {
    auto recipe = test::user_recipe("ANA SILVA");
    recipe.usages = std::move(usages);
    return recipe;
}

struct Pki {
    test::Made root = test::make_root(test::ca_recipe("state"));
    test::Made middle = test::make_issued(root, test::ca_recipe("cards"));
    test::Folder folder;
    TrustStore store(Profile profile) const {
        return TrustStore::load(Party::user, folder.write("roots.pem", root.certificate.PEM_encode()), {}, profile);
    }
    std::string check(const test::Recipe& recipe, Profile profile = Profile::card) const {
        return verdict(store(profile).validate({test::make_issued(middle, recipe).der(), middle.der()}, now));
    }
};

} // namespace

TEST_CASE("cards: extended key usages of others will do, for cards only") {
    const Pki pki;
    const std::vector<std::vector<std::string>> good{{}, {test::client_auth}, {any_usage}, {smartcard_logon, email}};
    for (const auto& usages : good) {
        CHECK(pki.check(card(usages)).empty());
        CHECK(pki.check(card(usages), Profile::cifra) == "wrong_role");
    }
    CHECK(pki.check(card({email})) == "wrong_role");
    CHECK(pki.check(card({test::server_auth})) == "wrong_role");
    auto recipe = card({});
    recipe.key_usage = Botan::NON_REPUDIATION; // the card's other certificate
    CHECK(pki.check(recipe) == "key_usage");
    recipe = card({});
    recipe.ca = true;
    CHECK(pki.check(recipe) == "is_ca");
    CHECK_THROWS_AS(TrustStore::load(Party::device, pki.folder / "roots.pem", {}, Profile::card), std::logic_error);
}

TEST_CASE("cards: a CA that is confined to something else") {
    const Pki pki;
    auto store = pki.store(Profile::card);
    for (const auto& [usages, wanted] : {std::pair{std::vector<std::string>{email}, "ca_wrong_role"},
                                         std::pair{std::vector<std::string>{email, test::client_auth}, ""}}) {
        auto recipe = test::ca_recipe("cards");
        recipe.usages = usages;
        const auto middle = test::make_issued(pki.root, recipe);
        CHECK(verdict(store.validate({test::make_issued(middle, card({})).der(), middle.der()}, now)) == wanted);
    }
}

TEST_CASE("cards: policies may be critical") {
    const Pki pki;
    const test::OtherExtension policies{"2.5.29.32", {0x30, 0x05, 0x30, 0x03, 0x06, 0x01, 0x2A}, true};
    const test::OtherExtension constraints{"2.5.29.36", {0x30, 0x03, 0x80, 0x01, 0x00}, true};
    const test::OtherExtension inhibit{"2.5.29.54", {0x02, 0x01, 0x00}, true};
    auto recipe = card({});
    recipe.others = {policies};
    CHECK(pki.check(recipe).empty());
    auto ours = test::user_recipe();
    ours.others = {policies};
    CHECK(pki.check(ours, Profile::cifra) == "critical_extension");

    auto ca = test::ca_recipe("cards");
    ca.others = {policies, constraints, inhibit};
    const auto middle = test::make_issued(pki.root, ca);
    auto store = pki.store(Profile::card);
    CHECK(verdict(store.validate({test::make_issued(middle, recipe).der(), middle.der()}, now)).empty());
    recipe.others = {{"1.2.3.4", {0x05, 0x00}, true}};
    CHECK(pki.check(recipe) == "critical_extension");
}

TEST_CASE("facts of a peer") {
    const Pki pki;
    const auto leaf = test::make_issued(pki.middle, card({}));
    const auto peer = pki.store(Profile::card).validate({leaf.der(), pki.middle.der()}, now);
    REQUIRE(peer);
    CHECK(peer->profile() == Profile::card);
    CHECK(peer->name() == "ANA SILVA");
    CHECK(peer->issuer() == "CN=cards");
    CHECK(peer->serial() == hex(leaf.certificate.serial_number()));
    CHECK(peer->key_hash() == key_hash_of(leaf.certificate));
    CHECK(peer->key_hash() == key_hash_of(*leaf.key));
    CHECK(peer->key_hash() == fingerprint_of(leaf.certificate.subject_public_key_info()));
    CHECK(peer->attributes() == std::vector<Attribute>{{"CN", "ANA SILVA"}});
    CHECK(peer->authorities() == std::vector<Authority>{{"cards", key_hash_of(pki.middle.certificate)},
                                                        {"state", key_hash_of(pki.root.certificate)}});
    CHECK_FALSE(peer->revocation_checked());
}

TEST_CASE("distinguished names as text") {
    Botan::X509_DN name;
    name.add_attribute("X520.Country", "PT");
    name.add_attribute(Botan::OID("2.5.4.42"), "Ana");
    name.add_attribute(Botan::OID("1.2.3.4"), "x");
    name.add_attribute("X520.SerialNumber", "BI123");
    name.add_attribute("X520.CommonName", " a,b+\"c\\d\n#\xE2\x80\xAE ");
    CHECK(distinguished_name_text(name) ==
          "CN=\\ a\\,b\\+\\\"c\\\\d\\0a#\\e2\\80\\ae\\ ,serialNumber=BI123,1.2.3.4=x,GN=Ana,C=PT");
    CHECK(attributes_of(name).size() == 4);
    CHECK(attributes_of(name).at(2) == Attribute{"serialNumber", "BI123"});
    CHECK(common_name(name).empty());
    Botan::X509_DN twice;
    twice.add_attribute("X520.CommonName", "a");
    CHECK(common_name(twice) == "a");
    twice.add_attribute("X520.CommonName", "b");
    CHECK(common_name(twice).empty());
    Botan::X509_DN spaced, plain;
    spaced.add_attribute("X520.CommonName", "  The   Root ");
    plain.add_attribute("X520.CommonName", "the root");
    CHECK(comparable_name(spaced) == comparable_name(plain));
    CHECK(comparable_name(spaced) != comparable_name(twice));
}

TEST_CASE("somebody who is known by an exact key") {
    const auto self_signed = test::make_root(card({}));
    const auto hash = key_hash_of(*self_signed.key);
    const auto check = [&](const Bytes& leaf, const Bytes& expected, std::int64_t when = now) {
        return verdict(TrustStore::validate_key(Party::user, {leaf}, when, expected));
    };
    CHECK(check(self_signed.der(), hash).empty());
    const auto peer = TrustStore::validate_key(Party::user, {self_signed.der()}, now, hash);
    CHECK(peer->name() == "ANA SILVA");
    CHECK(peer->authorities().empty());
    CHECK(peer->not_after() == now + 365 * day);
    CHECK_FALSE(peer->revocation_checked());
    CHECK(check(test::make_root(card({})).der(), hash) == "wrong_key");
    CHECK(check(self_signed.der(), {}) == "wrong_key");
    CHECK(check(self_signed.der(), hash, now + 366 * day) == "expired");
    CHECK(check(self_signed.der(), hash, now - 2 * day) == "not_yet_valid");
    CHECK(check({0x30}, hash) == "malformed");
    CHECK(verdict(TrustStore::validate_key(Party::user, {}, now, hash)) == "malformed");
    CHECK(verdict(TrustStore::validate_key(Party::user, std::vector<Bytes>(5, self_signed.der()), now, hash)) ==
          "chain_too_long");

    const auto root = test::make_root(test::ca_recipe("root"));
    CHECK(check(root.der(), key_hash_of(*root.key)) == "is_ca");
    auto recipe = card({email});
    auto other = test::make_root(recipe);
    CHECK(check(other.der(), key_hash_of(*other.key)) == "wrong_role");
    recipe = card({});
    recipe.name = "";
    other = test::make_root(recipe);
    CHECK(check(other.der(), key_hash_of(*other.key)).empty()); // the operator's list has a name
    other = test::make_root(recipe, "rsa1024");
    CHECK(check(other.der(), key_hash_of(*other.key)) == "weak_key");
}

TEST_CASE("a server that is known by a fingerprint") {
    const Pki pki;
    const auto leaf = test::make_issued(pki.middle, test::server_recipe());
    const std::vector<Bytes> chain{leaf.der(), pki.middle.der()};
    const auto check = [&](const std::vector<Bytes>& sent, const Bytes& pin, std::string_view host = "music.example",
                           std::int64_t when = now) {
        return verdict(TrustStore::validate_pinned(sent, when, host, pin));
    };
    const auto of_leaf = fingerprint_of(leaf.der()), of_ca = fingerprint_of(pki.middle.der());
    CHECK(check(chain, of_leaf).empty());
    CHECK(check({leaf.der()}, of_leaf).empty());
    CHECK(check(chain, of_ca).empty());
    CHECK(TrustStore::validate_pinned(chain, now, "music.example", of_ca)->name() == "music.example");
    CHECK(check(chain, fingerprint_of(pki.root.der())) == "wrong_fingerprint");
    CHECK(check({leaf.der()}, of_ca) == "wrong_fingerprint");
    CHECK(check({leaf.der(), pki.root.der(), pki.middle.der()}, of_ca) == "wrong_fingerprint");
    CHECK(check(chain, {}) == "wrong_fingerprint");
    CHECK(check(chain, of_ca, "other.example") == "wrong_name");
    CHECK(check(chain, of_leaf, "music.example", now + 400 * day) == "expired");
    CHECK(check({test::make_issued(pki.middle, test::device_recipe()).der(), pki.middle.der()}, of_ca) == "wrong_role");

    // A CA of the right fingerprint in front of a leaf that it did not issue.
    const Pki stranger;
    const auto theirs = test::make_issued(stranger.middle, test::server_recipe());
    CHECK(check({theirs.der(), pki.middle.der()}, of_ca) == "bad_signature");
    CHECK(check({test::make_root(test::server_recipe()).der(), pki.middle.der()}, of_ca) == "untrusted");
    // A leaf is no CA, whatever its fingerprint.
    const auto below = test::make_issued(leaf, test::server_recipe());
    CHECK(check({below.der(), leaf.der()}, of_leaf) == "not_ca");
    auto recipe = test::ca_recipe("cards");
    recipe.until = now - 1;
    const auto ended = test::make_issued(pki.root, recipe);
    CHECK(check({test::make_issued(ended, test::server_recipe()).der(), ended.der()}, fingerprint_of(ended.der())) ==
          "ca_expired");
}
