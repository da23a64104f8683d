// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The folder of a vault, as several programs may use it at once:
//
//     vault.key            the vault key, wrapped
//     items/HEX32.vault    an item, under its id
//     incoming/            what is being written: HEX32.import, and HEX32.part, which goes on after a restart
#pragma once

#include "vault/reader.hpp"
#include "vault/writer.hpp"

#include <map>
#include <mutex>
#include <vector>

namespace cifra::vault {

struct ItemInfo {
    proto::Id16 item{};
    std::uint64_t size = 0; // plaintext bytes
    crypto::TreeHash root{};
    Bytes note;
    Bytes metadata;
};

struct Listing {
    std::vector<ItemInfo> items;  // by id
    std::vector<Failure> damaged; // what lies there and cannot be read
};

struct PartialInfo {
    proto::Id16 item{};
    std::uint64_t size = 0;    // plaintext bytes, when it is whole
    std::uint64_t arrived = 0; // of these, by the file's length; resuming tells exactly
    Bytes note;
    std::filesystem::path file;
    std::filesystem::file_time_type changed; // for whoever throws old ones away
};

struct Partials {
    std::vector<PartialInfo> partials; // by file
    std::vector<Failure> damaged;      // remove_partial() takes them away, unless somebody has just begun to write one
};

// Any thread may call.
class Vault {
  public:
    // Both folders, 0700; what is there stays. Durable.
    static Outcome<void> make_folders(const std::filesystem::path& dir);
    // Takes away what imports that were killed left behind. Throws std::runtime_error when the folders are not there.
    Vault(std::filesystem::path dir, VaultKey key);

    static std::filesystem::path key_file(const std::filesystem::path& dir) { return dir / "vault.key"; }
    const std::filesystem::path& dir() const noexcept { return dir_; }
    const VaultKey& key() const noexcept { return key_; }
    static proto::Id16 new_id(Botan::RandomNumberGenerator& rng);

    // Header, metadata and top of the tree of each are proven; chunks are not read.
    Outcome<Listing> items() const;
    // One reader for all listeners of an item.
    Outcome<std::shared_ptr<const ContainerReader>> find(const proto::Id16& item) const;
    Outcome<void> remove(const proto::Id16& item);
    // Every byte of it.
    Outcome<void> verify(const proto::Id16& item, const Cancelled& cancelled = {}) const;

    // `exists` when there is such an item, now or at finish().
    Outcome<std::unique_ptr<ContainerWriter>> import(const proto::Id16& item, ByteView note = {});
    // A partial item that outlives the program. `identity` names it: the same one goes on, what had arrived is given to
    // `take`. `item` needs its size; of one that goes on, id and note stay what they were. One that cannot go on starts
    // afresh. `busy` while another writer has it.
    Outcome<std::unique_ptr<ContainerWriter>> upload(ByteView identity, NewItem item, const TakePiece& take);
    Outcome<Partials> partials() const;
    Outcome<void> remove_partial(const std::filesystem::path& file);

    // For tests: stands in for fsync of what is written.
    void set_sync(std::function<int(int fd)> sync) { sync_ = std::move(sync); }

  private:
    std::filesystem::path file_of(const proto::Id16& item) const { return items_ / container_name(item); }
    void remove_leftovers() const;

    const std::filesystem::path dir_;
    const std::filesystem::path items_;
    const std::filesystem::path incoming_;
    const VaultKey key_;
    std::function<int(int fd)> sync_;

    struct Held {
        std::uint64_t inode = 0;
        std::weak_ptr<const ContainerReader> reader;
    };
    mutable std::mutex mutex_;
    mutable std::map<proto::Id16, Held> held_;
};

} // namespace cifra::vault
