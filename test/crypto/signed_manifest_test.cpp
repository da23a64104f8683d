// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Publishers: their certificates, beside those of the other roles, and their signatures.
#include "crypto/signed_manifest.hpp"

#include <catch2/catch.hpp>

#include <botan/auto_rng.h>

#include "crl_maker.hpp"
#include "crypto/certificate_path.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::day;
using cifra::test::now;

namespace {

constexpr std::array parties{Party::server, Party::device, Party::user, Party::publisher};

test::Recipe recipe_of(Party party) {
    switch (party) {
        case Party::server:
            return test::server_recipe();
        case Party::device:
            return test::device_recipe();
        case Party::user:
            return test::user_recipe();
        default:
            return test::publisher_recipe();
    }
}

struct Pki {
    test::Made root = test::make_root(test::ca_recipe("root"));
    test::Made middle = test::make_issued(root, test::ca_recipe("issuing"));
    test::Folder folder;

    Pki() { folder.write("roots.pem", root.certificate.PEM_encode()); }
    TrustStore store(Party party = Party::publisher) const { return TrustStore::load(party, folder / "roots.pem"); }
    // "" if it is accepted.
    std::string verdict(Party party, const test::Recipe& recipe, std::int64_t when = now) const {
        const auto leaf = test::make_issued(middle, recipe);
        const auto result = store(party).validate({leaf.der(), middle.der()}, when, "music.example");
        return result ? "" : std::string(name_of(result.error()));
    }
    Credential credential(const test::Recipe& recipe = test::publisher_recipe(),
                          const std::string& kind = "p256") const {
        const auto leaf = test::make_issued(middle, recipe, kind);
        return {{leaf.der(), middle.der()}, make_signer(leaf.key), recipe.name, 0};
    }
};

Botan::RandomNumberGenerator& rng() {
    static Botan::AutoSeeded_RNG generator;
    return generator;
}

const Bytes manifest{2, 'm', 'a', 'n', 'i', 'f', 'e', 's', 't'};

std::string verdict(TrustStore store, const proto::ManifestSignature& signature, ByteView bytes = manifest,
                    std::int64_t when = now) {
    const auto result = verify_manifest(bytes, signature, store, when);
    return result ? "" : std::string(name_of(result.error()));
}

} // namespace

TEST_CASE("R-19: a certificate serves its own role, and none of the other three") {
    const Pki pki;
    for (const auto issued : parties)
        for (const auto asked : parties) {
            CAPTURE(name_of(issued), name_of(asked));
            CHECK(pki.verdict(asked, recipe_of(issued)) == (issued == asked ? "" : "wrong_role"));
        }
}

TEST_CASE("R-19: a publisher needs both usages, digitalSignature and a name, and is no CA") {
    const Pki pki;
    auto recipe = test::publisher_recipe();
    SECTION("codeSigning alone") {
        recipe.usages = {test::code_signing};
        CHECK(pki.verdict(Party::publisher, recipe) == "wrong_role");
    }
    SECTION("the role alone") {
        recipe.usages = {test::publisher_role};
        CHECK(pki.verdict(Party::publisher, recipe) == "wrong_role");
    }
    SECTION("the role, beside another's general usage") {
        recipe.usages = {test::client_auth, test::publisher_role};
        CHECK(pki.verdict(Party::publisher, recipe) == "wrong_role");
    }
    SECTION("no name") {
        recipe.name.clear();
        CHECK(pki.verdict(Party::publisher, recipe) == "no_name");
    }
    SECTION("a CA") {
        recipe.ca = true;
        CHECK(pki.verdict(Party::publisher, recipe) == "is_ca");
    }
    SECTION("no digitalSignature") {
        recipe.key_usage = Botan::KEY_AGREEMENT;
        CHECK(pki.verdict(Party::publisher, recipe) == "key_usage");
    }
    SECTION("out of its dates") {
        CHECK(pki.verdict(Party::publisher, recipe, recipe.until + 1) == "expired");
        CHECK(pki.verdict(Party::publisher, recipe, recipe.from - 1) == "not_yet_valid");
    }
}

TEST_CASE("R-19: a CA that is confined to another role makes no publishers, nor the other way round") {
    const Pki pki;
    for (const auto confined : parties)
        for (const auto asked : parties) {
            CAPTURE(name_of(confined), name_of(asked));
            auto recipe = test::ca_recipe("confined");
            recipe.usages = recipe_of(confined).usages;
            const auto ca = test::make_issued(pki.root, recipe);
            const auto leaf = test::make_issued(ca, recipe_of(asked));
            const auto result = pki.store(asked).validate({leaf.der(), ca.der()}, now, "music.example");
            CHECK((result ? "" : std::string(name_of(result.error()))) == (confined == asked ? "" : "ca_wrong_role"));
        }
}

TEST_CASE("R-59: a publisher's signature holds, with every kind of key") {
    const Pki pki;
    for (const auto* kind : {"p256", "p384", "ed25519", "rsa2048"}) {
        CAPTURE(kind);
        const auto signature = sign_manifest(manifest, pki.credential(test::publisher_recipe(), kind), rng());
        REQUIRE(signature.has_value());
        CHECK(scheme_from(signature->scheme) != Scheme::rsa_pkcs1_sha256);
        CHECK(signature->chain.size() == 2);
        auto store = pki.store();
        const auto peer = verify_manifest(manifest, *signature, store, now);
        REQUIRE(peer.has_value());
        CHECK(peer->party() == Party::publisher);
        CHECK(peer->name() == "lending library");
    }
}

