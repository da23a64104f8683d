// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/media_tags.hpp"

#include "media/cursor.hpp"
#include "media/mp3_facts.hpp"
#include "media/sound_file.hpp"

#include <array>
#include <utility>

namespace cifra::media {

namespace {

std::optional<MediaFacts> read_other(ByteSource& source, SoundFormat format) {
    const SoundFile file(source, format);
    if (!file.is_open()) return std::nullopt;
    MediaFacts facts;
    facts.title = file.title();
    facts.artist = file.artist();
    facts.album = file.album();
    facts.sample_rate = file.rate();
    facts.channels = static_cast<std::uint8_t>(file.channels());
    facts.duration_ms = milliseconds(file.frames(), file.rate());
    return facts;
}

std::optional<MediaFacts> read_any(ByteSource& source) {
    ReadAhead ahead(source);
    std::array<std::uint8_t, format_head> head{};
    const auto format = format_of(ByteView(head).first(ahead.read_at(0, head)));
    if (format == SoundFormat::other) return std::nullopt;
    return format == SoundFormat::mp3 ? read_mp3(ahead) : read_other(ahead, format);
}

} // namespace

std::optional<MediaFacts> read_facts(ByteSource& source) noexcept {
    try {
        return read_any(source);
    } catch (...) {
        return std::nullopt;
    }
}

void describe(proto::Manifest& manifest, MediaFacts facts) {
    manifest.kind = proto::Kind::audio;
    manifest.title = std::move(facts.title);
    manifest.artist = std::move(facts.artist);
    manifest.album = std::move(facts.album);
    manifest.duration_ms = facts.duration_ms;
    manifest.sample_rate = facts.sample_rate;
    manifest.channels = facts.channels;
    manifest.seek_step = facts.seek_step;
    manifest.seek_offsets = std::move(facts.seek_offsets);
}

} // namespace cifra::media
