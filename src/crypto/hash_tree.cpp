// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash_tree.hpp"

#include "crypto/secret.hpp"

#include <botan/hash.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace cifra::crypto {

namespace {

constexpr std::uint8_t leaf_prefix = 0;
constexpr std::uint8_t node_prefix = 1;

// Kept for the thread: making one costs more than hashing a node.
Botan::HashFunction& sha256() {
    thread_local const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    return *hash;
}

TreeHash finish(Botan::HashFunction& hash) {
    TreeHash out{};
    hash.final(out.data());
    return out;
}

// The level above: neighbours in pairs, and a last one without a neighbour as it is. Doing so level by level splits at
// the largest power of two, as RFC 6962 does from above.
std::vector<TreeHash> level_above(std::span<const TreeHash> level) {
    std::vector<TreeHash> above;
    above.reserve((level.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) above.push_back(hash_node(level[i], level[i + 1]));
    if (level.size() % 2 != 0) above.push_back(level.back());
    return above;
}

std::uint64_t count_of(std::uint64_t size, std::uint32_t unit) noexcept { return size / unit + (size % unit != 0); }

std::uint64_t length_of(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index) noexcept {
    return std::min<std::uint64_t>(chunk_size, size - index * chunk_size);
}

// Steps from a node of a level with `count` nodes up to the root; `sibling` is called with the one beside each time
// that there is one.
template <class Visit>
void climb(std::uint64_t index, std::uint64_t count, Visit sibling) {
    for (unsigned level = 0; count > 1; ++level, index /= 2, count = (count + 1) / 2) {
        if ((index ^ 1) < count) sibling(level, index ^ 1);
    }
}

} // namespace

TreeHash hash_leaf(ByteView bytes) {
    auto& hash = sha256();
    hash.update(leaf_prefix);
    hash.update(bytes.data(), bytes.size());
    return finish(hash);
}

TreeHash hash_node(const TreeHash& left, const TreeHash& right) {
    auto& hash = sha256();
    hash.update(node_prefix);
    hash.update(left.data(), left.size());
    hash.update(right.data(), right.size());
    return finish(hash);
}

TreeHash root_of(std::span<const TreeHash> leaves) {
    if (leaves.empty()) return finish(sha256());
    if (leaves.size() == 1) return leaves.front();
    auto level = level_above(leaves);
    while (level.size() > 1) level = level_above(level);
    return level.front();
}

TreeHash node_of_chunk(ByteView chunk) {
    std::vector<TreeHash> leaves;
    leaves.reserve(static_cast<std::size_t>(leaf_count(chunk.size())));
    for (std::size_t at = 0; at < chunk.size(); at += leaf_size) {
        leaves.push_back(hash_leaf(chunk.subspan(at, std::min<std::size_t>(leaf_size, chunk.size() - at))));
    }
    return root_of(leaves);
}

std::uint64_t leaf_count(std::uint64_t size) noexcept { return count_of(size, leaf_size); }

bool is_tree_chunk_size(std::uint32_t chunk_size) noexcept {
    return chunk_size >= leaf_size && std::has_single_bit(chunk_size);
}

std::size_t path_length(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index) noexcept {
    if (!is_tree_chunk_size(chunk_size)) return 0;
    const auto count = count_of(size, chunk_size);
    if (index >= count) return 0;
    std::size_t length = 0;
    climb(index, count, [&](unsigned, std::uint64_t) { ++length; });
    return length;
}

bool proves(const TreeHash& root, std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index, ByteView chunk,
            ByteView path) {
    if (!is_tree_chunk_size(chunk_size)) return false;
    const auto count = count_of(size, chunk_size);
    if (index >= count || chunk.size() != length_of(size, chunk_size, index)) return false;
    if (path.size() != path_length(size, chunk_size, index) * sizeof(TreeHash)) return false;
    auto node = node_of_chunk(chunk);
    climb(index, count, [&](unsigned, std::uint64_t sibling) {
        TreeHash beside{};
        std::ranges::copy(path.first(beside.size()), beside.begin());
        path = path.subspan(beside.size());
        node = sibling % 2 == 0 ? hash_node(beside, node) : hash_node(node, beside);
    });
    return equal(node, root);
}

HashTree::HashTree(std::vector<TreeHash> leaves) : leaves_(leaves.size()) {
    if (leaves.empty()) leaves.push_back(root_of({}));
    levels_.push_back(std::move(leaves));
    while (levels_.back().size() > 1) levels_.push_back(level_above(levels_.back()));
}

void HashTree::path(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index, MutableBytes out) const {
    if (leaf_count(size) != leaves_) throw std::logic_error("a hash tree of an item of another size");
    if (!is_tree_chunk_size(chunk_size) || index >= count_of(size, chunk_size)) {
        throw std::logic_error("a chunk that the item does not have");
    }
    if (out.size() != path_length(size, chunk_size, index) * sizeof(TreeHash)) {
        throw std::logic_error("not the length of the path");
    }
    const auto lowest = static_cast<unsigned>(std::countr_zero(chunk_size / leaf_size));
    climb(index, count_of(size, chunk_size), [&](unsigned level, std::uint64_t sibling) {
        const auto& hash = levels_.at(lowest + level).at(static_cast<std::size_t>(sibling));
        std::ranges::copy(hash, out.begin());
        out = out.subspan(hash.size());
    });
}

} // namespace cifra::crypto
