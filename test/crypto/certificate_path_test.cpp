// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

#include "certificate_maker.hpp"
#include "crypto/certificate_memory.hpp"

using namespace cifra;
using namespace cifra::crypto;
using cifra::test::day;
using cifra::test::now;

namespace {

struct Pki {
    test::Made root = test::make_root(test::ca_recipe("root"));
    test::Made middle = test::make_issued(root, test::ca_recipe("issuing"));
    test::Folder folder;
    TrustStore store(Party party) const {
        return TrustStore::load(party, folder.write("roots.pem", root.certificate.PEM_encode()));
    }
    ChainResult<PeerVerified> check(Party party, const test::Recipe& recipe, const std::string& kind = "p256") const {
        return store(party).validate({test::make_issued(middle, recipe, kind).der(), middle.der()}, now,
                                     "music.example");
    }
    std::optional<ChainFault> fault(Party party, const test::Recipe& recipe) const {
        const auto result = check(party, recipe);
        return result ? std::nullopt : std::optional(result.error());
    }
};

std::optional<ChainFault> fault_of(const ChainResult<PeerVerified>& result) {
    return result ? std::nullopt : std::optional(result.error());
}

} // namespace

TEST_CASE("R-19: a good path of each role") {
    const Pki pki;
    const auto device = pki.check(Party::device, test::device_recipe("kitchen radio"));
    REQUIRE(device);
    CHECK(device->name() == "kitchen radio");
    CHECK(device->party() == Party::device);
    CHECK(device->fingerprint().size() == 32);
    CHECK(device->not_after() == now + 365 * day);
    CHECK(device->key().algo_name() == "ECDSA");

    const auto user = pki.check(Party::user, test::user_recipe("listener"));
    REQUIRE(user);
    CHECK(user->name() == "listener");

    const auto server = pki.check(Party::server, test::server_recipe());
    REQUIRE(server);
    CHECK(server->name() == "music.example");
}

TEST_CASE("R-19: every kind of key, and mixed") {
    const test::Folder folder;
    for (const auto* upper : {"p256", "p384", "ed25519", "rsa2048"}) {
        for (const auto* lower : {"p256", "p384", "ed25519", "rsa2048"}) {
            CAPTURE(upper, lower);
            const auto root = test::make_root(test::ca_recipe("root"), upper);
            auto store = TrustStore::load(Party::user, folder.write("roots.pem", root.certificate.PEM_encode()));
            CHECK(store.validate({test::make_issued(root, test::user_recipe(), lower).der()}, now));
        }
    }
    auto root = test::make_root(test::ca_recipe("root"), "rsa2048");
    auto store = TrustStore::load(Party::user, folder.write("roots.pem", root.certificate.PEM_encode()));
    auto recipe = test::user_recipe();
    recipe.padding = "EMSA4";
    CHECK(store.validate({test::make_issued(root, recipe).der()}, now));
    recipe.hash = "SHA-160";
    CHECK(fault_of(store.validate({test::make_issued(root, recipe).der()}, now)) == ChainFault::weak_signature);
}

TEST_CASE("the root may be sent, and not_after is the earliest end on the path") {
    const Pki pki;
    auto store = pki.store(Party::device);
    auto recipe = test::ca_recipe("short-lived");
    recipe.until = now + 3 * day;
    const auto middle = test::make_issued(pki.root, recipe);
    const auto leaf = test::make_issued(middle, test::device_recipe());
    const auto peer = store.validate({leaf.der(), middle.der(), pki.root.der()}, now);
    REQUIRE(peer);
    CHECK(peer->not_after() == now + 3 * day);
}

TEST_CASE("R-19: dates are those of the argument, also for a remembered path") {
    const Pki pki;
    auto store = pki.store(Party::device);
    auto recipe = test::device_recipe();
    recipe.from = now - 5;
    recipe.until = now + 5;
    const std::vector<Bytes> chain{test::make_issued(pki.middle, recipe).der(), pki.middle.der()};
    CHECK(fault_of(store.validate(chain, now + 6)) == ChainFault::expired);
    CHECK(fault_of(store.validate(chain, now - 6)) == ChainFault::not_yet_valid);
    CHECK(store.validate(chain, now));
    CHECK(fault_of(store.validate(chain, now + 6)) == ChainFault::expired);
    CHECK(fault_of(store.validate(chain, now - 6)) == ChainFault::not_yet_valid);
    CHECK(store.validate(chain, now + 5));
    CHECK(fault_of(store.validate(chain, 0)) == ChainFault::not_yet_valid);
    CHECK(fault_of(store.validate(chain, std::numeric_limits<std::int64_t>::max())) == ChainFault::expired);
}

