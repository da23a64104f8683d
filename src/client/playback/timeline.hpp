// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

namespace cifra::playback {

// Which moment of which track is heard when the sink has taken so many frames: tracks follow each other without a gap,
// so the decoder is often in the next one already.
class Timeline {
  public:
    struct Moment {
        std::size_t track = 0;
        std::uint64_t start_ms = 0; // of the track, where it began to be written
        std::uint64_t frames = 0;   // since then
    };

    // What is written from `sink_frame` on is this track from this time on, and nothing before counts any more.
    void restart(std::uint64_t sink_frame, std::size_t track, std::uint64_t start_ms) {
        marks_.assign(1, {sink_frame, track, start_ms});
    }
    void append(std::uint64_t sink_frame, std::size_t track) { marks_.push_back({sink_frame, track, 0}); }

    Moment at(std::uint64_t sink_frame) const {
        auto mark = marks_.begin();
        while (mark + 1 != marks_.end() && (mark + 1)->sink_frame <= sink_frame) ++mark;
        return {mark->track, mark->start_ms, sink_frame > mark->sink_frame ? sink_frame - mark->sink_frame : 0};
    }
    // Forgets what ended before.
    void prune(std::uint64_t sink_frame) {
        while (marks_.size() > 1 && marks_[1].sink_frame <= sink_frame) marks_.pop_front();
    }
    std::uint64_t begin() const { return marks_.front().sink_frame; }

  private:
    struct Mark {
        std::uint64_t sink_frame = 0;
        std::size_t track = 0;
        std::uint64_t start_ms = 0;
    };
    std::deque<Mark> marks_ = {Mark{}};
};

} // namespace cifra::playback
