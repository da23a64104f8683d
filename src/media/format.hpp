// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which kind of sound file bytes are, by the bytes alone. Server and client ask the same, so that what is offered as
// sound is what can be played.
#pragma once

#include "proto/bytes.hpp"

namespace cifra::media {

enum class SoundFormat {
    mp3, // or anything else: only libmpg123 can tell, by reading on
    flac,
    vorbis, // in Ogg
    opus,   // in Ogg
    wav,
    other, // known not to be for us, such as video in Ogg
};

// So many bytes of the beginning tell (all of them, where there are fewer).
inline constexpr std::size_t format_head = 4096;
SoundFormat format_of(ByteView head);

// Sounds are of these.
inline constexpr unsigned max_channels = 2;
inline constexpr unsigned max_rate = 384'000; // frames a second

} // namespace cifra::media
