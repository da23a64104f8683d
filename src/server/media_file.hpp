// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Reading the chunks of an item, at random and by many listeners at once.
#pragma once

#include "server/catalogue.hpp"
#include "server/file_io.hpp"
#include "server/outcome.hpp"
#include "vault/vault.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace cifra::server {

enum class ReadStatus { ok, changed, read_failed };

// An item that is open, plain or sealed. Any thread may read.
class MediaSource {
  public:
    MediaSource() = default;
    virtual ~MediaSource() = default;
    MediaSource(const MediaSource&) = delete;
    MediaSource& operator=(const MediaSource&) = delete;

    // `chunk` has exactly the length of that chunk, `path` that of its path in the tree of a sealed item, else none
    // (std::logic_error otherwise); they hold nothing of use unless ok. Blocks on the disk. `changed` when it is no
    // longer what the catalogue describes.
    virtual ReadStatus read_chunk(std::uint64_t index, std::uint32_t chunk_size, MutableBytes path,
                                  MutableBytes chunk) const = 0;
};

// A plain one keeps its file open, so that a file which is renamed or unlinked meanwhile is read to its end.
class MediaFile final : public MediaSource {
  public:
    MediaFile(Descriptor file, const FileStamp& stamp) noexcept : file_(std::move(file)), stamp_(stamp) {}

    std::uint64_t size() const noexcept { return stamp_.size; }
    ReadStatus read_chunk(std::uint64_t index, std::uint32_t chunk_size, MutableBytes path,
                          MutableBytes chunk) const override;

  private:
    Descriptor file_;
    FileStamp stamp_;
};

// One source for all listeners of an item. Any thread may call.
class MediaFiles {
  public:
    explicit MediaFiles(std::filesystem::path media_dir, std::shared_ptr<const vault::Vault> vault = {})
        : media_dir_(std::move(media_dir)), vault_(std::move(vault)) {}

    // UNAVAILABLE: gone. CHANGED: no longer what the catalogue describes; a rescan is due. READ_FAILED: the disk, or
    // too many open files.
    Outcome<std::shared_ptr<const MediaSource>> open(const Item& item);

  private:
    Outcome<std::shared_ptr<const MediaSource>> open_plain(const Item& item);
    Outcome<std::shared_ptr<const MediaSource>> open_sealed(const Item& item) const;
    struct Held {
        FileStamp stamp;
        std::weak_ptr<const MediaSource> file;
    };
    std::filesystem::path media_dir_;
    std::shared_ptr<const vault::Vault> vault_;
    std::mutex mutex_;
    std::map<proto::Id16, Held> held_;
};

} // namespace cifra::server
