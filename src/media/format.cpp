// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/format.hpp"

#include <algorithm>

namespace cifra::media {

namespace {

bool has(ByteView bytes, std::size_t at, std::string_view text) {
    const auto wanted = as_bytes(text);
    return bytes.size() >= at + wanted.size() &&
           std::equal(wanted.begin(), wanted.end(), bytes.begin() + std::ptrdiff_t(at));
}

std::uint32_t little_endian(ByteView bytes, std::size_t at, unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value |= std::uint32_t{bytes[at + i]} << (8 * i);
    return value;
}

// The tag of a chunk "fmt ". libsndfile knows dozens of encodings; we let it try those that are in use.
SoundFormat by_wave_tag(std::uint32_t tag) {
    switch (tag) {
        case 0x0001: // integers
        case 0x0003: // floating point
        case 0x0006: // A-law
        case 0x0007: // µ-law
        case 0xfffe: // extensible: one of these behind it
            return SoundFormat::wav;
        case 0x0050:
        case 0x0055:
            return SoundFormat::mp3; // in a wrapping that libmpg123 passes over
        default:
            return SoundFormat::other;
    }
}

SoundFormat of_wave(ByteView head) {
    std::size_t at = 12;
    while (at + 10 <= head.size()) {
        if (has(head, at, "fmt ")) return by_wave_tag(little_endian(head, at + 8, 2));
        const auto length = little_endian(head, at + 4, 4);
        if (length > head.size()) break;
        at += 8 + length + length % 2;
    }
    return SoundFormat::other;
}

SoundFormat of_ogg(ByteView head) {
    constexpr std::size_t segments = 26; // where a page says how many lengths follow
    if (head.size() <= segments) return SoundFormat::other;
    const auto packet = segments + 1 + head[segments];
    if (has(head, packet, "\x01vorbis")) return SoundFormat::vorbis;
    if (has(head, packet, "OpusHead")) return SoundFormat::opus;
    return SoundFormat::other;
}

} // namespace

SoundFormat format_of(ByteView head) {
    head = head.first(std::min(head.size(), format_head));
    if (has(head, 0, "fLaC")) return SoundFormat::flac;
    if (has(head, 0, "OggS")) return of_ogg(head);
    if ((has(head, 0, "RIFF") || has(head, 0, "RF64")) && has(head, 8, "WAVE")) return of_wave(head);
    return SoundFormat::mp3;
}

} // namespace cifra::media
