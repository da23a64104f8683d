// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_form.hpp"

#include <catch2/catch.hpp>

#include "certificate_maker.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/der_check.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

Bytes nested(std::size_t levels) {
    Bytes der;
    for (std::size_t i = 0; i < levels; ++i) {
        Bytes outer{0x30, static_cast<std::uint8_t>(der.size())};
        outer.insert(outer.end(), der.begin(), der.end());
        der = std::move(outer);
    }
    return der;
}

} // namespace

TEST_CASE("R-21: DER is definite, minimal and whole") {
    CHECK(is_strict_der(Bytes{0x30, 0x03, 0x02, 0x01, 0x05}));
    CHECK(is_strict_der(Bytes{0x05, 0x00}));
    CHECK_FALSE(is_strict_der({}));
    CHECK_FALSE(is_strict_der(Bytes{0x30}));
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x03, 0x02, 0x01}));             // cut off
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x03, 0x02, 0x01, 0x05, 0x00})); // a byte behind it
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x03, 0x02, 0x02, 0x05}));       // longer than what holds it
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x80, 0x05, 0x00, 0x00, 0x00})); // indefinite
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x81, 0x02, 0x05, 0x00}));       // length not minimal
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x82, 0x00, 0x02, 0x05, 0x00}));
    CHECK_FALSE(is_strict_der(Bytes{0x30, 0x84, 0x00, 0x00, 0x00, 0x02, 0x05, 0x00}));
    CHECK_FALSE(is_strict_der(Bytes{0x3F, 0x21, 0x00})); // a tag of two bytes
    CHECK_FALSE(is_strict_der(Bytes{0x00, 0x00}));       // end of contents
}

TEST_CASE("R-21: the depth of DER is bounded") {
    CHECK(is_strict_der(nested(16)));
    CHECK_FALSE(is_strict_der(nested(17)));
    CHECK_FALSE(is_strict_der(nested(60)));
}

TEST_CASE("R-21: the form of a certificate is looked at before it is parsed") {
    const auto root = test::make_root(test::ca_recipe("root"));
    const auto good = test::make_issued(root, test::device_recipe()).der();
    CHECK(check_form(good) == std::nullopt);

    SECTION("cut off anywhere") {
        for (std::size_t size = 0; size < good.size(); size += 7) {
            CHECK(check_form(ByteView(good).first(size)) == ChainFault::malformed);
        }
    }
    SECTION("unused bits in the signature") {
        auto other = good;
        const auto size = Botan::X509_Certificate(good).signature().size();
        other[other.size() - size - 1] = 1;
        CHECK(check_form(other) == ChainFault::malformed);
    }
    SECTION("a byte behind it") {
        auto longer = good;
        longer.push_back(0);
        CHECK(check_form(longer) == ChainFault::malformed);
    }
    SECTION("over 8192 bytes") {
        auto recipe = test::device_recipe();
        Bytes value(8000, 0);
        value[0] = 0x04;
        value[1] = 0x82;
        value[2] = (8000 - 4) >> 8;
        value[3] = (8000 - 4) & 0xFF;
        recipe.others = {{"1.2.3.4", value}};
        CHECK(check_form(test::make_issued(root, recipe).der()) == ChainFault::too_large);
    }
    SECTION("an extension that is no DER inside") {
        for (const auto& value : {Bytes{0x30, 0x80, 0x00, 0x00}, nested(17), Bytes{}}) {
            auto recipe = test::device_recipe();
            recipe.others = {{"1.2.3.4", value}};
            CHECK(check_form(test::make_issued(root, recipe).der()) == ChainFault::malformed);
        }
    }
}

TEST_CASE("R-21: what stands for a name and is none is malformed, whoever looks at it first") {
    const auto root = test::make_root(test::ca_recipe("root"));
    const auto good = root.der();
    CHECK(is_self_issued(good).value());
    CHECK_FALSE(is_self_issued(test::make_issued(root, test::device_recipe()).der()).value());

    const std::string_view common_name("\x06\x03\x55\x04\x03", 5);
    const std::string_view all(reinterpret_cast<const char*>(good.data()), good.size());
    const auto issuer = all.find(common_name), subject = all.rfind(common_name);
    REQUIRE(issuer < subject);
    for (const auto at : {issuer, subject}) {
        for (const auto& [before, tag] : {std::pair{0U, 0x55}, std::pair{4U, 0x32}}) { // not the OID's, not the SET's
            CAPTURE(at, tag);
            auto other = good;
            other.at(at - before) = static_cast<std::uint8_t>(tag);
            CHECK(check_form(other) == std::nullopt); // which does not look into names
            CHECK(is_self_issued(other).error() == ChainFault::malformed);
            CHECK(parse_certificate(other).error() == ChainFault::malformed);
        }
    }
}