TEST_CASE("R-19: a CA on the path that is out of its dates") {
    const Pki pki;
    auto recipe = test::ca_recipe("issuing");
    recipe.until = now - 1;
    const auto middle = test::make_issued(pki.root, recipe);
    const auto leaf = test::make_issued(middle, test::device_recipe());
    CHECK(fault_of(pki.store(Party::device).validate({leaf.der(), middle.der()}, now)) == ChainFault::ca_expired);
}

TEST_CASE("R-19: paths that lead nowhere") {
    const Pki pki;
    const Pki foreign; // the same names, other keys
    auto store = pki.store(Party::device);
    const auto leaf = test::make_issued(foreign.middle, test::device_recipe());
    CHECK(fault_of(store.validate({leaf.der(), foreign.middle.der()}, now)) == ChainFault::bad_signature);
    CHECK_FALSE(store.validate({leaf.der(), foreign.middle.der(), foreign.root.der()}, now));
    CHECK(fault_of(store.validate({leaf.der()}, now)) == ChainFault::untrusted);

    const auto other = test::make_root(test::ca_recipe("another root"));
    const auto far = test::make_issued(other, test::device_recipe());
    CHECK(fault_of(store.validate({far.der()}, now)) == ChainFault::untrusted);
    CHECK(fault_of(store.validate({far.der(), other.der()}, now)) == ChainFault::untrusted);
    CHECK_FALSE(store.validate({test::make_root(test::device_recipe()).der()}, now)); // signed by itself
}

TEST_CASE("R-19: a certificate that was altered") {
    const Pki pki;
    auto store = pki.store(Party::device);
    const auto leaf = test::make_issued(pki.middle, test::device_recipe("kitchen radio"));
    auto der = leaf.der();
    const std::string name = "kitchen radio";
    const auto at = std::search(der.begin(), der.end(), name.begin(), name.end());
    REQUIRE(at != der.end());
    *at = 'K';
    CHECK(fault_of(store.validate({der, pki.middle.der()}, now)) == ChainFault::bad_signature);
}

TEST_CASE("R-19: roles") {
    const Pki pki;
    CHECK(pki.fault(Party::device, test::user_recipe()) == ChainFault::wrong_role);
    CHECK(pki.fault(Party::user, test::device_recipe()) == ChainFault::wrong_role);
    CHECK(pki.fault(Party::server, test::device_recipe()) == ChainFault::wrong_role);
    CHECK(pki.fault(Party::device, test::server_recipe()) == ChainFault::wrong_role);
    auto recipe = test::device_recipe();
    for (const auto& usages : std::vector<std::vector<std::string>>{
             {test::client_auth}, {test::device_role}, {}, {"2.5.29.37.0"}, {test::server_auth, test::device_role}}) {
        recipe.usages = usages;
        CHECK(pki.fault(Party::device, recipe) == ChainFault::wrong_role);
    }
    recipe.usages = {test::user_role, test::client_auth, test::device_role};
    CHECK(pki.fault(Party::device, recipe) == std::nullopt);
}

TEST_CASE("a CA that is confined to one role issues for that role only") {
    const Pki pki;
    auto recipe = test::ca_recipe("devices");
    recipe.usages = {test::client_auth, test::device_role};
    const auto devices = test::make_issued(pki.root, recipe);
    const auto device = test::make_issued(devices, test::device_recipe());
    const auto user = test::make_issued(devices, test::user_recipe());
    CHECK(pki.store(Party::device).validate({device.der(), devices.der()}, now));
    CHECK(fault_of(pki.store(Party::user).validate({user.der(), devices.der()}, now)) == ChainFault::ca_wrong_role);
}

TEST_CASE("R-19: the leaf is no CA and may sign") {
    const Pki pki;
    auto recipe = test::device_recipe();
    recipe.ca = true;
    recipe.key_usage = Botan::DIGITAL_SIGNATURE | Botan::KEY_CERT_SIGN;
    CHECK(pki.fault(Party::device, recipe) == ChainFault::is_ca);
    recipe.key_usage = Botan::DIGITAL_SIGNATURE;
    CHECK(pki.fault(Party::device, recipe) == ChainFault::is_ca);
    recipe.ca = false;
    CHECK(pki.fault(Party::device, recipe) == std::nullopt);
    recipe.key_usage = Botan::KEY_AGREEMENT;
    CHECK(pki.fault(Party::device, recipe) == ChainFault::key_usage);
    recipe.key_usage = 0;
    recipe.basic_constraints = false;
    CHECK(pki.fault(Party::device, recipe) == std::nullopt);
}

