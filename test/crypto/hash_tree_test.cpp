// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash_tree.hpp"

#include <botan/hash.h>
#include <botan/hex.h>
#include <boost/json.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>
#include <stdexcept>

#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

Bytes content(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 131 + i / 256 * 7 + i / 16384 * 29);
    return bytes;
}

std::vector<TreeHash> leaves_of(ByteView item) {
    std::vector<TreeHash> leaves;
    for (std::size_t at = 0; at < item.size(); at += leaf_size) {
        leaves.push_back(hash_leaf(item.subspan(at, std::min<std::size_t>(leaf_size, item.size() - at))));
    }
    return leaves;
}

ByteView chunk_of(ByteView item, std::uint32_t chunk_size, std::size_t index) {
    const auto at = index * chunk_size;
    return item.subspan(at, std::min<std::size_t>(chunk_size, item.size() - at));
}

Bytes path_of(const HashTree& tree, std::size_t size, std::uint32_t chunk_size, std::uint64_t index) {
    Bytes path(path_length(size, chunk_size, index) * 32);
    tree.path(size, chunk_size, index, path);
    return path;
}

std::string hex(const TreeHash& hash) { return Botan::hex_encode(hash.data(), hash.size(), false); }

constexpr std::array<std::uint32_t, 7> chunk_sizes{16'384, 32'768, 65'536, 131'072, 262'144, 524'288, 1'048'576};

} // namespace

TEST_CASE("Roots of RFC 6962's reference data") {
    const auto vectors = test::load_vectors("hash_tree").at("rfc6962");
    std::vector<TreeHash> leaves;
    for (const auto& leaf : vectors.at("leaves").as_array()) leaves.push_back(hash_leaf(test::bytes(leaf)));
    const auto& roots = vectors.at("roots").as_array();
    REQUIRE(roots.size() == leaves.size() + 1);
    for (std::size_t n = 0; n < roots.size(); ++n) {
        CAPTURE(n);
        CHECK(hex(root_of(std::span(leaves).first(n))) == test::text(roots[n]));
        CHECK(hex(HashTree({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(n)}).root()) ==
              test::text(roots[n]));
    }
}

TEST_CASE("Hash trees of 0 to 40 leaves: roots, and paths at every chunk size, are those of another implementation") {
    const auto vectors = test::load_vectors("hash_tree");
    for (const auto& entry : vectors.at("cases").as_array()) {
        const auto size = entry.at("size").to_number<std::size_t>();
        CAPTURE(size);
        const Bytes item = content(size);
        const HashTree tree(leaves_of(item));
        CHECK(hex(tree.root()) == test::text(entry.at("root")));
        CHECK(tree.root() == node_of_chunk(item));
        for (const auto chunk_size : chunk_sizes) {
            CAPTURE(chunk_size);
            const auto& expected = entry.at("paths").at(std::to_string(chunk_size));
            const auto all = Botan::HashFunction::create_or_throw("SHA-256");
            std::ostringstream lengths;
            for (std::size_t i = 0; i * chunk_size < size; ++i) {
                const auto path = path_of(tree, size, chunk_size, i);
                lengths << (i > 0 ? " " : "") << path.size() / 32;
                all->update(path);
                CHECK(proves(tree.root(), size, chunk_size, i, chunk_of(item, chunk_size, i), path));
            }
            CHECK(lengths.str() == test::text(expected.at("lengths")));
            CHECK(Botan::hex_encode(all->final(), false) == test::text(expected.at("sha256")));
        }
    }
}

