// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/media_file.hpp"

#include "server/log.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cifra::server {

ReadStatus MediaFile::read_chunk(std::uint64_t index, std::uint32_t chunk_size, MutableBytes out) const {
    if (out.empty() || out.size() != proto::chunk_length(stamp_.size, chunk_size, index)) {
        throw std::logic_error("read_chunk: not the length of the chunk");
    }
    const int error = read_at(file_.get(), index * chunk_size, out);
    FileStamp now;
    // Behind the read: a change before it or during it shows here. It also tells a shortened file from a bad disk.
    if (!stamp_of(file_.get(), now)) return ReadStatus::read_failed;
    if (now != stamp_) return ReadStatus::changed;
    return error == 0 ? ReadStatus::ok : ReadStatus::read_failed;
}

Outcome<std::shared_ptr<const MediaFile>> MediaFiles::open(const Item& item) {
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
    auto file = std::make_shared<const MediaFile>(std::move(descriptor), stamp);
    std::erase_if(held_, [](const auto& entry) { return entry.second.file.expired(); });
    held_[item.manifest.item] = {stamp, file};
    return file;
}

} // namespace cifra::server
