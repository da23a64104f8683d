// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/playback/track.hpp"

#include <atomic>
#include <filesystem>

namespace cifra::playback {

// A track that is wholly in memory: a local file, or a test.
class MemoryTrack final : public TrackSource {
  public:
    MemoryTrack(TrackInfo info, Bytes bytes);
    // Throws std::system_error if the file cannot be read. The name is the file's, the tags are left to the decoder.
    explicit MemoryTrack(const std::filesystem::path& path);

    void prepare() override { seek(0); }
    ReadResult read(MutableBytes out) override;
    void seek(std::uint64_t byte_offset) override;
    void close() override {}

    TrackInfo info() const override { return info_; }
    void wake() override {} // read() never waits
    std::uint64_t buffered() const override { return bytes_.size() - next_; }
    std::string status() const override { return {}; }
    std::string error() const override { return {}; }

  private:
    TrackInfo info_;
    Bytes bytes_;
    std::atomic<std::size_t> next_ = 0;
};

} // namespace cifra::playback
