// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Reading an item of the vault: any chunk at any time, by many listeners at once, in constant time and little memory.
#pragma once

#include "crypto/hash_tree.hpp"
#include "proto/messages.hpp"
#include "vault/failure.hpp"
#include "vault/vault_key.hpp"

#include <functional>
#include <memory>

namespace cifra::vault {

// Asked again and again by work that may be long: whether nobody wants its result any more. Empty: it is wanted.
using Cancelled = std::function<bool()>;

// Keeps its file open, so that an item which is removed meanwhile is read to its end. Any thread may call. What comes
// out is proven; after a failure `out` holds zeros.
class ContainerReader {
  public:
    // Header, note, metadata and the top of the hash tree are then proven. `incomplete` for a partial one.
    static Outcome<std::shared_ptr<const ContainerReader>> open(const std::filesystem::path& file, const VaultKey& key);
    ~ContainerReader();
    ContainerReader(const ContainerReader&) = delete;
    ContainerReader& operator=(const ContainerReader&) = delete;

    const proto::Id16& item() const noexcept;
    std::uint64_t size() const noexcept; // plaintext bytes
    const crypto::TreeHash& root() const noexcept;
    ByteView note() const noexcept;
    ByteView metadata() const noexcept;

    // A chunk of a stream whose chunk size is a power of two from 16 KiB to 1 MiB. `out` has exactly its length
    // (std::logic_error otherwise). Blocks on the disk.
    Outcome<void> read_chunk(std::uint64_t index, std::uint32_t chunk_size, MutableBytes out) const;
    // Its audit path; `out` has path_length() hashes of 32 bytes.
    Outcome<void> path(std::uint64_t index, std::uint32_t chunk_size, MutableBytes out) const;
    // Any bytes of the item.
    Outcome<void> read_at(std::uint64_t offset, MutableBytes out) const;

    // Reads all of it: every chunk against the hash tree, whose root the header has. `stopped` when cancelled.
    Outcome<void> verify(const Cancelled& cancelled = {}) const;

  private:
    struct Inside;
    explicit ContainerReader(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

} // namespace cifra::vault
