// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The vectors of test/vectors/vault, which test/vectors/make_vault_vectors.py makes.
#include <boost/json.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "support.hpp"

using namespace cifra;
using namespace cifra::vault;

namespace {

namespace json = boost::json;
const std::filesystem::path folder = std::filesystem::path(CIFRA_SOURCE_DIR) / "test/vectors/vault";

json::value load_json(const std::string& name) {
    const auto bytes = test::load(folder / name);
    return json::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Problem problem_named(const std::string& name) {
    static const std::map<std::string, Problem> names{
        {"bad_form", Problem::bad_form},           {"unknown_version", Problem::unknown_version},
        {"unknown_suite", Problem::unknown_suite}, {"out_of_bounds", Problem::out_of_bounds},
        {"wrong_length", Problem::wrong_length},   {"incomplete", Problem::incomplete},
        {"wrong_key", Problem::wrong_key},         {"not_authentic", Problem::not_authentic}};
    return names.at(name);
}

VaultKey vector_key() {
    const auto good = load_json("good.json");
    return VaultKey(crypto::Secret::copy_of(test::from_hex(good.at("vault_key"))));
}

std::size_t number(const json::object& edit, const char* name) { return edit.at(name).to_number<std::size_t>(); }

void replace(Bytes& bytes, std::size_t at, ByteView by) {
    bytes.resize(std::max(bytes.size(), at + by.size()));
    std::ranges::copy(by, bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void apply(Bytes& bytes, const json::object& edit) {
    if (edit.contains("xor")) {
        bytes.at(number(edit, "xor")) ^= test::from_hex(edit.at("with")).at(0);
    } else if (edit.contains("put")) {
        replace(bytes, number(edit, "put"), test::from_hex(edit.at("hex")));
    } else if (edit.contains("cut")) {
        bytes.resize(number(edit, "cut"));
    } else if (edit.contains("append")) {
        replace(bytes, bytes.size(), test::from_hex(edit.at("append")));
    } else if (edit.contains("remove")) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(number(edit, "remove"));
        bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(number(edit, "length")));
    } else {
        const auto from = test::load(folder / test::text(edit.at("from")));
        replace(bytes, number(edit, "copy"), ByteView(from).subspan(number(edit, "at"), number(edit, "length")));
    }
}

Bytes edited(const json::object& entry, const char* file) {
    Bytes bytes = test::load(folder / test::text(entry.at(file)));
    for (const auto& edit : entry.at("edits").as_array()) apply(bytes, edit.as_object());
    return bytes;
}

bool all_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

Bytes path_of(const ContainerReader& reader, std::uint64_t index) {
    Bytes path(crypto::path_length(reader.size(), crypto::leaf_size, index) * 32, 0xA5);
    reader.path(index, crypto::leaf_size, path).value();
    return path;
}

// Chunks are right but those that the case names, of which nothing comes out.
void check_chunks(const ContainerReader& reader, const std::set<std::uint64_t>& bad) {
    const Bytes whole = test::content(static_cast<std::size_t>(reader.size()));
    for (std::uint64_t i = 0; i * crypto::leaf_size < reader.size(); ++i) {
        CAPTURE(i);
        const auto length = proto::chunk_length(reader.size(), crypto::leaf_size, i);
        Bytes chunk(length, 0xA5);
        const auto outcome = reader.read_chunk(i, crypto::leaf_size, chunk);
        REQUIRE(outcome.has_value() == !bad.contains(i));
        if (!outcome) {
            CHECK(outcome.error().problem == Problem::not_authentic);
            CHECK(all_zero(chunk));
        } else {
            CHECK(std::ranges::equal(chunk,
                                     ByteView(whole).subspan(static_cast<std::size_t>(i) * crypto::leaf_size, length)));
        }
    }
    Bytes all(whole.size(), 0xA5);
    const auto outcome = reader.read_chunk(0, 65'536, all); // vectors have at most three chunks
    CHECK(outcome.has_value() == bad.empty());
    CHECK((bad.empty() ? all == whole : all_zero(all)));
    all.assign(whole.size(), 0xA5);
    CHECK(reader.read_at(0, all).has_value() == bad.empty());
    CHECK((bad.empty() ? all == whole : all_zero(all)));
}

void check_defect(const json::object& entry, const std::filesystem::path& file, const VaultKey& key) {
    const auto expected = problem_named(test::text(entry.at("error")));
    const auto reader = ContainerReader::open(file, key);
    const auto at = test::text(entry.at("at"));
    if (at == "open") {
        REQUIRE_FALSE(reader.has_value());
        CHECK(reader.error().problem == expected);
        CHECK(reader.error().file == file);
        return;
    }
    REQUIRE(reader.has_value());
    std::set<std::uint64_t> bad;
    if (at == "read") bad = json::value_to<std::set<std::uint64_t>>(entry.at("chunks"));
    check_chunks(**reader, bad);
    Bytes path(crypto::path_length((*reader)->size(), crypto::leaf_size, 0) * 32, 0xA5);
    const auto proven = (*reader)->path(0, crypto::leaf_size, path);
    CHECK(proven.has_value() == (at != "page"));
    if (!proven) {
        CHECK(proven.error().problem == expected);
        CHECK(all_zero(path));
    }
    CHECK(test::problem_of((*reader)->verify()) == expected);
}

} // namespace

TEST_CASE("Good vectors of the vault are read right") {
    const auto good = load_json("good.json");
    const auto key = vector_key();
    for (const auto& item : good.at("items").as_array()) {
        CAPTURE(test::text(item.at("file")));
        const auto reader = ContainerReader::open(folder / test::text(item.at("file")), key).value();
        CHECK(hex_of(reader->item()) == test::text(item.at("item")));
        CHECK(hex_of(reader->root()) == test::text(item.at("root")));
        CHECK(hex_of(reader->note()) == test::text(item.at("note")));
        CHECK(hex_of(reader->metadata()) == test::text(item.at("metadata")));
        REQUIRE(reader->size() == item.at("size").to_number<std::uint64_t>());
        if (reader->size() > 0) check_chunks(*reader, {});
        CHECK(reader->verify().has_value());
        const Bytes whole = test::content(static_cast<std::size_t>(reader->size()));
        for (std::uint64_t i = 0; i * crypto::leaf_size < whole.size(); ++i) {
            const auto chunk = ByteView(whole).subspan(static_cast<std::size_t>(i) * crypto::leaf_size,
                                                       proto::chunk_length(whole.size(), crypto::leaf_size, i));
            CHECK(crypto::proves(reader->root(), whole.size(), crypto::leaf_size, i, chunk, path_of(*reader, i)));
        }
    }
}

TEST_CASE("Bad vectors of the vault: each defect has its error, and not one byte that is not authentic comes out") {
    const test::Folder work;
    const auto key = vector_key();
    std::size_t count = 0;
    const auto cases = load_json("bad.json");
    for (const auto& value : cases.as_array()) {
        const auto& entry = value.as_object();
        if (!entry.contains("file")) continue;
        CAPTURE(test::text(entry.at("name")));
        const auto file = work / "bad.vault";
        test::store(file, edited(entry, "file"));
        check_defect(entry, file, key);
        ++count;
    }
    CHECK(count >= 60);
}

TEST_CASE("Keys of the vault's vectors, and their defects") {
    const test::Folder work;
    const auto good = load_json("good.json");
    const auto file = work / "vault.key";
    const auto secret_file = work / "secret";
    const auto source = [&](const json::object& entry) {
        const auto* secret = entry.if_contains("secret");
        test::store(secret_file, test::from_hex(secret != nullptr ? *secret : good.at("key_file")));
        const auto* other = entry.if_contains("passphrase");
        const auto words = test::text(other != nullptr ? *other : good.at("passphrase"));
        const auto bounds = entry.contains("bounds") ? CostBounds::weak_too : CostBounds::strict;
        return KeySource{[words] { return crypto::Secret::copy_of(as_bytes(words)); }, secret_file, bounds};
    };
    for (const auto* name : {"passphrase.key", "file.key", "weak.key"}) {
        json::object entry;
        if (std::string_view(name) == "weak.key") entry["bounds"] = "weak";
        const auto key = open_vault_key(folder / name, source(entry)).value();
        CHECK(hex_of(key.bytes().view()) == test::text(good.at("vault_key")));
        for (const auto& [label, value] : good.at("sub_keys").as_object()) {
            CHECK(hex_of(key.derive({label.data(), label.size()}).view()) == test::text(value));
        }
    }
    const auto cases = load_json("bad.json");
    for (const auto& value : cases.as_array()) {
        const auto& entry = value.as_object();
        if (!entry.contains("key")) continue;
        CAPTURE(test::text(entry.at("name")));
        test::store(file, edited(entry, "key"));
        CHECK(test::problem_of(open_vault_key(file, source(entry))) == problem_named(test::text(entry.at("error"))));
    }
}