TEST_CASE("A flipped bit in a chunk, in its path or in the root proves nothing") {
    const std::size_t size = 11 * leaf_size + 100;
    const Bytes item = content(size);
    const HashTree tree(leaves_of(item));
    for (const std::uint32_t chunk_size : {16'384U, 65'536U}) {
        for (std::size_t index = 0; index * chunk_size < size; ++index) {
            CAPTURE(chunk_size, index);
            const auto whole = chunk_of(item, chunk_size, index);
            Bytes chunk(whole.begin(), whole.end());
            Bytes path = path_of(tree, size, chunk_size, index);
            const auto good = [&](const TreeHash& root) { return proves(root, size, chunk_size, index, chunk, path); };
            REQUIRE(good(tree.root()));
            // Bytes at a stride that is prime to the leaves' size, both ends, and each bit in turn.
            for (std::size_t at = 0; at < chunk.size(); at += 1013) {
                chunk[at] ^= static_cast<std::uint8_t>(1U << at % 8);
                CHECK_FALSE(good(tree.root()));
                chunk[at] ^= static_cast<std::uint8_t>(1U << at % 8);
            }
            chunk.back() ^= 1;
            CHECK_FALSE(good(tree.root()));
            chunk.back() ^= 1;
            for (std::size_t bit = 0; bit < path.size() * 8; bit += 5) {
                path[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
                CHECK_FALSE(good(tree.root()));
                path[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            }
            for (std::size_t bit = 0; bit < 256; ++bit) {
                auto root = tree.root();
                root.at(bit / 8) ^= static_cast<std::uint8_t>(1U << bit % 8);
                CHECK_FALSE(good(root));
            }
            REQUIRE(good(tree.root()));
        }
    }
}

TEST_CASE("A chunk proves nothing at another place, for another size, or with a path or chunk of another length") {
    const std::size_t size = 9 * leaf_size;
    const Bytes item = content(size);
    const HashTree tree(leaves_of(item));
    const auto& root = tree.root();
    const std::uint32_t chunk_size = 2 * leaf_size;
    for (std::size_t index = 0; index < 5; ++index) {
        CAPTURE(index);
        const auto chunk = chunk_of(item, chunk_size, index);
        const Bytes path = path_of(tree, size, chunk_size, index);
        REQUIRE(proves(root, size, chunk_size, index, chunk, path));
        Bytes longer = path;
        longer.resize(path.size() + 32);
        CHECK_FALSE(proves(root, size, chunk_size, index, chunk, longer));
        CHECK_FALSE(proves(root, size, chunk_size, index, chunk, ByteView(path).first(path.size() - 32)));
        CHECK_FALSE(proves(root, size, chunk_size, index, chunk, ByteView(path).first(path.size() - 1)));
        CHECK_FALSE(proves(root, size, chunk_size, index, chunk, {}));
        CHECK_FALSE(proves(root, size, chunk_size, index, chunk.first(chunk.size() - 1), path));
        CHECK_FALSE(proves(root, size, chunk_size, index, {}, path));
        CHECK_FALSE(proves(root, size, leaf_size, index, chunk, path));
        CHECK_FALSE(proves(root, size, 2 * chunk_size, index, chunk, path));
        CHECK_FALSE(proves(root, size, chunk_size + 1, index, chunk, path));
        CHECK_FALSE(proves(root, size, 0, index, chunk, path));
        CHECK_FALSE(proves(root, 17 * std::size_t{leaf_size}, chunk_size, index, chunk, path));
        for (std::size_t other = 0; other < 8; ++other) {
            CHECK(proves(root, size, chunk_size, other, chunk, path) == (other == index));
        }
    }
    CHECK_FALSE(proves(root, 0, chunk_size, 0, {}, {}));
    CHECK_FALSE(proves(root, size, chunk_size, ~std::uint64_t{0}, {}, {}));
}

TEST_CASE("A node is no leaf, and a tree's root no leaf of another tree") {
    const Bytes item = content(2 * leaf_size);
    const auto leaves = leaves_of(item);
    Bytes pair(leaves[0].begin(), leaves[0].end());
    pair.insert(pair.end(), leaves[1].begin(), leaves[1].end());
    CHECK(hash_leaf(pair) != hash_node(leaves[0], leaves[1]));
    CHECK_FALSE(proves(root_of(leaves), pair.size(), leaf_size, 0, pair, {}));
}

TEST_CASE("A hash tree of 64 bit sizes: lengths of paths without a tree, misuse throws") {
    CHECK(path_length(~std::uint64_t{0}, leaf_size, 0) == 50);
    CHECK(path_length(~std::uint64_t{0}, 1'048'576, 0) == 44);
    CHECK(path_length(~std::uint64_t{0}, leaf_size, (std::uint64_t{1} << 50) - 1) == 50);
    CHECK(path_length(~std::uint64_t{0}, leaf_size, std::uint64_t{1} << 50) == 0);
    CHECK(path_length(0, leaf_size, 0) == 0);
    CHECK(path_length(1, 0, 0) == 0);

    const HashTree tree(leaves_of(content(3 * leaf_size)));
    Bytes path(64);
    CHECK_NOTHROW(tree.path(3 * leaf_size, leaf_size, 0, path));
    CHECK_THROWS_AS(tree.path(3 * leaf_size, leaf_size, 2, path), std::logic_error);
    CHECK_THROWS_AS(tree.path(3 * leaf_size, leaf_size, 3, {}), std::logic_error);
    CHECK_THROWS_AS(tree.path(3 * leaf_size, leaf_size / 2, 0, path), std::logic_error);
    CHECK_THROWS_AS(tree.path(4 * leaf_size, leaf_size, 0, path), std::logic_error);
}
