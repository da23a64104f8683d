// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the player plays: one track as a source of bytes. The player's decoder thread pulls; whoever has the bytes
// (the network, a file) implements this.
#pragma once

#include "proto/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cifra::playback {

// Byte offsets of every step-th MPEG frame, as mpg123_index() gives them after mpg123_scan(). Empty: none.
struct SeekIndex {
    std::uint32_t step = 0;
    std::vector<std::uint64_t> offsets;
};

struct TrackInfo {
    std::string name;
    std::string title; // title, artist and album may be empty: then the tags in the file are shown
    std::string artist;
    std::string album;
    std::uint64_t size = 0;        // bytes
    std::uint32_t duration_ms = 0; // 0: unknown
    SeekIndex index;
};

struct ReadResult {
    enum class Status { data, end, woken, failed };
    Status status = Status::end;
    std::size_t count = 0; // bytes, above 0 if and only if status is data
};

// The first group of functions is called by the player's decoder thread only, the second by any thread.
class TrackSource {
  public:
    TrackSource() = default;
    TrackSource(const TrackSource&) = delete;
    TrackSource& operator=(const TrackSource&) = delete;
    virtual ~TrackSource() = default;

    // The track is wanted, from byte 0 on: start to fetch it. Does not block. Called once before the first read(), and
    // again if the player comes back to the track after close().
    virtual void prepare() = 0;
    // Blocks until there is at least one byte, the end, a failure (then error() tells which) or a wake().
    virtual ReadResult read(MutableBytes out) = 0;
    // The next read() begins at this byte; an offset at or beyond the size is the end. Does not block.
    virtual void seek(std::uint64_t byte_offset) = 0;
    // The player has left the track. Does not block.
    virtual void close() = 0;

    // What is known so far; final as soon as read() has given a byte.
    virtual TrackInfo info() const = 0;
    // Makes the read() that waits now, or else the next one, return `woken`.
    virtual void wake() = 0;
    // Bytes that read() would give without waiting.
    virtual std::uint64_t buffered() const = 0;
    // What the listener should know, such as "reconnecting"; empty when all is well.
    virtual std::string status() const = 0;
    // Why read() failed, for the listener.
    virtual std::string error() const = 0;
};

} // namespace cifra::playback
