// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "crl_maker.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::CrlRecipe;
using cifra::test::day;
using cifra::test::now;
using cifra::test::revoked;

namespace {

constexpr int hold = 6, remove_from_crl = 8;

// A root, a CA below it and a device's certificate, with lists of both.
struct Pki {
    test::Made root = test::make_root(test::ca_recipe("root"));
    test::Made middle = test::make_issued(root, test::ca_recipe("issuing"));
    test::Made leaf = test::make_issued(middle, test::device_recipe());
    test::Folder folder;

    Pki() {
        folder.write("roots.pem", root.certificate.PEM_encode());
        std::filesystem::create_directory(folder / "crls");
        of_root();
        of_middle();
    }
    void write(const std::string& name, const Bytes& der) const { folder.write("crls/" + name, test::pem_crl(der)); }
    void of_root(const CrlRecipe& recipe = {}) const { write("root.pem", test::make_crl(root, recipe)); }
    void of_middle(const CrlRecipe& recipe = {}) const { write("middle.pem", test::make_crl(middle, recipe)); }
    void delta(const CrlRecipe& recipe) const { write("delta.pem", test::make_crl(middle, recipe)); }
    TrustStore store() const { return TrustStore::load(Party::device, folder / "roots.pem", folder / "crls"); }
    std::vector<Bytes> chain() const { return {leaf.der(), middle.der()}; }
    // "" if it is accepted.
    std::string verdict(std::int64_t when = now) const {
        const auto result = store().validate(chain(), when);
        return result ? "" : std::string(name_of(result.error()));
    }
};

CrlRecipe listing(const test::Revoked& entry) {
    CrlRecipe recipe;
    recipe.revoked = {entry};
    return recipe;
}

CrlRecipe delta_of(std::uint64_t base, std::uint64_t number, std::vector<test::Revoked> entries) {
    CrlRecipe recipe;
    recipe.revoked = std::move(entries);
    recipe.base = base;
    recipe.number = number;
    return recipe;
}

} // namespace

TEST_CASE("revocation: a current list of each issuer is needed") {
    const Pki pki;
    CHECK(pki.verdict().empty());
    CHECK(pki.store().validate(pki.chain(), now)->revocation_checked());
    auto unchecked = TrustStore::load(Party::device, pki.folder / "roots.pem");
    CHECK_FALSE(unchecked.validate(pki.chain(), now)->revocation_checked());

    SECTION("none of the leaf's issuer") {
        std::filesystem::remove(pki.folder / "crls/middle.pem");
        CHECK(pki.verdict() == "crl_missing");
        std::string detail;
        pki.store().validate(pki.chain(), now, std::nullopt, &detail);
        CHECK_THAT(detail, Catch::Contains("no CRL of CN=issuing in") && Catch::Contains("crls"));
    }
    SECTION("none of the root") {
        std::filesystem::remove(pki.folder / "crls/root.pem");
        CHECK(pki.verdict() == "crl_missing");
    }
    SECTION("of somebody else with the same name") {
        const Pki other;
        pki.write("middle.pem", test::make_crl(other.middle, {}));
        CHECK(pki.verdict() == "crl_invalid");
        std::string detail;
        pki.store().validate(pki.chain(), now, std::nullopt, &detail);
        CHECK_THAT(detail, Catch::Contains("middle.pem is not signed by that CA"));
    }
    SECTION("of a CA that may not sign lists") {
        auto recipe = test::ca_recipe("issuing");
        recipe.key_usage = Botan::KEY_CERT_SIGN;
        const auto middle = test::make_issued(pki.root, recipe);
        const auto leaf = test::make_issued(middle, test::device_recipe());
        pki.write("middle.pem", test::make_crl(middle, {}));
        const auto result = pki.store().validate({leaf.der(), middle.der()}, now);
        CHECK((!result && result.error() == ChainFault::crl_invalid));
    }
}

TEST_CASE("revocation: dates of a list are looked at each time, also for a path that is remembered") {
    const Pki pki;
    auto store = pki.store();
    const auto fault = [&](std::int64_t when, std::string& detail) {
        const auto result = store.validate(pki.chain(), when, std::nullopt, &detail);
        return result ? "" : std::string(name_of(result.error()));
    };
    std::string detail;
    CHECK(fault(now, detail).empty());
    CHECK(fault(now + 7 * day, detail).empty());
    CHECK(detail.empty());
    CHECK(fault(now + 7 * day + 1, detail) == "crl_stale");
    CHECK_THAT(detail, Catch::Contains("CRL of CN=root: ") && Catch::Contains("crls/") &&
                           Catch::Contains("ended 2027-01-22T08:00:00Z"));
    CHECK(fault(now - day, detail).empty());
    pki.of_root(CrlRecipe{.from = now + 1});
    store.reload();
    CHECK(fault(now, detail) == "crl_not_yet_valid");
    CHECK_THAT(detail, Catch::Contains("begins"));
    CHECK(fault(now + 1, detail).empty());
}

