// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/memory_track.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace cifra::playback {
namespace {

Bytes read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::system_error(errno, std::generic_category(), path.string());
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

} // namespace

MemoryTrack::MemoryTrack(TrackInfo info, Bytes bytes) : info_(std::move(info)), bytes_(std::move(bytes)) {
    info_.size = bytes_.size();
}

MemoryTrack::MemoryTrack(const std::filesystem::path& path)
    : MemoryTrack(TrackInfo{.name = path.filename().string(),
                            .title = {},
                            .artist = {},
                            .album = {},
                            .size = 0,
                            .duration_ms = 0,
                            .index = {}},
                  read_file(path)) {}

ReadResult MemoryTrack::read(MutableBytes out) {
    const std::size_t from = next_;
    const auto count = std::min(out.size(), bytes_.size() - from);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), count, out.begin());
    next_ = from + count;
    return {count > 0 ? ReadResult::Status::data : ReadResult::Status::end, count};
}

void MemoryTrack::seek(std::uint64_t byte_offset) {
    next_ = static_cast<std::size_t>(std::min<std::uint64_t>(byte_offset, bytes_.size()));
}

} // namespace cifra::playback
