// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// libmpg123 in feed mode: bytes of an MP3 go in as they arrive, samples come out.
#pragma once

#include "client/playback/audio_format.hpp"
#include "client/playback/track.hpp"

#include <sys/types.h>

#include <memory>
#include <optional>

struct mpg123_handle_struct;

namespace cifra::playback {

struct Tags {
    std::string title;
    std::string artist;
    std::string album;
};

enum class DecodeStatus {
    samples,    // at least one sample was written
    new_format, // format() is known, or has changed, from the next sample on
    hungry,     // feed() or end_of_input()
    end,        // no samples left
    failed,     // error() tells why
};

struct Decoded {
    DecodeStatus status = DecodeStatus::end;
    std::size_t count = 0; // samples (not frames)
};

// Gives exactly the samples that the mpg123 program gives for the same file, gapless where the file has a LAME tag.
class Decoder {
  public:
    // `size` in bytes, 0 if unknown: only for an estimate of length(). An index that cannot be right is left unused.
    explicit Decoder(std::uint64_t size = 0, const SeekIndex& index = {});

    void feed(ByteView bytes);
    void end_of_input() { is_input_ended_ = true; }
    bool is_input_ended() const { return is_input_ended_; }
    // Interleaved. `out` holds at least one sample for each channel.
    Decoded decode(std::span<std::int16_t> out);

    // Goes on at this frame (a sample of each channel), exactly, and returns the offset of the byte to be fed next.
    // Nothing before the format is known, or if the decoder refuses.
    std::optional<std::uint64_t> seek(std::uint64_t frame);

    // Without a rate as long as nothing is known.
    const AudioFormat& format() const { return format_; }
    // Frames of the whole track; 0 if unknown; an estimate unless the file tells.
    std::uint64_t length() const;
    // What was found so far (ID3v2 comes first, ID3v1 last), without control characters.
    Tags tags() const;
    const std::string& error() const { return error_; }

  private:
    struct Delete {
        void operator()(mpg123_handle_struct* handle) const noexcept;
    };
    bool open(std::span<off_t> index, off_t step);
    bool restart();
    AudioFormat read_format();
    Decoded decode_any(std::span<std::int16_t> out);
    Decoded fail();

    std::unique_ptr<mpg123_handle_struct, Delete> handle_;
    std::uint64_t size_;
    AudioFormat format_;
    Bytes head_;           // what was fed before the format was known: every seek begins with it
    std::size_t skip_ = 0; // samples to drop
    bool is_input_ended_ = false;
    std::string error_;
};

} // namespace cifra::playback