TEST_CASE("revocation: leaf and CA") {
    const Pki pki;
    for (const int reason : {-1, 1, 4, hold}) {
        CAPTURE(reason);
        pki.of_middle(listing(revoked(pki.leaf, reason)));
        CHECK(pki.verdict() == "revoked");
    }
    // Only a delta removes.
    pki.of_middle(listing(revoked(pki.leaf, remove_from_crl)));
    CHECK(pki.verdict() == "revoked");
    pki.of_middle(listing(revoked(pki.middle)));
    CHECK(pki.verdict().empty());
    pki.of_root(listing(revoked(pki.middle)));
    CHECK(pki.verdict() == "ca_revoked");
    // What is known to be revoked is told, whatever cannot be told.
    pki.of_middle(listing(revoked(pki.leaf)));
    pki.of_root(CrlRecipe{.until = now - 1});
    CHECK(pki.verdict() == "revoked");
    std::filesystem::remove(pki.folder / "crls/root.pem");
    CHECK(pki.verdict() == "revoked");
    auto stale = listing(revoked(pki.leaf));
    stale.until = now - 1;
    pki.of_root();
    pki.of_middle(stale);
    CHECK(pki.verdict() == "revoked");
}

TEST_CASE("revocation: of several lists the newest counts") {
    const Pki pki;
    auto newer = listing(revoked(pki.leaf));
    newer.number = 11;
    pki.write("newer.pem", test::make_crl(pki.middle, newer));
    CHECK(pki.verdict() == "revoked");
    newer.from = now + 1; // not yet
    pki.write("newer.pem", test::make_crl(pki.middle, newer));
    CHECK(pki.verdict().empty());
    // An older one that runs longer is no way round it.
    pki.write("newer.pem", test::make_crl(pki.middle, CrlRecipe{.number = 11, .until = now - 1}));
    CHECK(pki.verdict() == "crl_stale");
}

TEST_CASE("revocation: delta lists") {
    const Pki pki;
    const auto other = test::make_issued(pki.middle, test::device_recipe());
    SECTION("adds") {
        pki.delta(delta_of(10, 11, {revoked(pki.leaf, 1), revoked(other)}));
        CHECK(pki.verdict() == "revoked");
        pki.delta(delta_of(9, 11, {revoked(pki.leaf)})); // of a base before ours
        CHECK(pki.verdict() == "revoked");
        pki.delta(delta_of(10, 11, {revoked(other)}));
        CHECK(pki.verdict().empty());
    }
    SECTION("removes what was on hold") {
        pki.of_middle(listing(revoked(pki.leaf, hold)));
        pki.delta(delta_of(10, 11, {revoked(pki.leaf, remove_from_crl)}));
        CHECK(pki.verdict().empty());
    }
    SECTION("of a base that we do not have, or older than ours") {
        pki.of_middle(listing(revoked(pki.leaf, hold)));
        pki.delta(delta_of(11, 12, {revoked(pki.leaf, remove_from_crl)}));
        CHECK(pki.verdict() == "revoked");
        pki.delta(delta_of(9, 10, {revoked(pki.leaf, remove_from_crl)}));
        CHECK(pki.verdict() == "revoked");
    }
    SECTION("out of date: what it removes is not taken, what it revokes stays revoked") {
        auto stale = delta_of(10, 11, {revoked(other)});
        stale.until = now - 1;
        pki.delta(stale);
        CHECK(pki.verdict().empty());
        stale.revoked = {revoked(pki.leaf)};
        pki.delta(stale);
        CHECK(pki.verdict() == "revoked");
        pki.of_middle(listing(revoked(pki.leaf, hold)));
        stale.revoked = {revoked(pki.leaf, remove_from_crl)};
        pki.delta(stale);
        CHECK(pki.verdict() == "revoked");
    }
    SECTION("not yet begun") {
        auto early = delta_of(10, 11, {revoked(pki.leaf)});
        early.from = now + 1;
        pki.delta(early);
        CHECK(pki.verdict().empty());
        CHECK(pki.verdict(now + 1) == "revoked");
    }
    SECTION("the newest of several") {
        pki.delta(delta_of(10, 12, {revoked(pki.leaf, remove_from_crl)}));
        pki.write("older.pem", test::make_crl(pki.middle, delta_of(10, 11, {revoked(pki.leaf, hold)})));
        CHECK(pki.verdict().empty());
    }
    SECTION("of another's signature") {
        const Pki stranger;
        pki.of_middle(listing(revoked(pki.leaf, hold)));
        pki.write("delta.pem", test::make_crl(stranger.middle, delta_of(10, 11, {revoked(pki.leaf, remove_from_crl)})));
        CHECK(pki.verdict() == "revoked");
    }
    SECTION("alone") {
        std::filesystem::remove(pki.folder / "crls/middle.pem");
        pki.delta(delta_of(10, 11, {}));
        CHECK(pki.verdict() == "crl_missing");
    }
}

