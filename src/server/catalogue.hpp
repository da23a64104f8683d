// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the server lends: what is in the vault and the files below media_dir, as immutable snapshots.
#pragma once

#include "proto/messages.hpp"
#include "server/file_io.hpp"
#include "vault/vault.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cifra::server {

inline constexpr std::uint32_t audio_chunk_size = 16'384; // bytes
inline constexpr std::uint32_t file_chunk_size = 262'144; // bytes

// Of an item of the vault.
struct Sealed {
    proto::ManifestSignature signature;
    std::string owner; // who uploaded it, as upload_owner() names him; empty: the operator put it there
};
struct Item {
    proto::Manifest manifest; // name: of a plain one, relative to media_dir
    std::shared_ptr<const Sealed> sealed;
    FileStamp stamp;        // of a plain one
    std::string folded;     // what a query is matched against
    proto::Sha256 digest{}; // of the manifest
};
using ItemPtr = std::shared_ptr<const Item>;

// For a session whose chunk limit may be below the item's chunk size.
proto::Manifest manifest_for(const Item& item, std::uint32_t chunk_limit);
proto::Id16 item_id(std::string_view name);

class Snapshot {
  public:
    // `items` is sorted by name.
    explicit Snapshot(std::vector<ItemPtr> items);

    // Depends on names and contents alone: the same after a restart, another one after any change. Never 0.
    std::uint64_t revision() const noexcept { return revision_; }
    const std::vector<ItemPtr>& items() const noexcept { return items_; }
    ItemPtr find(const proto::Id16& item) const;
    ItemPtr find_name(std::string_view name) const;

    // Entries that match, sorted by name; as many as `limit` (0: any number) and a CATALOGUE's length allow. `cursor`
    // is 0 or the next_cursor of the page before, of the same revision and query. The request's number is left to the
    // caller.
    proto::Catalogue page(std::string_view query, std::uint64_t cursor, std::uint16_t limit,
                          std::uint32_t chunk_limit) const;

  private:
    struct IdHash {
        std::size_t operator()(const proto::Id16& item) const noexcept;
    };
    std::vector<ItemPtr> items_;
    std::unordered_map<proto::Id16, ItemPtr, IdHash> by_id_;
    std::uint64_t revision_ = 0;
};

struct ScanReport {
    bool complete = false; // false: media_dir could not be read, or cancelled; the snapshot is as it was
    bool cancelled = false;
    std::size_t items = 0;
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t removed = 0;
    std::size_t skipped = 0; // unreadable, or no name for an item
    std::size_t read = 0;    // not known from before
    std::uint64_t read_bytes = 0;
};

// Any thread may call. Empty until the first rescan.
class Catalogue {
  public:
    // Either may be missing, media_dir or vault.
    Catalogue(std::filesystem::path media_dir, const std::filesystem::path& state_dir,
              std::shared_ptr<const vault::Vault> vault = {});

    // To be kept in a variable while its items are looked at.
    std::shared_ptr<const Snapshot> snapshot() const;
    // Looks at every file and reads the new and the changed ones whole. Blocks: for a thread of its own.
    ScanReport rescan();
    // Ends a scan soon and every later one at once. What it has read so far is kept in the index for the next start.
    void cancel() noexcept { cancelled_ = true; }
    bool is_cancelled() const noexcept { return cancelled_; }
    // Something was put into the vault, or taken out of it, since the last scan or add.
    bool vault_changed() const;
    // Takes in what the vault has just got.
    void add_sealed(const ItemPtr& item);
    // Takes in one plain file, whose hash may be known already. Nothing when it is no item.
    ItemPtr add(const std::string& name, const std::optional<proto::Sha256>& known = std::nullopt);

    const std::filesystem::path& media_dir() const noexcept { return media_dir_; }

  private:
    void load_index();
    bool read_plain(std::vector<ItemPtr>& items, const Snapshot& before, ScanReport& report);
    bool read_sealed(std::vector<ItemPtr>& items, const Snapshot& before, ScanReport& report);
    std::vector<ItemPtr> read_items(int folder, const std::vector<std::string>& names, const Snapshot& before,
                                    ScanReport& report);
    void save_index(const std::vector<ItemPtr>& items);
    void publish(std::vector<ItemPtr> items);

    const std::filesystem::path media_dir_;
    const std::filesystem::path index_file_;
    const std::shared_ptr<const vault::Vault> vault_;
    std::atomic<std::int64_t> vault_seen_{0}; // ns: when its folder of items was changed last, as of the last scan
    std::atomic<bool> cancelled_{false};
    std::mutex scanning_;                              // one scan at a time
    std::unordered_map<std::string, ItemPtr> indexed_; // of the index file, until the first scan; under scanning_
    std::mutex changing_; // one change of snapshot and index file at a time: brief, so that no upload waits for a scan
    bool index_is_good_ = false;
    mutable std::mutex mutex_; // of snapshot_ alone
    std::shared_ptr<const Snapshot> snapshot_;
};

} // namespace cifra::server
