// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include <botan/auto_rng.h>

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "support.hpp"

using namespace cifra;
using namespace cifra::vault;
namespace fs = std::filesystem;

namespace {

constexpr Cost weak{32, 1, 1};

KeySource words(const std::string& passphrase, CostBounds bounds = CostBounds::weak_too) {
    return {[passphrase] { return crypto::Secret::copy_of(as_bytes(passphrase)); }, {}, bounds};
}

Wrapping wrapping(const std::string& passphrase, const Cost& cost = weak) {
    return {KeyKind::passphrase, crypto::Secret::copy_of(as_bytes(passphrase)), cost};
}

std::string hex_of_key(const Outcome<VaultKey>& key) { return hex_of(key.value().bytes().view()); }

class Environment {
  public:
    explicit Environment(const fs::path& folder) { ::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
};

} // namespace

TEST_CASE("A vault key opens by its passphrase, and by another one after rewrapping, with the media untouched") {
    const test::Folder folder;
    Botan::AutoSeeded_RNG rng;
    const auto vault = test::make_vault(folder);
    const auto file = Vault::key_file(folder / "vault");
    const Bytes whole = test::content(20'000);
    test::import(*vault, test::some_id(), whole);
    const auto container = folder / "vault/items" / container_name(test::some_id());
    const auto before = test::load(container);

    REQUIRE(save_vault_key(file, vault->key(), wrapping("old"), rng).has_value());
    struct stat found{};
    REQUIRE(::stat(file.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    CHECK(kind_of_vault_key(file).value() == KeyKind::passphrase);
    CHECK(hex_of_key(open_vault_key(file, words("old"))) == hex_of(vault->key().bytes().view()));
    CHECK(test::problem_of(open_vault_key(file, words("new"))) == Problem::wrong_key);
    CHECK(test::problem_of(open_vault_key(file, words("old", CostBounds::strict))) == Problem::out_of_bounds);
    CHECK(test::problem_of(save_vault_key(file, vault->key(), wrapping("new"), rng)) == Problem::exists);

    REQUIRE(rewrap_vault_key(file, vault->key(), wrapping("new", {64, 2, 2}), rng).has_value());
    CHECK(test::problem_of(open_vault_key(file, words("old"))) == Problem::wrong_key);
    const Vault again(folder / "vault", open_vault_key(file, words("new")).value());
    CHECK(test::read_whole(*again.find(test::some_id()).value(), 16'384) == whole);
    CHECK(test::load(container) == before);
    CHECK(test::files_in(folder / "vault") == 3);
}

TEST_CASE("A vault key by a key file: given, as a credential, missing, too long") {
    const test::Folder folder;
    Botan::AutoSeeded_RNG rng;
    const auto file = folder / "vault.key";
    const auto key = test::some_key();
    const Bytes secret = test::content(32);
    REQUIRE(save_vault_key(file, key, {KeyKind::key_file, crypto::Secret::copy_of(secret)}, rng).has_value());
    CHECK(kind_of_vault_key(file).value() == KeyKind::key_file);
    test::store(folder / "secret", secret);
    CHECK(hex_of_key(open_vault_key(file, {{}, folder / "secret"})) == hex_of(key.bytes().view()));
    CHECK(test::problem_of(open_vault_key(file, {})) == Problem::no_key);
    CHECK(test::problem_of(open_vault_key(file, {{}, folder / "nothing"})) == Problem::not_there);
    CHECK(test::problem_of(open_vault_key(folder / "nothing", {})) == Problem::not_there);
    {
        fs::create_directory(folder / "credentials");
        const Environment environment(folder / "credentials");
        CHECK(test::problem_of(open_vault_key(file, {})) == Problem::not_there);
        fs::create_symlink(folder / "secret", folder / "credentials" / fs::path("cifra-vault-key"));
        CHECK(hex_of_key(open_vault_key(file, {})) == hex_of(key.bytes().view()));
    }
    test::store(folder / "secret", Bytes(33));
    CHECK(test::problem_of(open_vault_key(file, {{}, folder / "secret"})) == Problem::wrong_length);
    test::store(folder / "secret", Bytes(32));
    CHECK(test::problem_of(open_vault_key(file, {{}, folder / "secret"})) == Problem::wrong_key);
}

TEST_CASE("A vault key's default cost is within what is obeyed; sub-keys differ by label and key") {
    const test::Folder folder;
    Botan::AutoSeeded_RNG rng;
    const auto key = VaultKey::make(rng);
    REQUIRE(save_vault_key(folder / "vault.key", key, wrapping("words", {}), rng).has_value());
    CHECK(hex_of_key(open_vault_key(folder / "vault.key", words("words", CostBounds::strict))) ==
          hex_of(key.bytes().view()));
    CHECK_FALSE(crypto::equal(key.derive("vault items").view(), key.derive("ledger seal").view()));
    CHECK_FALSE(crypto::equal(key.derive("vault items").view(), test::some_key().derive("vault items").view()));
    CHECK(crypto::equal(key.derive("voucher").view(), key.derive("voucher").view()));
    CHECK_THROWS_AS(VaultKey(crypto::Secret(31)), std::logic_error);
    CHECK_THROWS_AS(save_vault_key(folder / "other.key", key, wrapping(""), rng), std::logic_error);
    CHECK_THROWS_AS(save_vault_key(folder / "other.key", key, wrapping("words", {64, 17, 1}), rng), std::logic_error);
}

TEST_CASE("A vault lists its items, and what is damaged apart from them") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    for (std::uint8_t i = 5; i > 0; --i) test::import(*vault, test::some_id(i), test::content(i * 1000U));
    const auto items = folder / "vault/items";
    const auto file = [&](std::uint8_t i) { return items / container_name(test::some_id(i)); };
    fs::copy_file(file(1), file(8));
    test::store(file(9), as_bytes("no container"));
    auto bytes = test::load(file(3));
    bytes.back() ^= 1;
    test::store(file(3), bytes);
    test::store(items / "README", as_bytes("no item"));
    fs::create_directory(items / container_name(test::some_id(7)));

    const auto listing = vault->items().value();
    REQUIRE(listing.items.size() == 4);
    CHECK(std::ranges::is_sorted(listing.items, {}, &ItemInfo::item));
    CHECK(listing.items[2].item == test::some_id(4));
    CHECK(listing.items[2].size == 4000);
    CHECK(listing.items[2].root == crypto::node_of_chunk(test::content(4000)));
    CHECK(listing.items[2].metadata == Bytes{'m', 'e', 't', 'a', 'd', 'a', 't', 'a'});
    REQUIRE(listing.damaged.size() == 4);
    CHECK(listing.damaged[0].problem == Problem::not_authentic);
    CHECK(listing.damaged[0].file == file(3));
    CHECK(listing.damaged[1].problem == Problem::io_failed);
    CHECK(listing.damaged[2].problem == Problem::foreign);
    CHECK(listing.damaged[3].problem == Problem::wrong_length);

    CHECK(test::problem_of(vault->find(test::some_id(3))) == Problem::not_authentic);
    CHECK(test::problem_of(vault->find(test::some_id(8))) == Problem::foreign);
    CHECK(test::problem_of(vault->find(test::some_id(6))) == Problem::not_there);
    CHECK(vault->verify(test::some_id(2)).has_value());
    CHECK(test::problem_of(vault->verify(test::some_id(2), [] { return true; })) == Problem::stopped);
}

TEST_CASE("Another vault's key opens no item") {
    const test::Folder folder;
    test::import(*test::make_vault(folder), test::some_id(), test::content(10));
    const Vault other(folder / "vault", test::some_key(2));
    CHECK(other.items().value().items.empty());
    CHECK(test::problem_of(other.find(test::some_id())) == Problem::not_authentic);
}

TEST_CASE("Listeners of an item share a reader, until the item is another one") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const auto first = test::import(*vault, test::some_id(), test::content(10));
    CHECK(vault->find(test::some_id()).value() == first);
    CHECK(test::problem_of(vault->import(test::some_id())) == Problem::exists);
    REQUIRE(vault->remove(test::some_id()).has_value());
    CHECK(test::problem_of(vault->remove(test::some_id())) == Problem::not_there);
    const auto second = test::import(*vault, test::some_id(), test::content(20));
    CHECK(second != first);
    CHECK(second->size() == 20);
    CHECK(test::read_whole(*first, 16'384) == test::content(10));
}

TEST_CASE("Of two imports under one id the second to finish is refused") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    auto slow = vault->import(test::some_id()).value();
    slow->append(test::content(30)).value();
    slow->end().value();
    test::import(*vault, test::some_id(), test::content(10));
    CHECK(test::problem_of(slow->finish({})) == Problem::exists);
    CHECK(test::problem_of(slow->finish({})) == Problem::exists);
    slow.reset();
    CHECK(vault->find(test::some_id()).value()->size() == 10);
    CHECK(test::files_in(folder / "vault/incoming") == 0);
}

TEST_CASE("Leftovers of imports go with the next start, those that are being written stay") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const auto incoming = folder / "vault/incoming";
    test::store(incoming / "0123456789abcdef0123456789abcdef.import", as_bytes("half of it"));
    test::store(incoming / "note.txt", as_bytes("not ours"));
    const auto writer = vault->import(test::some_id()).value();
    const Vault again(folder / "vault", test::some_key());
    CHECK_FALSE(fs::exists(incoming / "0123456789abcdef0123456789abcdef.import"));
    CHECK(fs::exists(incoming / "note.txt"));
    CHECK(test::files_in(incoming) == 2);
    writer->end().value();
    REQUIRE(writer->finish({}).has_value());
    CHECK(again.find(test::some_id()).value()->size() == 0);
    CHECK_THROWS_AS(Vault(folder / "nowhere", test::some_key()), std::runtime_error);
}

TEST_CASE("Partial uploads: hidden names, damaged ones apart, removed on demand") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const auto none = [](ByteView) { return true; };
    const std::string identity = "alice, song.mp3";
    for (const auto* name : {"a", "b", "c"}) {
        const auto whose = identity + name;
        const auto first = static_cast<std::uint8_t>(*name);
        vault->upload(as_bytes(whose), {test::some_id(first), {first}, 1'000'000}, none).value();
    }
    const auto partials = vault->partials().value();
    REQUIRE(partials.size() == 3);
    for (const auto& partial : partials) {
        CHECK(partial.size == 1'000'000);
        CHECK(partial.arrived == 0);
        CHECK(partial.note.at(0) == partial.item.at(0));
    }
    std::vector<Failure> damaged;
    CHECK(Vault(folder / "vault", test::some_key(2)).partials(&damaged).value().empty());
    CHECK(damaged.size() == 3);
    damaged.clear();
    CHECK(partials.at(0).file.filename().string().size() == 32 + 5);
    REQUIRE(vault->remove_partial(partials.at(0).file).has_value());
    test::store(partials.at(1).file, as_bytes("damaged"));
    CHECK(vault->partials(&damaged).value().size() == 1);
    REQUIRE(damaged.size() == 1);
    CHECK(damaged[0].problem == Problem::wrong_length);
    REQUIRE(vault->remove_partial(damaged[0].file).has_value());
    CHECK(test::files_in(folder / "vault/incoming") == 1);
}