TEST_CASE("R-19: who issues is a CA") {
    const Pki pki;
    auto store = pki.store(Party::device);
    const auto device = test::make_issued(pki.middle, test::device_recipe());
    const auto below = test::make_issued(device, test::device_recipe("below"));
    CHECK(fault_of(store.validate({below.der(), device.der(), pki.middle.der()}, now)) == ChainFault::not_ca);

    auto recipe = test::ca_recipe("no keyCertSign");
    recipe.key_usage = Botan::CRL_SIGN;
    const auto middle = test::make_issued(pki.root, recipe);
    CHECK(fault_of(store.validate({test::make_issued(middle, test::device_recipe()).der(), middle.der()}, now)) ==
          ChainFault::ca_key_usage);
}

TEST_CASE("R-19: path length, and at most four certificates") {
    const Pki pki;
    auto store = pki.store(Party::device);
    std::vector<test::Made> cas{pki.middle};
    for (int i = 0; i < 3; ++i)
        cas.push_back(test::make_issued(cas.back(), test::ca_recipe("ca " + std::to_string(i))));
    const auto chain_below = [&](std::size_t depth) {
        std::vector<Bytes> chain{test::make_issued(cas[depth], test::device_recipe()).der()};
        for (std::size_t i = depth + 1; i-- > 0;) chain.push_back(cas[i].der());
        return chain;
    };
    CHECK(chain_below(2).size() == 4);
    CHECK(store.validate(chain_below(2), now));
    CHECK(fault_of(store.validate(chain_below(3), now)) == ChainFault::chain_too_long);
    CHECK(fault_of(store.validate({}, now)) == ChainFault::malformed);

    auto recipe = test::ca_recipe("issues leaves only");
    recipe.path_limit = 0;
    const auto last = test::make_issued(pki.root, recipe);
    const auto too_deep = test::make_issued(last, test::ca_recipe("too deep"));
    const auto leaf = test::make_issued(too_deep, test::device_recipe());
    CHECK(fault_of(store.validate({leaf.der(), too_deep.der(), last.der()}, now)) == ChainFault::path_length);
}

TEST_CASE("R-19: extensions that nobody here understands") {
    const Pki pki;
    auto recipe = test::device_recipe();
    recipe.others = {{"1.2.3.4", {0x05, 0x00}, false}};
    CHECK(pki.fault(Party::device, recipe) == std::nullopt);
    recipe.others = {{"1.2.3.4", {0x05, 0x00}, true}};
    CHECK(pki.fault(Party::device, recipe) == ChainFault::critical_extension);
    recipe.others = {{"2.5.29.32", {0x30, 0x05, 0x30, 0x03, 0x06, 0x01, 0x2A}, true}}; // critical policies
    CHECK(pki.fault(Party::device, recipe) == ChainFault::critical_extension);
    recipe.others = {{"2.5.29.30", {0x30, 0x07, 0xA0, 0x05, 0x30, 0x03, 0x82, 0x01, 'a'}, false}}; // name constraints
    CHECK(pki.fault(Party::device, recipe) == ChainFault::name_constraints);
}

TEST_CASE("R-19: weak keys and signatures anywhere in the chain") {
    const Pki pki;
    auto store = pki.store(Party::device);
    const auto weak_leaf = test::make_issued(pki.middle, test::device_recipe(), "rsa1024");
    CHECK(fault_of(store.validate({weak_leaf.der(), pki.middle.der()}, now)) == ChainFault::weak_key);
    const auto weak_ca = test::make_issued(pki.root, test::ca_recipe("weak"), "rsa1024");
    const auto below = test::make_issued(weak_ca, test::device_recipe());
    CHECK(fault_of(store.validate({below.der(), weak_ca.der()}, now)) == ChainFault::weak_key);
    auto recipe = test::device_recipe();
    recipe.hash = "SHA-160";
    CHECK(fault_of(store.validate({test::make_issued(pki.middle, recipe).der(), pki.middle.der()}, now)) ==
          ChainFault::weak_signature);
}

TEST_CASE("R-20: the server's name") {
    const Pki pki;
    auto store = pki.store(Party::server);
    const std::vector<Bytes> chain{test::make_issued(pki.middle, test::server_recipe()).der(), pki.middle.der()};
    for (const auto* host : {"music.example", "Music.Example", "127.0.0.1", "2001:db8::7"}) {
        CAPTURE(host);
        CHECK(store.validate(chain, now, host));
    }
    for (const auto* host : {"other.example", "127.0.0.2", "::1", "", "a server"}) { // the last is its commonName
        CAPTURE(host);
        CHECK(fault_of(store.validate(chain, now, host)) == ChainFault::wrong_name);
    }
    CHECK(fault_of(store.validate(chain, now)) == ChainFault::wrong_name);
    CHECK(pki.fault(Party::server, test::server_recipe({})) == ChainFault::no_name);
    CHECK(pki.fault(Party::server, test::server_recipe({"*.example"})) == ChainFault::wrong_name);
}

