// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Bytes of a recording go in, as they arrive, and samples come out.
#pragma once

#include "client/playback/audio_format.hpp"
#include "client/playback/track.hpp"
#include "media/format.hpp"

#include <memory>

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

class Decoder {
  public:
    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    // Offset in the file of the byte that feed() is to begin with. It moves on with what is fed, and elsewhere with
    // seek() or when decode() finds that it needs bytes from another place.
    virtual std::uint64_t wanted() const = 0;
    virtual void feed(ByteView bytes) = 0;
    // The file ends at wanted().
    virtual void end_of_input() = 0;
    // Whether no bytes will be wanted any more, unless somebody seeks.
    virtual bool is_input_ended() const = 0;
    // Interleaved. `out` holds at least one sample for each channel.
    virtual Decoded decode(std::span<std::int16_t> out) = 0;
    // Goes on at this frame (a sample of each channel), exactly. False before the format is known, or if the decoder
    // refuses.
    virtual bool seek(std::uint64_t frame) = 0;

    // Without a rate as long as nothing is known.
    virtual const AudioFormat& format() const = 0;
    // Frames of the whole track; 0 if unknown.
    virtual std::uint64_t length() const = 0;
    // What was found so far, without control characters.
    virtual Tags tags() const = 0;
    virtual const std::string& error() const = 0;
};

// For a file of this size and index that is of this format. A nullptr when there is no decoder for it.
std::unique_ptr<Decoder> make_decoder(media::SoundFormat format, const TrackInfo& info);

} // namespace cifra::playback
