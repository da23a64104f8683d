// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

using Tag = std::array<std::uint8_t, Aead::tag_length>;

Bytes pattern(std::size_t length, std::size_t seed) {
    Bytes bytes(length);
    for (std::size_t i = 0; i < length; ++i)
        bytes[i] = static_cast<std::uint8_t>((i * 131 + i / 256 + seed * 17) & 0xFF);
    return bytes;
}

std::vector<Suite> aeads() {
    std::vector<Suite> suites = test::all_suites();
    std::erase_if(suites, [](Suite suite) { return !info(suite).aead(); });
    return suites;
}

std::vector<Provider> providers() {
    std::vector<Provider> found{Provider::botan, Provider::openssl};
    std::erase_if(found, [](Provider provider) { return !has_provider(provider); });
    return found;
}

} // namespace

TEST_CASE("Both providers give the same bytes, and each opens the other's, up to a MiB") {
    if (!has_provider(Provider::openssl)) return;
    const std::vector<std::size_t> lengths{0,   1,   4,   15,  16,   17,    31,    32,     63,     64,      65,
                                           127, 128, 129, 255, 1000, 16384, 16385, 262144, 262167, 1048576, 1052672};
    for (const Suite suite : aeads()) {
        CAPTURE(name_of(suite));
        const Bytes key = pattern(info(suite).key_length, 1);
        const auto botan = make_aead(suite, key, Provider::botan);
        const auto openssl = make_aead(suite, key, Provider::openssl);
        const auto botan_opener = make_aead(suite, key, Provider::botan);
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            CAPTURE(lengths[i]);
            const Bytes nonce = pattern(nonce_length, i);
            const Bytes ad = pattern(i, 3);
            const Bytes text = pattern(lengths[i], 5);
            Bytes first = text;
            Bytes second = text;
            Tag first_tag{};
            Tag second_tag{};
            botan->seal(nonce, ad, first, first_tag);
            openssl->seal(nonce, ad, second, second_tag);
            REQUIRE(first == second);
            REQUIRE(first_tag == second_tag);
            if (lengths[i] >= 16) REQUIRE(first != text);
            REQUIRE(botan_opener->open(nonce, ad, second, second_tag));
            REQUIRE(openssl->open(nonce, ad, first, first_tag));
            REQUIRE(first == text);
            REQUIRE(second == text);
        }
    }
}

TEST_CASE("A refused text is wiped, and the object works on") {
    for (const Provider provider : providers()) {
        for (const Suite suite : aeads()) {
            CAPTURE(name_of(suite), static_cast<int>(provider));
            const auto aead = make_aead(suite, pattern(info(suite).key_length, 1), provider);
            const Bytes nonce = pattern(nonce_length, 1);
            const Bytes ad = pattern(16, 2);
            const Bytes text = pattern(1000, 3);
            Bytes sealed = text;
            Tag tag{};
            aead->seal(nonce, ad, sealed, tag);
            for (std::size_t bit = 0; bit < 8 * tag.size(); ++bit) {
                Tag wrong = tag;
                wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ 1U << bit % 8);
                Bytes copy = sealed;
                CHECK_FALSE(aead->open(nonce, ad, copy, wrong));
                CHECK(std::ranges::count(copy, 0) == 1000);
            }
            Bytes copy = sealed;
            CHECK_FALSE(aead->open(pattern(nonce_length, 2), ad, copy, tag));
            copy = sealed;
            CHECK_FALSE(aead->open(nonce, pattern(17, 2), copy, tag));
            copy = sealed;
            CHECK(aead->open(nonce, ad, copy, tag));
            CHECK(copy == text);
        }
    }
}

TEST_CASE("A new key takes the place of the old one, whichever way the object has worked") {
    for (const Provider provider : providers()) {
        for (const Suite suite : aeads()) {
            CAPTURE(name_of(suite), static_cast<int>(provider));
            const Bytes old_key = pattern(info(suite).key_length, 1);
            const Bytes new_key = pattern(info(suite).key_length, 2);
            const Bytes nonce = pattern(nonce_length, 1);
            const auto seal = [&](Aead& aead) {
                Bytes text = pattern(100, 3);
                Tag tag{};
                aead.seal(nonce, {}, text, tag);
                text.insert(text.end(), tag.begin(), tag.end());
                return text;
            };
            const auto turned = make_aead(suite, old_key, provider);
            const Bytes before = seal(*turned);
            turned->set_key(new_key);
            const Bytes after = seal(*turned);
            CHECK(before != after);
            CHECK(after == seal(*make_aead(suite, new_key, provider)));
            Bytes text(after.begin(), after.end() - Aead::tag_length);
            Tag tag{};
            std::copy_n(after.end() - Aead::tag_length, Aead::tag_length, tag.begin());
            CHECK(turned->open(nonce, {}, text, tag));
            CHECK(text == pattern(100, 3));
        }
    }
}

TEST_CASE("The factory refuses what is no AEAD, wrong keys and providers that are not there") {
    CHECK_THROWS_AS(make_aead(Suite::aes256_ctr_sha256, Bytes(32), Provider::botan), std::invalid_argument);
    CHECK_THROWS_AS(make_aead(Suite::aes256_gcm_sha384, Bytes(16), default_provider()), std::invalid_argument);
    CHECK_THROWS_AS(make_aead(Suite::aes128_gcm_sha256, Bytes(32), Provider::botan), std::invalid_argument);
    CHECK(has_provider(default_provider()));
    if (!has_provider(Provider::openssl)) {
        CHECK_THROWS_AS(make_aead(Suite::aes128_gcm_sha256, Bytes(16), Provider::openssl), std::invalid_argument);
        CHECK_THROWS_AS(set_default_provider(Provider::openssl), std::invalid_argument);
    }
}

TEST_CASE("The table of suites agrees with their names") {
    for (const Suite suite : test::all_suites()) {
        CAPTURE(name_of(suite));
        const SuiteInfo& parts = info(suite);
        CHECK(parts.suite == suite);
        CHECK(parts.aead() == (parts.tag_length() == 16));
        CHECK(parts.mac_length() == (parts.aead() ? 0 : parts.hash_length));
        CHECK((parts.block != 0) == (name_of(suite).find("_CBC_") != std::string_view::npos));
        CHECK(parts.legacy == name_of(suite).starts_with("3DES"));
    }
}
