// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/media_file.hpp"

#include "server/log.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cifra::server {

ReadStatus MediaFile::read_chunk(std::uint64_t index, std::uint32_t chunk_size, MutableBytes path,
                                 MutableBytes out) const {
    if (!path.empty() || out.empty() || out.size() != proto::chunk_length(stamp_.size, chunk_size, index)) {
        throw std::logic_error("read_chunk: not the length of the chunk");
    }
    const int error = read_at(file_.get(), index * chunk_size, out);
    FileStamp now;
    // Behind the read: a change before it or during it shows here. It also tells a shortened file from a bad disk.
    if (!stamp_of(file_.get(), now)) return ReadStatus::read_failed;
    if (now != stamp_) return ReadStatus::changed;
    return error == 0 ? ReadStatus::ok : ReadStatus::read_failed;
}

namespace {

// An item of the vault. Its reader proves each chunk, so that none comes out which is not what was put in.
class SealedMedia final : public MediaSource {
  public:
    explicit SealedMedia(std::shared_ptr<const vault::ContainerReader> reader) : reader_(std::move(reader)) {}

    ReadStatus read_chunk(std::uint64_t index, std::uint32_t chunk_size, MutableBytes path,
                          MutableBytes chunk) const override {
        if (const auto read = reader_->read_chunk(index, chunk_size, chunk); !read) return told(read.error());
        if (const auto read = reader_->path(index, chunk_size, path); !read) return told(read.error());
        return ReadStatus::ok;
    }

  private:
    static ReadStatus told(const vault::Failure& failure) {
        log(Level::error, "vault", {{"reason", failure.text()}});
        return ReadStatus::read_failed;
    }
    std::shared_ptr<const vault::ContainerReader> reader_;
};

proto::ErrorCode code_of(const vault::Failure& failure) {
    if (failure.problem == vault::Problem::not_there) return proto::ErrorCode::unavailable;
    log(Level::error, "vault", {{"reason", failure.text()}});
    return proto::ErrorCode::read_failed;
}

} // namespace

Outcome<std::shared_ptr<const MediaSource>> MediaFiles::open(const Item& item) {
    if (item.sealed) return open_sealed(item);
    return open_plain(item);
}

Outcome<std::shared_ptr<const MediaSource>> MediaFiles::open_sealed(const Item& item) const {
    const auto reader = vault_->find(item.manifest.item);
    if (!reader) return code_of(reader.error());
    // Another one of the same name has been put in its place.
    if ((*reader)->root() != item.manifest.root) return proto::ErrorCode::changed;
    return std::make_shared<const SealedMedia>(*reader);
}

Outcome<std::shared_ptr<const MediaSource>> MediaFiles::open_plain(const Item& item) {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(item.manifest.item);
    if (found != held_.end() && found->second.stamp == item.stamp) {
        if (auto file = found->second.file.lock()) return file;
    }
    const auto folder = open_folder(media_dir_);
    auto descriptor = folder ? open_beneath(folder.get(), item.manifest.name) : Descriptor();
    FileStamp stamp;
    if (!descriptor || !stamp_of(descriptor.get(), stamp)) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) return proto::ErrorCode::unavailable;
        log(Level::error, "item cannot be opened", {{"name", item.manifest.name}, {"reason", std::strerror(error)}});
        return proto::ErrorCode::read_failed;
    }
    if (stamp != item.stamp) return proto::ErrorCode::changed;
    const std::shared_ptr<const MediaSource> file = std::make_shared<const MediaFile>(std::move(descriptor), stamp);
    std::erase_if(held_, [](const auto& entry) { return entry.second.file.expired(); });
    held_[item.manifest.item] = {stamp, file};
    return file;
}

} // namespace cifra::server
