// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.hpp"

#include <botan/curve25519.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/rsa.h>
#include <botan/system_rng.h>
#include <botan/x509_key.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::bytes;

namespace {

constexpr std::array parties{Party::server, Party::device, Party::user};

bool is_pkcs1(Scheme scheme) { return name_of(scheme).starts_with("rsa_pkcs1"); }

Party party_named(const std::string& name) {
    return *std::ranges::find_if(parties, [&](Party party) { return name_of(party) == name; });
}

Botan::RandomNumberGenerator& rng() { return Botan::system_rng(); }

const std::vector<std::shared_ptr<const Botan::Private_Key>>& keys() {
    static const std::vector<std::shared_ptr<const Botan::Private_Key>> made{
        std::make_shared<Botan::ECDSA_PrivateKey>(rng(), Botan::EC_Group("secp256r1")),
        std::make_shared<Botan::ECDSA_PrivateKey>(rng(), Botan::EC_Group("secp384r1")),
        std::make_shared<Botan::Ed25519_PrivateKey>(rng()),
        std::make_shared<Botan::RSA_PrivateKey>(rng(), 2048),
    };
    return made;
}

// A modulus of so many bits; what makes it prime to anything does not matter for its length.
Botan::RSA_PublicKey rsa_of(std::size_t bits) { return {(Botan::BigInt(1) << (bits - 1)) + 1, 65537}; }

} // namespace

TEST_CASE("Signatures of the vectors: the good are taken, the bad refused") {
    const boost::json::value vectors = test::load_vectors("signatures");
    std::size_t good = 0;
    std::size_t bad = 0;
    for (const auto& vector : vectors.at("cases").as_array()) {
        const std::string scheme = test::text(vector.at("scheme"));
        CAPTURE(scheme, test::text(vector.at("why")), test::text(vector.at("party")));
        const std::unique_ptr<Botan::Public_Key> key(
            Botan::X509::load_key(bytes(vectors.at("keys").at(test::text(vector.at("key"))))));
        const Party party = party_named(test::text(vector.at("party")));
        const bool valid = vector.at("valid").as_bool();
        if (test::text(vector.at("why")) == "good") {
            CHECK(bytes(vector.at("content")) == signed_content(party, bytes(vectors.at("transcript"))));
        }
        CHECK(verify(*key, *scheme_named(scheme), party, bytes(vector.at("content")), bytes(vector.at("signature"))) ==
              valid);
        ++(valid ? good : bad);
    }
    CHECK(good == 3 * 6 + 3 + 2);
    CHECK(bad > 100);
}

TEST_CASE("What is signed names the party") {
    const Bytes content = signed_content(Party::device, as_bytes("hash"));
    const std::string wanted = std::string(64, ' ') + "cifra/1 device" + '\0' + "hash";
    CHECK(content == Bytes(wanted.begin(), wanted.end()));
}

TEST_CASE("R-8: a signature counts under its scheme, key and party, and under no other") {
    const Bytes hash(32, 7);
    for (const auto& key : keys()) {
        const auto signer = make_signer(key);
        CHECK(signer->schemes() == schemes_of(*key));
        for (const Scheme scheme : all_schemes) {
            CAPTURE(name_of(scheme), key->algo_name());
            const Bytes content = signed_content(Party::user, hash);
            const Result<Bytes> signature = signer->sign(scheme, content, rng());
            const std::vector<Scheme> mine = signer->schemes();
            if (std::ranges::find(mine, scheme) == mine.end()) {
                REQUIRE(signature.has_error());
                CHECK(signature.error() == Fault::not_offered);
                continue;
            }
            REQUIRE(signature.has_value());
            for (const Party party : parties) {
                const bool may = party == Party::user || !is_pkcs1(scheme);
                CHECK(verify(*key, scheme, party, content, *signature) == may);
                if (party != Party::user)
                    CHECK_FALSE(verify(*key, scheme, party, signed_content(party, hash), *signature));
            }
            for (const Scheme other : all_schemes) {
                if (other != scheme) CHECK_FALSE(verify(*key, other, Party::user, content, *signature));
            }
            for (const auto& stranger : keys()) {
                if (stranger != key) CHECK_FALSE(verify(*stranger, scheme, Party::user, content, *signature));
            }
        }
    }
}

TEST_CASE("Every flipped bit of a signature and of what it signs is refused") {
    for (const auto& key : keys()) {
        const Scheme scheme = schemes_of(*key).front();
        const Bytes content = signed_content(Party::server, Bytes(4, 1));
        const Bytes good = make_signer(key)->sign(scheme, content, rng()).value();
        REQUIRE(verify(*key, scheme, Party::server, content, good));
        for (std::size_t bit = 0; bit < 8 * good.size(); bit += 5) {
            Bytes bad = good;
            bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
            CHECK_FALSE(verify(*key, scheme, Party::server, content, bad));
        }
        for (std::size_t bit = 0; bit < 8 * content.size(); bit += 13) {
            Bytes bad = content;
            bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
            CHECK_FALSE(verify(*key, scheme, Party::server, bad, good));
        }
    }
}

TEST_CASE("Keys outside the profile have no scheme") {
    CHECK(schemes_of(rsa_of(2048)).size() == 6);
    CHECK(schemes_of(rsa_of(3072)).size() == 6);
    CHECK(schemes_of(rsa_of(4096)).size() == 6);
    CHECK(schemes_of(rsa_of(1024)).empty());
    CHECK(schemes_of(rsa_of(2047)).empty());
    CHECK(schemes_of(rsa_of(4097)).empty());
    CHECK(schemes_of(Botan::ECDSA_PrivateKey(rng(), Botan::EC_Group("secp521r1"))).empty());
    CHECK(schemes_of(Botan::ECDSA_PrivateKey(rng(), Botan::EC_Group("brainpool256r1"))).empty());
    CHECK(schemes_of(Botan::ECDSA_PrivateKey(rng(), Botan::EC_Group("secp256k1"))).empty());
    CHECK(schemes_of(Botan::X25519_PrivateKey(rng())).empty());
    Botan::ECDSA_PrivateKey spelled_out(rng(), Botan::EC_Group("secp256r1"));
    spelled_out.set_parameter_encoding(Botan::EC_DOMPAR_ENC_EXPLICIT);
    CHECK(schemes_of(spelled_out).empty());
    const Botan::RSA_PrivateKey small(rng(), 1024);
    const auto signer = make_signer(std::make_shared<Botan::RSA_PrivateKey>(small));
    CHECK(signer->schemes().empty());
    CHECK(signer->sign(Scheme::rsa_pss_sha256, Bytes(10), rng()).has_error());
}

TEST_CASE("The scheme is the signer's first that the other side takes; rsa_pkcs1 only for users") {
    const std::vector<Scheme> mine = schemes_of(rsa_of(2048));
    const std::vector<Scheme> only_pkcs1{Scheme::rsa_pkcs1_sha256, Scheme::rsa_pkcs1_sha384};
    CHECK(choose_scheme(mine, {Scheme::ed25519, Scheme::rsa_pss_sha512, Scheme::rsa_pss_sha384}, Party::server) ==
          Scheme::rsa_pss_sha384);
    CHECK(choose_scheme(mine, only_pkcs1, Party::user) == Scheme::rsa_pkcs1_sha256);
    CHECK_FALSE(choose_scheme(mine, only_pkcs1, Party::server).has_value());
    CHECK_FALSE(choose_scheme(mine, only_pkcs1, Party::device).has_value());
    CHECK_FALSE(choose_scheme(mine, {}, Party::user).has_value());
    CHECK_FALSE(choose_scheme({}, mine, Party::user).has_value());
}