TEST_CASE("R-19: keys and signatures outside the profile") {
    for (const auto* kind : {"p256", "p384", "ed25519", "rsa2048"}) {
        CAPTURE(kind);
        CHECK(check_form(test::make_root(test::ca_recipe("root"), kind).der()) == std::nullopt);
    }
    for (const auto* kind : {"p521", "rsa1024"}) {
        CAPTURE(kind);
        CHECK(check_form(test::make_root(test::ca_recipe("root"), kind).der()) == ChainFault::weak_key);
    }
    auto recipe = test::ca_recipe("root");
    recipe.hash = "SHA-160";
    CHECK(check_form(test::make_root(recipe, "p256").der()) == ChainFault::weak_signature);
    CHECK(check_form(test::make_root(recipe, "rsa2048").der()) == ChainFault::weak_signature);
}

TEST_CASE("R-20: names and addresses of a server") {
    const auto root = test::make_root(test::ca_recipe("root"));
    const SubjectNames names{{"music.example", "*.wild.example"},
                             {parse_address("192.0.2.7"), parse_address("2001:db8::7")}};
    CHECK(names.contain("music.example"));
    CHECK(names.contain("MUSIC.Example"));
    CHECK(names.contain("music.example."));
    CHECK(names.contain("192.0.2.7"));
    CHECK(names.contain("2001:DB8:0::7"));
    CHECK_FALSE(names.contain(""));
    CHECK_FALSE(names.contain("."));
    CHECK_FALSE(names.contain("music.example.."));
    CHECK_FALSE(names.contain("example"));
    CHECK_FALSE(names.contain("a.wild.example"));
    CHECK_FALSE(names.contain(std::string_view("music.example\0.evil", 19)));
    CHECK_FALSE(names.contain("192.0.2.8"));
    CHECK_FALSE(names.contain("2001:db8::8"));
}

TEST_CASE("subjectAltName as bytes") {
    CHECK(parse_subject_names(Bytes{0x30, 0x05, 0x82, 0x03, 'a', '.', 'B'})->dns == std::vector<std::string>{"a.b"});
    CHECK(parse_subject_names(Bytes{0x30, 0x00})->empty());
    CHECK_FALSE(parse_subject_names(Bytes{}));
    CHECK_FALSE(parse_subject_names(Bytes{0x30, 0x05, 0x87, 0x03, 1, 2, 3})); // no address has 3 bytes
    CHECK_FALSE(parse_subject_names(Bytes{0x30, 0x03, 0x82, 0x03, 'a'}));
}

TEST_CASE("names that may stand in a log") {
    CHECK(is_plain_name("listener"));
    CHECK(plain_text("Jo\u00e3o \u266b") == "Jo\u00e3o \u266b");
    CHECK(plain_text("\xc2\x9b"
                     "2J\x9b"
                     "2J\u202eab\x1b[A\x7f") == "?2J?2J?ab?[A?");
    CHECK(plain_text("a\nb\xc3", "\n") == "a\nb?");
    CHECK(is_plain_name("Jürgen Åström"));
    CHECK(is_plain_name("\xF0\x9F\x8E\xB5"));
    CHECK_FALSE(is_plain_name(""));
    CHECK_FALSE(is_plain_name(std::string(65, 'a')));
    CHECK_FALSE(is_plain_name("a\nb"));
    CHECK_FALSE(is_plain_name("a\x7F"));
    CHECK_FALSE(
        is_plain_name("\xC2\x9B"
                      "31m")); // CSI, as one code point
    CHECK_FALSE(
        is_plain_name("a\xE2\x80\xAE"
                      "b"));                        // right-to-left override
    CHECK_FALSE(is_plain_name("\xC0\xAF"));         // overlong
    CHECK_FALSE(is_plain_name("\xED\xA0\x80"));     // surrogate
    CHECK_FALSE(is_plain_name("\xF4\x90\x80\x80")); // over U+10FFFF
    CHECK_FALSE(is_plain_name("a\xE2\x80"));        // cut off
}
