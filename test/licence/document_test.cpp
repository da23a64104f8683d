// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences as text: what is signed, what is refused, and by which name.
#include "licence/hex.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string verdict_of(const Parsed<Licence>& parsed) {
    if (parsed) return "ok";
    std::string name(describe(parsed.error().flaw));
    if (name == "bad JSON") return "bad_json";
    std::ranges::replace(name, ' ', '_');
    return name;
}

std::string what(std::string_view text) {
    const auto parsed = parse(text);
    return parsed ? "ok" : parsed.error().what;
}

std::string replaced(std::string text, std::string_view old, std::string_view by) {
    return text.replace(text.find(old), old.size(), by);
}

Constraints five_plays() {
    Constraints c;
    c.count = 5;
    return c;
}
const std::string plain = text_of(licence_with(five_plays()));

} // namespace

TEST_CASE("document vectors: each has its verdict, and what is good writes itself again") {
    const auto documents = load_documents();
    const LicenceVerifier verifier(documents.key);
    std::set<std::string> seen;
    for (const auto& one : documents.all) {
        INFO(one.name << ": " << one.text);
        const auto opened = verifier.open(one.text, one.signature);
        CHECK(verdict_of(opened) == one.verdict);
        if (one.verdict != "bad_signature") CHECK(verdict_of(parse(one.text)) == one.verdict);
        if (opened) CHECK(text_of(*opened) == one.text);
        seen.insert(one.verdict);
    }
    CHECK(documents.all.size() >= 140);
    CHECK(seen == std::set<std::string>{"ok", "too_large", "bad_json", "unknown_version", "unknown_member", "missing",
                                        "bad_value", "not_canonical", "bad_signature"});
}

TEST_CASE("the signature is the one that another implementation makes") {
    const auto documents = load_documents();
    const LicenceSigner signer(counted_secret(0));
    CHECK(signer.public_key() == documents.key);
    CHECK(signer.verifier().key() == documents.key);
    for (const auto& one : documents.all) {
        if (one.verdict != "ok") continue;
        INFO(one.name);
        const auto document = signer.sign(*parse(one.text));
        CHECK(document.text == one.text);
        CHECK(std::ranges::equal(document.signature, one.signature));
        CHECK(signer.verifier().open(document).has_value());
    }
}

TEST_CASE(
    "a good text with any byte changed, taken away or put in is not signed; unsigned it is refused or says something "
    "else") {
    const LicenceSigner signer(counted_secret(0));
    const auto document = signer.sign(*parse(plain));
    const auto good = *parse(plain);
    for (std::size_t i = 0; i <= plain.size(); ++i) {
        auto longer = plain;
        longer.insert(i, 1, '0');
        std::vector<std::string> others{longer};
        if (i < plain.size()) {
            others.push_back(plain.substr(0, i) + plain.substr(i + 1));
            others.push_back(plain);
            others.back()[i] = static_cast<char>(others.back()[i] ^ 1);
        }
        for (const auto& other : others) {
            INFO(other);
            CHECK_FALSE(signer.verifier().verifies(other, document.signature));
            const auto parsed = parse(other);
            if (parsed) CHECK((text_of(*parsed) == other && !(*parsed == good)));
        }
    }
}

TEST_CASE("what a refusal names") {
    CHECK(what(replaced(plain, "\"count\":5", "\"region\":\"PT\"")) ==
          "constraints.region: not a constraint that this version knows");
    CHECK(what(replaced(plain, "\"play\"", "\"copy\"")) == "rights: copy: not a right that this version knows");
    CHECK(what(replaced(plain, "\"origin\"", "\"maker\"")) == "maker: not a member that this version knows");
    CHECK(what(replaced(plain, "\"count\"", "\"a\\u0007b\"")) ==
          "constraints.?: not a constraint that this version knows");
    CHECK(what(replaced(plain, "\"count\"", "\"" + std::string(65, 'n') + "\"")) ==
          "constraints.?: not a constraint that this version knows");
    CHECK(what(replaced(plain, "\"version\":1", "\"version\":7")) ==
          "version: not 1, the only one that this version of Cifra knows");
    CHECK(what(replaced(plain, ",\"origin\":\"operator\"", "")) == "origin: is missing");
    CHECK_THAT(what(replaced(plain, ":5", ":0")), StartsWith("constraints.count: not from 1 to"));
    CHECK_THAT(what(replaced(plain, ":5", ":-5")), StartsWith("constraints.count: not an integer from 0 to"));
}

TEST_CASE("what is no licence is not written") {
    const auto good = licence_with({});
    REQUIRE_FALSE(fault_of(good));
    const auto check = [&](const auto& change, Flaw flaw) {
        auto bad = good;
        change(bad);
        const auto fault = fault_of(bad);
        REQUIRE(fault);
        CHECK(fault->flaw == flaw);
        CHECK_THROWS_AS(text_of(bad), std::invalid_argument);
        CHECK_THROWS_AS(LicenceSigner(counted_secret(0)).sign(bad), std::invalid_argument);
    };
    check([](Licence& l) { l.version = 2; }, Flaw::unknown_version);
    check([](Licence& l) { l.rights = 0; }, Flaw::bad_value);
    check([](Licence& l) { l.rights = 16; }, Flaw::bad_value);
    check([](Licence& l) { l.renewal = static_cast<Renewal>(4); }, Flaw::bad_value);
    check([](Licence& l) { l.person = ""; }, Flaw::bad_value);
    check([](Licence& l) { l.person = "\xff"; }, Flaw::bad_value);
    check([](Licence& l) { l.person = std::string(129, 'a'); }, Flaw::bad_value);
    check([](Licence& l) { l.origin = "a\nb"; }, Flaw::bad_value);
    check([](Licence& l) { l.issued = -1; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.count = 0; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.units = max_amount + 1; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.accumulated = 0; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.after_first_play = 0; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.not_before = max_time + 1; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.not_after = -1; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.renew_until = -1; }, Flaw::bad_value);
    check([](Licence& l) { l.constraints.max_concurrent = 0; }, Flaw::bad_value);
}

TEST_CASE("keys of licences: another size, another key, a text that is too large") {
    CHECK_THROWS_AS(LicenceSigner(crypto::Secret(31)), std::invalid_argument);
    CHECK_THROWS_AS(LicenceSigner(crypto::Secret(64)), std::invalid_argument);
    const auto document = LicenceSigner(counted_secret(0)).sign(licence_with({}));
    const auto other = LicenceSigner(counted_secret(1)).verifier();
    CHECK_FALSE(other.verifies(document.text, document.signature));
    CHECK(other.open(document).error().flaw == Flaw::bad_signature);
    const std::string large(max_document + 1, ' ');
    CHECK_FALSE(other.verifies(large, document.signature));
    CHECK(other.open(large, document.signature).error().flaw == Flaw::too_large);
}

TEST_CASE("flaws have names, and taking a licence that is none is our own mistake") {
    CHECK(describe(Flaw::not_canonical) == "not canonical");
    CHECK(describe(static_cast<Flaw>(99)) == "unknown");
    CHECK_THROWS_WITH(parse("{").value(), Contains("taken that is none"));
}

TEST_CASE("ids as text: lower case, 32 digits") {
    CHECK(to_hex(id(0xa0)) == "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0");
    CHECK(id_of(to_hex(id(0x1f))) == id(0x1f));
    CHECK_FALSE(id_of(std::string(31, '0')));
    CHECK_FALSE(id_of(std::string(31, '0') + "A"));
}