TEST_CASE("a device or a person without a plain name") {
    const Pki pki;
    CHECK(pki.fault(Party::device, test::device_recipe("")) == ChainFault::no_name);
    CHECK(pki.fault(Party::device, test::device_recipe("line\nfeed")) == ChainFault::no_name);
    CHECK(pki.fault(Party::user, test::user_recipe("right\xE2\x80\xAEleft")) == ChainFault::no_name);
}

TEST_CASE("nonsense in the place of a certificate") {
    const Pki pki;
    auto store = pki.store(Party::device);
    const auto good = test::make_issued(pki.middle, test::device_recipe()).der();
    CHECK(fault_of(store.validate({Bytes{}}, now)) == ChainFault::malformed);
    CHECK(fault_of(store.validate({good, Bytes{0x30, 0x00}}, now)) == ChainFault::malformed);
    CHECK(fault_of(store.validate({good, Bytes(9000, 0x30)}, now)) == ChainFault::too_large);
    const auto altered = [&](std::size_t i) {
        auto der = good;
        der[i] ^= 0xFF;
        return der;
    };
    for (std::size_t i = 0; i < good.size(); ++i) {
        CAPTURE(i);
        CHECK_FALSE(store.validate({altered(i), pki.middle.der()}, now));
    }
}

TEST_CASE("TrustStore: files, names and reload") {
    const Pki pki;
    const auto other = test::make_root(test::ca_recipe("another root"));
    const auto& folder = pki.folder;
    auto store = pki.store(Party::user);
    const auto leaf = test::make_issued(other, test::user_recipe()).der();
    const auto old = test::make_issued(pki.root, test::user_recipe()).der();
    CHECK(store.issuer_names() == std::vector<Bytes>{pki.root.certificate.raw_subject_dn()});
    CHECK(store.validate({old}, now));
    CHECK_FALSE(store.validate({leaf}, now));

    SECTION("a reload replaces the roots and forgets") {
        folder.write("roots.pem", "words before\n" + other.certificate.PEM_encode());
        store.reload();
        CHECK(store.validate({leaf}, now));
        CHECK(fault_of(store.validate({old}, now)) == ChainFault::untrusted);
    }
    SECTION("a reload that fails changes nothing") {
        folder.write("roots.pem", "no certificate");
        CHECK_THROWS_WITH(store.reload(), Catch::Contains("roots.pem") && Catch::Contains("no certificate in it"));
        CHECK(store.validate({old}, now));
    }
    SECTION("several roots") {
        const auto file = folder.write("both.pem", pki.root.certificate.PEM_encode() + other.certificate.PEM_encode());
        auto both = TrustStore::load(Party::user, file);
        CHECK(both.validate({leaf}, now));
        CHECK(both.validate({old}, now));
        CHECK(both.issuer_names().size() == 2);
    }
}

TEST_CASE("TrustStore: files that are none") {
    const Pki pki;
    const auto load = [&](const std::string& content) {
        TrustStore::load(Party::user, pki.folder.write("roots.pem", content));
    };
    CHECK_THROWS_WITH(TrustStore::load(Party::user, pki.folder / "missing.pem"),
                      Catch::Contains("missing.pem: No such file"));
    CHECK_THROWS_WITH(TrustStore::load(Party::user, pki.folder / "."), Catch::Contains("is a folder"));
    CHECK_THROWS_WITH(load(pki.middle.certificate.PEM_encode()), Catch::Contains("not a root"));
    CHECK_THROWS_WITH(load(test::make_root(test::user_recipe()).certificate.PEM_encode()), Catch::Contains("not a CA"));
    CHECK_THROWS_WITH(load(pki.root.certificate.PEM_encode().substr(0, 200)), Catch::Contains("damaged PEM"));
    CHECK_THROWS_WITH(load(test::make_root(test::ca_recipe("weak"), "rsa1024").certificate.PEM_encode()),
                      Catch::Contains("not accepted"));
}

TEST_CASE("of remembered paths the one unused for longest is forgotten") {
    PathMemory memory(2);
    const auto key = [](std::uint8_t first) { return PathMemory::Key{first}; };
    const auto path = [](const std::string& name) {
        auto valid = std::make_shared<ValidPath>();
        valid->name = name;
        return valid;
    };
    memory.remember(key(1), path("one"));
    memory.remember(key(2), path("two"));
    REQUIRE(memory.find(key(1)) != nullptr);
    memory.remember(key(3), path("three"));
    CHECK(memory.find(key(2)) == nullptr);
    REQUIRE(memory.find(key(1)) != nullptr);
    memory.remember(key(1), path("one again"));
    CHECK(memory.find(key(1))->name == "one again");
    CHECK(memory.find(key(3))->name == "three");
    memory.clear();
    CHECK(memory.find(key(1)) == nullptr);
}