TEST_CASE("R-59: one bit of the manifest, of the signature, or another scheme") {
    const Pki pki;
    const auto good = *sign_manifest(manifest, pki.credential(), rng());
    REQUIRE(verdict(pki.store(), good).empty());
    for (std::size_t i = 0; i < manifest.size() * 8; ++i) {
        auto other = manifest;
        other[i / 8] ^= static_cast<std::uint8_t>(1U << i % 8);
        CHECK(verdict(pki.store(), good, other) == "bad_signature");
    }
    CHECK(verdict(pki.store(), good, ByteView(manifest).first(manifest.size() - 1)) == "bad_signature");
    for (std::size_t i = 0; i < good.signature.size(); ++i) {
        auto other = good;
        other.signature[i] ^= 1;
        CHECK(verdict(pki.store(), other) == "bad_signature");
    }
    for (const auto scheme : std::array<std::uint16_t, 6>{0x0000, 0x0503, 0x0807, 0x0804, 0x0401, 0xFFFF}) {
        auto other = good;
        other.scheme = scheme;
        CHECK(verdict(pki.store(), other) == "bad_signature");
    }
    auto none = good;
    none.signature.clear();
    CHECK(verdict(pki.store(), none) == "bad_signature");
    CHECK(verdict(pki.store(), {}) == "malformed");
}

TEST_CASE("R-59: no rsa_pkcs1, and no signature of another context") {
    const Pki pki;
    const auto leaf = test::make_issued(pki.middle, test::publisher_recipe(), "rsa2048");
    const auto signer = make_signer(leaf.key);
    proto::ManifestSignature signature{{leaf.der(), pki.middle.der()}, 0x0401, {}};
    const auto hash = fingerprint_of(manifest);
    signature.signature = *signer->sign(Scheme::rsa_pkcs1_sha256, signed_content(Party::publisher, hash), rng());
    CHECK(verdict(pki.store(), signature) == "bad_signature");
    signature.scheme = 0x0804;
    for (const auto party : {Party::server, Party::device, Party::user, Party::enrolment}) {
        signature.signature = *signer->sign(Scheme::rsa_pss_sha256, signed_content(party, hash), rng());
        CHECK(verdict(pki.store(), signature) == "bad_signature");
    }
    signature.signature = *signer->sign(Scheme::rsa_pss_sha256, signed_content(Party::publisher, hash), rng());
    CHECK(verdict(pki.store(), signature).empty()); // it was none of these
}

TEST_CASE("R-59: the word of a server, a device or a person is no publisher's") {
    const Pki pki;
    for (const auto party : {Party::server, Party::device, Party::user}) {
        const auto signature = sign_manifest(manifest, pki.credential(recipe_of(party)), rng());
        REQUIRE(signature.has_value());
        CHECK(verdict(pki.store(), *signature) == "wrong_role");
    }
    const auto signature = *sign_manifest(manifest, pki.credential(test::user_recipe()), rng());
    auto users = pki.store(Party::user);
    CHECK_THROWS_AS(verify_manifest(manifest, signature, users, now), std::logic_error);
}

TEST_CASE("R-59: a publisher of another root, or one that has ended") {
    const Pki pki, stranger;
    const auto signature = *sign_manifest(manifest, pki.credential(), rng());
    CHECK(verdict(stranger.store(), signature) == "bad_signature"); // its root has the same name
    CHECK(verdict(pki.store(), signature, manifest, now + 366 * day) == "expired");
    CHECK(verdict(pki.store(), signature, manifest, now - 2 * day) == "not_yet_valid");
    auto swapped = signature; // somebody else's certificate beside it
    swapped.chain = pki.credential().chain;
    CHECK(verdict(pki.store(), swapped) == "bad_signature");
}

TEST_CASE("R-59: a publisher that was revoked, and one that nobody can look up") {
    const Pki pki;
    const auto leaf = test::make_issued(pki.middle, test::publisher_recipe());
    const auto signature =
        *sign_manifest(manifest, {{leaf.der(), pki.middle.der()}, make_signer(leaf.key), "", 0}, rng());
    std::filesystem::create_directory(pki.folder / "crls");
    pki.folder.write("crls/root.pem", test::pem_crl(test::make_crl(pki.root, {})));
    const auto store = [&] {
        return TrustStore::load(Party::publisher, pki.folder / "roots.pem", pki.folder / "crls");
    };
    CHECK(verdict(store(), signature) == "crl_missing");
    pki.folder.write("crls/middle.pem", test::pem_crl(test::make_crl(pki.middle, {})));
    CHECK(verdict(store(), signature).empty());
    test::CrlRecipe listing;
    listing.revoked = {test::revoked(leaf)};
    pki.folder.write("crls/middle.pem", test::pem_crl(test::make_crl(pki.middle, listing)));
    CHECK(verdict(store(), signature) == "revoked");
}
