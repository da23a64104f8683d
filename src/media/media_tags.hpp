// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a sound file says of itself: what goes into its manifest. Files come from anybody: what is read and kept is
// bounded, and the texts are cleaned.
#pragma once

#include "media/byte_source.hpp"
#include "proto/messages.hpp"

#include <optional>

namespace cifra::media {

struct MediaFacts {
    std::string title, artist, album; // fit for messages, any of them may be empty
    std::uint32_t duration_ms = 0;    // 0: unknown
    std::uint32_t sample_rate = 0;
    std::uint8_t channels = 0;
    // Of MP3 alone: byte offsets of every seek_step-th MPEG frame, at most 1000.
    std::uint32_t seek_step = 0;
    std::vector<std::uint64_t> seek_offsets;
    bool operator==(const MediaFacts&) const = default;
};

// Nothing when it is no sound file that `cifra play` plays (MP3, FLAC, Ogg Vorbis, Opus, WAV), by the contents; never
// throws. An MP3 is read whole, of others no more than 32 MiB.
std::optional<MediaFacts> read_facts(ByteSource& source) noexcept;

// Makes `manifest` that of a recording.
void describe(proto::Manifest& manifest, MediaFacts facts);

} // namespace cifra::media
