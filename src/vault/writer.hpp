// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Writing an item into the vault: sealed from its first byte on, in little memory, and under its name only when it is
// whole and durable.
//
//     append()… , end(), [read_at()…], finish(metadata)
//
// One thread at a time. The first failure stays: every later call gives the same. Misuse throws std::logic_error.
#pragma once

#include "crypto/hash_tree.hpp"
#include "proto/messages.hpp"
#include "vault/failure.hpp"
#include "vault/vault_key.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace cifra::vault {

struct NewItem {
    proto::Id16 item{};
    Bytes note = {}; // at most 4096 bytes, sealed; for whoever keeps accounts, as of uploads
    // Known from the start: a partial one can go on after a restart, and takes no more.
    std::optional<std::uint64_t> size = {};
};

// Given what had arrived before, piece by piece. False: nobody wants it any more.
using TakePiece = std::function<bool(ByteView piece)>;

struct WriterPlace {
    std::filesystem::path file;           // until it is whole; on the file system of `folder`
    std::filesystem::path folder;         // then HEX32.vault in here
    std::function<int(int fd)> sync = {}; // 0, or -1 and errno; fsync when empty
};

class ContainerWriter {
  public:
    // `exists` when the file is there. With a known size the file is kept when the writer goes, else it is removed.
    static Outcome<std::unique_ptr<ContainerWriter>> create(WriterPlace place, const VaultKey& key, NewItem item);
    // Goes on with what create() made for an item of known size: at the first chunk that is not there or not authentic.
    // `busy` when another writer has it.
    static Outcome<std::unique_ptr<ContainerWriter>> resume(WriterPlace place, const VaultKey& key,
                                                            const TakePiece& take);
    ~ContainerWriter();
    ContainerWriter(const ContainerWriter&) = delete;
    ContainerWriter& operator=(const ContainerWriter&) = delete;

    const proto::Id16& item() const noexcept;
    ByteView note() const noexcept;
    std::uint64_t size() const noexcept;         // plaintext bytes taken so far
    std::uint64_t durable_size() const noexcept; // of these, what sync() made durable: whole chunks of 16 KiB

    // Any length. `out_of_bounds` beyond the known size or 4 TiB; nothing of it is taken then.
    Outcome<void> append(ByteView bytes);
    Outcome<void> sync();
    // No more comes: the root of the hash tree. `incomplete`, and it may go on, when the known size is not reached.
    Outcome<crypto::TreeHash> end();
    // After end(): any bytes of the item, read back, as tags are.
    Outcome<void> read_at(std::uint64_t offset, MutableBytes out) const;
    // After end(): durable and under its name when it returns. `exists` when the name is taken.
    Outcome<void> finish(ByteView metadata);
    // Away with it.
    void discard();

  private:
    struct Inside;
    explicit ContainerWriter(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

std::string hex_of(ByteView bytes);
// HEX32.vault
std::string container_name(const proto::Id16& item);

} // namespace cifra::vault
