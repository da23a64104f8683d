// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/playback/decoder.hpp"
#include "client/playback/track.hpp"

#include <array>
#include <memory>
#include <optional>

namespace cifra::playback {

// One track on its way to the sink: its source and the decoder that pulls from it. Used by the decoder thread alone.
class Deck {
  public:
    // Starts to fetch.
    explicit Deck(std::shared_ptr<TrackSource> source);
    ~Deck() { source_->close(); }
    Deck(const Deck&) = delete;
    Deck& operator=(const Deck&) = delete;

    enum class Status {
        samples,
        new_format, // see format()
        end,
        woken,  // somebody wants the thread's attention
        failed, // see error()
    };
    struct Pulled {
        Status status = Status::end;
        std::size_t count = 0; // samples
    };
    // Waits for bytes where it must.
    Pulled pull(std::span<std::int16_t> out);

    // The next samples are those from this time on. A failure shows at the next pull().
    void seek(std::uint64_t position_ms);

    // Frame of the track that the next sample belongs to.
    std::uint64_t position() const { return position_; }
    AudioFormat format() const { return decoder_ ? decoder_->format() : AudioFormat{}; }
    // From the file; 0 if unknown.
    std::uint64_t duration_ms() const;
    Tags tags() const { return decoder_ ? decoder_->tags() : Tags{}; }
    // Every byte has been read: the network has nothing to do for this track.
    bool is_input_ended() const { return decoder_ && decoder_->is_input_ended(); }
    const std::string& error() const { return error_; }

  private:
    Pulled fail(std::string error);
    bool carry_out_seek();
    // Nothing if the decoder has more to work on.
    std::optional<Pulled> feed();
    std::optional<Pulled> begin(ByteView bytes);

    std::shared_ptr<TrackSource> source_;
    std::unique_ptr<Decoder> decoder_; // made with the first bytes, when the source knows its size and index
    Bytes head_;                       // of the track, until they are enough to tell what it is
    std::uint64_t offset_ = 0;         // of the byte that the source gives next
    std::optional<std::uint64_t> seek_ms_;
    std::uint64_t position_ = 0;
    std::string error_;
    std::array<std::uint8_t, 16384> input_{};
};

} // namespace cifra::playback