TEST_CASE("revocation: kinds of lists that cannot be used") {
    const Pki pki;
    const auto with = [&](const std::string& oid, const Bytes& value, bool critical) {
        CrlRecipe recipe;
        recipe.others = {{oid, value, critical}};
        pki.of_middle(recipe);
        return pki.verdict();
    };
    const std::string issuing_point = "2.5.29.28";
    CHECK(with("1.2.3.4", {0x05, 0x00}, false).empty());
    CHECK(with("1.2.3.4", {0x05, 0x00}, true) == "crl_invalid");
    CHECK(with(issuing_point, {0x30, 0x03, 0x84, 0x01, 0xFF}, true) == "crl_invalid");       // indirect
    CHECK(with(issuing_point, {0x30, 0x04, 0x83, 0x02, 0x05, 0x60}, true) == "crl_invalid"); // for some reasons only
    CHECK(with(issuing_point, {0x30, 0x03, 0x85, 0x01, 0xFF}, true) == "crl_invalid");       // attribute certificates
    CHECK(with(issuing_point, {0x30, 0x03, 0x81, 0x01, 0xFF}, true).empty());                // users'
    CHECK(with(issuing_point, {0x30, 0x03, 0x82, 0x01, 0xFF}, true) == "crl_missing");       // CAs'
    CHECK(with(issuing_point, {0x30, 0x09, 0xA0, 0x07, 0xA0, 0x05, 0x86, 0x03, 'a', ':', 'b'}, true) == "crl_missing");

    auto recipe = listing(revoked(pki.root));
    recipe.revoked.front().others = {{"2.5.29.29", {0x30, 0x00}, true}}; // certificateIssuer
    pki.of_middle(recipe);
    CHECK(pki.verdict() == "crl_invalid");
    pki.of_middle(CrlRecipe{.until = std::nullopt});
    CHECK(pki.verdict() == "crl_invalid");
    pki.of_middle(CrlRecipe{.hash = "SHA-160"});
    CHECK(pki.verdict() == "crl_invalid");
    pki.of_middle(CrlRecipe{.extensions = false}); // version 1
    CHECK(pki.verdict().empty());
}

TEST_CASE("revocation: a list for the distribution point that the certificate names") {
    const Pki pki;
    const Bytes name{0xA0, 0x07, 0xA0, 0x05, 0x86, 0x03, 'a', ':', 'b'};
    const auto in_sequence = [](Bytes content) {
        content.insert(content.begin(), {0x30, static_cast<std::uint8_t>(content.size())});
        return content;
    };
    auto recipe = test::device_recipe();
    recipe.others = {{"2.5.29.31", in_sequence(in_sequence(name)), false}};
    const auto leaf = test::make_issued(pki.middle, recipe);
    CrlRecipe of_point = listing(revoked(leaf));
    of_point.others = {{"2.5.29.28", in_sequence(name), true}};
    pki.of_middle(of_point);
    const auto result = pki.store().validate({leaf.der(), pki.middle.der()}, now);
    CHECK((!result && result.error() == ChainFault::revoked));
}

TEST_CASE("revocation: facts of the lists") {
    const Pki pki;
    pki.delta(delta_of(10, 11, {revoked(pki.leaf)}));
    const auto facts = pki.store().crls();
    REQUIRE(facts.size() == 3);
    CHECK(facts[0].issuer == "CN=issuing");
    CHECK((facts[0].delta && facts[0].number == 11 && facts[0].revoked == 1));
    CHECK_THAT(facts[0].file, Catch::EndsWith("crls/delta.pem"));
    CHECK((!facts[1].delta && facts[1].number == 10 && facts[1].revoked == 0));
    CHECK((facts[2].issuer == "CN=root" && facts[2].this_update == now - day && facts[2].next_update == now + 7 * day));
}
