// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A file as sound: whatever it claims, its facts make a manifest that every client takes, and what is decoded has the
// channels that it said.
#include "require.hpp"

#include "media/format.hpp"
#include "media/media_tags.hpp"
#include "media/sound_file.hpp"

#include <array>

using namespace cifra;

namespace {

void check_facts(media::MemorySource& source) {
    auto facts = media::read_facts(source);
    if (!facts) return;
    fuzz::require(facts->channels == 1 || facts->channels == 2);
    fuzz::require(facts->sample_rate > 0 && facts->sample_rate <= media::max_rate);
    proto::Manifest manifest;
    manifest.name = "x";
    manifest.size = source.size();
    manifest.chunk_size = 16'384;
    describe(manifest, *facts);
    fuzz::require(proto::decode_manifest(encode(manifest)).has_value());
}

// Some blocks from the beginning, and some from where it claims to be half over.
void check_samples(media::MemorySource& source, media::SoundFormat format) {
    media::SoundFile file(source, format);
    if (!file.is_open()) return;
    std::array<std::int16_t, 4096> block{};
    for (int i = 0; i < 4; ++i) fuzz::require(file.read(block) % file.channels() == 0);
    if (file.seek(file.frames() / 2)) file.read(block);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    media::MemorySource source(bytes);
    check_facts(source);
    const auto format = media::format_of(bytes);
    if (format != media::SoundFormat::mp3 && format != media::SoundFormat::other) check_samples(source, format);
    return 0;
}
