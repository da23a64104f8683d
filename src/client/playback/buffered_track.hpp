// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/playback/track.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace cifra::playback {

// What a BufferedTrack wants from the network at present; each replaces the one before.
struct Demand {
    std::uint64_t generation = 0; // grows with every prepare(), seek() and close(); what is pushed must bear it
    bool open = false;            // false: the player has left the track, nothing more is wanted
    std::uint64_t from = 0;       // first byte wanted in this generation
    std::uint64_t until = 0;      // bytes before this one may be pushed; only grows within a generation; may lie
                                  // behind the end of the track until opened() has told the size
};

// A bounded buffer between the network, which pushes whole chunks and never waits, and the decoder, which pulls.
class BufferedTrack final : public TrackSource {
  public:
    // Called from the decoder thread without any lock held, in order: it must not block (post it to the executor).
    using OnDemand = std::function<void(const Demand&)>;

    // `info` is what the catalogue says. `capacity` is in bytes, and should be several chunks.
    BufferedTrack(TrackInfo info, std::size_t capacity, OnDemand on_demand);

    // For the network side, from any thread.
    // The track is open and this is its final description; needed before the first push of every opening.
    void opened(TrackInfo info);
    // Bytes from `offset` on, in order: they may begin before the byte that is expected (then that part is dropped, as
    // chunks do not begin where frames do) and end behind `until` (if they do not begin there). False, and dropped: of
    // an older generation, not open or failed, leaving a gap, or without room.
    bool push(std::uint64_t generation, std::uint64_t offset, ByteView bytes);
    // The byte to go on with, after a reconnection.
    std::uint64_t expected() const;
    // No more bytes will come; those that are there are still played. `text` is for the listener. Lasts until close().
    void fail(std::string text);
    // Shown to the listener, e.g. "reconnecting"; empty when all is well.
    void set_status(std::string text);

    void prepare() override;
    ReadResult read(MutableBytes out) override;
    void seek(std::uint64_t byte_offset) override;
    void close() override;

    TrackInfo info() const override;
    void wake() override;
    std::uint64_t buffered() const override;
    std::string status() const override;
    std::string error() const override;

  private:
    Demand restart(bool open, std::uint64_t from);
    bool extend();
    void skip(std::size_t count);
    std::size_t take(MutableBytes out);
    std::uint64_t limit() const;
    bool at_end() const { return is_described_ && begin_ >= info_.size; }

    const std::size_t capacity_;
    const OnDemand on_demand_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    TrackInfo info_;
    bool is_described_ = false;
    bool is_woken_ = false;
    Demand demand_;
    std::deque<Bytes> chunks_;
    std::size_t taken_ = 0;   // bytes of chunks_.front() that have been read
    std::uint64_t begin_ = 0; // offset of the next byte to read
    std::uint64_t end_ = 0;   // offset of the next byte to push
    std::string status_;
    std::string error_;
};

} // namespace cifra::playback
