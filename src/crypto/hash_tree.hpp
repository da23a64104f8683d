// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The tree of RFC 6962 over SHA-256, by which one chunk of an item is proven without the others. A leaf is 16 KiB of
// the item, the last one may be shorter; an item without bytes has the root SHA-256("").
//
// A chunk is an aligned block of leaves, which is always a node of this tree: its path leads from that node to the
// root, the nearest sibling first.
#pragma once

#include "proto/bytes.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cifra::crypto {

inline constexpr std::uint32_t leaf_size = 16'384;
using TreeHash = std::array<std::uint8_t, 32>;

TreeHash hash_leaf(ByteView bytes);
TreeHash hash_node(const TreeHash& left, const TreeHash& right);

TreeHash root_of(std::span<const TreeHash> leaves);
// Of a chunk that begins at a leaf: the root of its own leaves.
TreeHash node_of_chunk(ByteView chunk);

std::uint64_t leaf_count(std::uint64_t size) noexcept;
// A power of two, not below leaf_size.
bool is_tree_chunk_size(std::uint32_t chunk_size) noexcept;
// Hashes in the path of chunk `index` of an item of `size` bytes; 0 for a chunk that there is not.
std::size_t path_length(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index) noexcept;

// Whether `chunk` is chunk `index` of the item of `size` bytes with this root. False too for a chunk, chunk size or
// path of a wrong length.
[[nodiscard]] bool proves(const TreeHash& root, std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index,
                          ByteView chunk, ByteView path);

// All levels, about 64 bytes a leaf.
class HashTree {
  public:
    explicit HashTree(std::vector<TreeHash> leaves);

    const TreeHash& root() const noexcept { return levels_.back().front(); }
    // Writes path_length() hashes, 32 bytes each. Throws std::logic_error when `out` has another length, or the chunk
    // is none of this tree.
    void path(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index, MutableBytes out) const;

  private:
    std::vector<std::vector<TreeHash>> levels_; // leaves first; the last has the root alone
    std::uint64_t leaves_;
};

} // namespace cifra::crypto
