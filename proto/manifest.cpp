// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"

namespace cifra::proto {
namespace {

constexpr std::uint8_t manifest_version = 2;
constexpr std::size_t max_seek_offsets = 1000;

void read_audio_fields(Reader& reader, Manifest& manifest) {
    manifest.duration_ms = reader.u32();
    manifest.sample_rate = reader.u32();
    manifest.channels = reader.u8();
    manifest.seek_step = reader.u32();
    const std::size_t n = reader.u16();
    reader.demand(n <= max_seek_offsets, Fault::too_large);
    reader.demand(8 * n <= reader.remaining(), Fault::truncated);
    if (!reader.ok()) return;
    manifest.seek_offsets.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        manifest.seek_offsets.push_back(reader.u64());
        reader.demand(manifest.seek_offsets.back() <= manifest.size);
    }
    reader.demand(n == 0 || manifest.seek_step != 0); // who seeks divides by it
}

bool has_no_audio_fields(const Manifest& manifest) {
    return manifest.duration_ms == 0 && manifest.sample_rate == 0 && manifest.channels == 0 &&
           manifest.seek_step == 0 && manifest.seek_offsets.empty();
}

} // namespace

Bytes encode(const Manifest& manifest) {
    Writer writer;
    writer.u8(manifest_version)
        .bytes(manifest.item)
        .enumeration(manifest.kind)
        .u64(manifest.size)
        .u32(manifest.chunk_size)
        .bytes(manifest.sha256)
        .bytes(manifest.root)
        .str16(manifest.name)
        .str16(manifest.title)
        .str16(manifest.artist)
        .str16(manifest.album)
        .u32(manifest.duration_ms)
        .u32(manifest.sample_rate)
        .u8(manifest.channels)
        .u32(manifest.seek_step)
        .count16(manifest.seek_offsets.size());
    for (const auto offset : manifest.seek_offsets) writer.u64(offset);
    return writer.take();
}

Result<Manifest> decode_manifest(ByteView bytes) {
    Reader reader(bytes);
    Manifest manifest;
    reader.u8_enum(manifest_version, manifest_version);
    manifest.item = reader.array<16>();
    manifest.kind = reader.u8_enum(Kind::audio, Kind::file);
    manifest.size = reader.u64();
    manifest.chunk_size = read_chunk_size(reader);
    manifest.sha256 = reader.array<32>();
    manifest.root = reader.array<32>();
    manifest.name = read_item_name(reader);
    manifest.title = read_plain_text(reader, max_item_text);
    manifest.artist = read_plain_text(reader, max_item_text);
    manifest.album = read_plain_text(reader, max_item_text);
    read_audio_fields(reader, manifest);
    reader.demand(manifest.kind == Kind::audio || has_no_audio_fields(manifest));
    return reader.finish(std::move(manifest));
}

std::uint64_t chunk_count(std::uint64_t size, std::uint32_t chunk_size) noexcept {
    if (chunk_size == 0) return 0;
    // Not (size + chunk_size - 1) / chunk_size: that overflows near 2^64.
    return size / chunk_size + (size % chunk_size != 0 ? 1 : 0);
}

std::uint32_t chunk_length(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index) noexcept {
    if (index >= chunk_count(size, chunk_size)) return 0;
    const std::uint64_t left = size - index * chunk_size; // index × chunk_size < size
    return left < chunk_size ? static_cast<std::uint32_t>(left) : chunk_size;
}

} // namespace cifra::proto
