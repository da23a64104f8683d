// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_request.hpp"

#include <botan/pkcs10.h>
#include <botan/pkix_types.h>

#include <catch2/catch.hpp>

#include "certificate_maker.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

Bytes request(const Botan::Private_Key& key, const std::string& name, const std::string& hash = "SHA-256") {
    static Botan::AutoSeeded_RNG rng;
    Botan::X509_DN subject;
    if (!name.empty()) subject.add_attribute("X520.CommonName", name);
    return Botan::PKCS10_Request::create(key, subject, {}, hash, rng, "").BER_encode();
}

std::string verdict(const Bytes& der) {
    const auto result = parse_request(der);
    return result ? "" : std::string(name_of(result.error()));
}

} // namespace

TEST_CASE("certificate requests: of every kind of key") {
    for (const auto* kind : {"p256", "p384", "ed25519", "rsa2048"}) {
        CAPTURE(kind);
        const auto key = test::make_key(kind);
        const auto parsed = parse_request(request(*key, "kitchen radio"));
        REQUIRE(parsed.has_value());
        CHECK(parsed->common_name == "kitchen radio");
        CHECK(parsed->key_hash == key_hash_of(*key));
        CHECK(parsed->key->subject_public_key() == key->subject_public_key());
    }
    const auto key = test::make_key("p256");
    CHECK(parse_request(request(*key, ""))->common_name.empty());
    CHECK(parse_request(request(*key, "two\nlines"))->common_name.empty());
}

TEST_CASE("certificate requests: what is refused") {
    const auto key = test::make_key("p256");
    const auto good = request(*key, "kitchen radio");
    for (std::size_t size = 0; size < good.size(); size += 5)
        CHECK(verdict(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) == "malformed");
    auto longer = good;
    longer.push_back(0);
    CHECK(verdict(longer) == "malformed");
    CHECK(verdict(Bytes(8193, 0x30)) == "too_large");
    CHECK(verdict(test::make_root(test::user_recipe()).der()) == "malformed"); // a certificate
    CHECK(verdict(request(*test::make_key("p521"), "a")) == "weak_key");
    CHECK(verdict(request(*test::make_key("rsa1024"), "a")) == "weak_key");
    CHECK(verdict(request(*key, "a", "SHA-160")) == "weak_signature");
    // Botan would look for PEM in it, and reads something else than what was checked.
    const std::string dashes = "-----BEGIN a", name_of_dashes = "name of dash";
    auto pem = request(*key, name_of_dashes);
    std::copy(dashes.begin(), dashes.end(),
              std::search(pem.begin(), pem.end(), name_of_dashes.begin(), name_of_dashes.end()));
    CHECK(verdict(pem) == "malformed");

    // Another name under the same signature.
    auto altered = good;
    const std::string name = "kitchen";
    *std::search(altered.begin(), altered.end(), name.begin(), name.end()) = 'K';
    CHECK(verdict(altered) == "bad_signature");
    // Whatever single bit is turned, it is refused.
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto broken = good;
        broken[at] ^= 0x04U;
        CAPTURE(at);
        CHECK(verdict(broken) != "");
    }
}
