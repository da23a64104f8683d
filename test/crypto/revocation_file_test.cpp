// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Files of revocation lists: where they are, what they hold, when they change.
#include <catch2/catch.hpp>

#include "crl_maker.hpp"
#include "crypto/revocation.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::now;

namespace {

struct Place {
    test::Made root = test::make_root(test::ca_recipe("root"));
    test::Made leaf = test::make_issued(root, test::user_recipe());
    test::Folder folder;
    Place() {
        folder.write("roots.pem", root.certificate.PEM_encode());
        std::filesystem::create_directory(folder / "crls");
    }
    TrustStore store(const std::string& crls = "crls") const {
        return TrustStore::load(Party::user, folder / "roots.pem", folder / crls);
    }
    Bytes list(const test::CrlRecipe& recipe = {}) const { return test::make_crl(root, recipe); }
    void write(const std::string& name, const Bytes& der) const {
        folder.write(name, std::string(der.begin(), der.end()));
    }
};

bool accepts(TrustStore store, const Bytes& leaf) { return store.validate({leaf}, now).has_value(); }

} // namespace

TEST_CASE("revocation lists: DER or PEM, one file or a folder, several in one") {
    const Place place;
    const auto other = test::make_root(test::ca_recipe("another"));
    const auto leaf = place.leaf.der();
    CHECK_FALSE(accepts(place.store(), leaf)); // an empty folder
    for (const auto* name : {"crls/a.crl", "crls/a.der", "crls/a.pem"}) {
        CAPTURE(name);
        place.write(name, place.list());
        CHECK(accepts(place.store(), leaf));
        std::filesystem::remove(place.folder / name);
    }
    place.folder.write("crls/a.crl", test::pem_crl(test::make_crl(other, {})) + test::pem_crl(place.list()));
    CHECK(accepts(place.store(), leaf));
    CHECK(accepts(place.store("crls/a.crl"), leaf));
    std::filesystem::rename(place.folder / "crls/a.crl", place.folder / "crls/a.crl.part");
    CHECK_FALSE(accepts(place.store(), leaf)); // what is being written has another name
}

TEST_CASE("revocation lists: what is none") {
    const Place place;
    const auto good = place.list();
    const auto refused = [&](const Bytes& content, const std::string& why) {
        place.write("crls/a.crl", content);
        CHECK_THROWS_WITH(place.store(), Catch::Contains("a.crl: ") && Catch::Contains(why));
    };
    refused({}, "no revocation list in it");
    refused(Bytes(good.begin(), good.end() - 1), "strict DER");
    auto longer = good;
    longer.push_back(0);
    refused(longer, "strict DER");
    refused(place.leaf.der(), "not a revocation list");
    refused({0x30, 0x80, 0x00, 0x00}, "strict DER");
    for (std::size_t at = 0; at < good.size(); at += 3) { // it is refused or it is read, and nothing else happens
        auto broken = good;
        broken[at] ^= 0x15U;
        try {
            const RevocationList list(broken, "broken");
            CHECK(list.look_up(Bytes{1}) == RevocationList::Entry::none);
        } catch (const std::exception& failure) {
            CHECK(std::string(failure.what()) != "");
        }
    }
    place.folder.write("crls/a.crl", test::pem_crl(good).substr(0, 100));
    CHECK_THROWS_WITH(place.store(), Catch::Contains("a.crl: damaged PEM"));
    CHECK_THROWS_WITH(place.store("nowhere"), Catch::Contains("nowhere") && Catch::Contains("No such file"));
}

TEST_CASE("revocation lists: a change is seen, and taken by a reload") {
    const Place place;
    const auto leaf = place.leaf.der();
    place.write("crls/a.crl", place.list());
    auto store = place.store();
    CHECK(accepts(store, leaf));
    CHECK_FALSE(store.changed());

    test::CrlRecipe recipe;
    recipe.revoked = {test::revoked(place.leaf)};
    recipe.number = 11;
    place.write("crls/new.part", place.list(recipe));
    CHECK_FALSE(store.changed());
    std::filesystem::rename(place.folder / "crls/new.part", place.folder / "crls/a.crl");
    CHECK(store.changed());
    CHECK(accepts(store, leaf)); // not before
    store.reload();
    CHECK_FALSE(store.changed());
    CHECK_FALSE(accepts(store, leaf)); // no path is remembered over it

    SECTION("a reload that fails changes nothing, and is not asked for again") {
        place.write("crls/b.crl", {0x30});
        CHECK(store.changed());
        CHECK_THROWS_WITH(store.reload(), Catch::Contains("b.crl"));
        CHECK_FALSE(store.changed());
        const auto result = store.validate({leaf}, now);
        CHECK((!result && result.error() == ChainFault::revoked));
        std::filesystem::remove(place.folder / "crls/b.crl");
        CHECK(store.changed());
    }
    SECTION("the roots are looked at too") {
        place.folder.write("roots.pem", test::make_root(test::ca_recipe("another")).certificate.PEM_encode());
        CHECK(store.changed());
        store.reload();
        const auto result = store.validate({leaf}, now);
        CHECK((!result && result.error() == ChainFault::untrusted));
    }
    SECTION("a folder that is gone") {
        std::filesystem::remove_all(place.folder / "crls");
        CHECK(store.changed());
        CHECK_THROWS(store.reload());
        CHECK_FALSE(accepts(store, leaf));
    }
}

TEST_CASE("revocation lists: many entries, in any order") {
    const Place place;
    test::CrlRecipe recipe;
    for (std::uint32_t i = 0; i < 3000; ++i) {
        const auto serial = i * 2654435761U; // every one another
        recipe.revoked.push_back(
            {{1, static_cast<std::uint8_t>(serial >> 24U), static_cast<std::uint8_t>(serial >> 16U),
              static_cast<std::uint8_t>(serial >> 8U), static_cast<std::uint8_t>(serial)}});
    }
    const RevocationList list(place.list(recipe), "many");
    CHECK(list.facts().revoked == 3000);
    for (const auto& entry : recipe.revoked) REQUIRE(list.look_up(entry.serial) == RevocationList::Entry::revoked);
    CHECK(list.look_up(Bytes{1, 2, 3}) == RevocationList::Entry::none);
    CHECK(list.look_up(Bytes{}) == RevocationList::Entry::none);
    CHECK(serial_key(Bytes{0, 0, 5, 0}).size() == 2);
}
