// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"

namespace cifra::proto {
namespace {

void write_entry(Writer& writer, const Entry& entry) {
    writer.bytes(entry.item)
        .enumeration(entry.kind)
        .u64(entry.size)
        .u32(entry.chunk_size)
        .u32(entry.duration_ms)
        .str16(entry.name)
        .str16(entry.title)
        .str16(entry.artist)
        .str16(entry.album);
    write_terms(writer, entry.terms);
}

Entry read_entry(Reader& reader) {
    Entry entry;
    entry.item = reader.array<16>();
    entry.kind = reader.u8_enum(Kind::audio, Kind::file);
    entry.size = reader.u64();
    entry.chunk_size = read_chunk_size(reader);
    entry.duration_ms = reader.u32();
    entry.name = read_item_name(reader);
    entry.title = read_plain_text(reader, max_item_text);
    entry.artist = read_plain_text(reader, max_item_text);
    entry.album = read_plain_text(reader, max_item_text);
    entry.terms = read_terms(reader);
    return entry;
}

} // namespace

std::size_t encoded_size(const Entry& entry) noexcept {
    constexpr std::size_t fixed = 16 + 1 + 8 + 4 + 4 + 4 * 2 + terms_size;
    return fixed + entry.name.size() + entry.title.size() + entry.artist.size() + entry.album.size();
}

Bytes encode(const Catalogue& message) {
    Writer writer;
    writer.u32(message.request).u64(message.revision).u64(message.next_cursor).u32(message.total);
    writer.count16(message.entries.size());
    for (const auto& entry : message.entries) write_entry(writer, entry);
    auto body = writer.take();
    Writer::require(body.size() <= catalogue_limit);
    return body;
}

Result<Catalogue> decode_catalogue(ByteView body) {
    if (body.size() > catalogue_limit) return Fault::too_large;
    Reader reader(body);
    Catalogue message;
    message.request = reader.u32();
    message.revision = reader.u64();
    message.next_cursor = reader.u64();
    message.total = reader.u32();
    const auto n = reader.u16();
    // Nothing is reserved for n: each entry has been paid for with bytes before it is stored.
    for (std::size_t i = 0; i < n && reader.ok(); ++i) {
        auto entry = read_entry(reader);
        if (reader.ok()) message.entries.push_back(std::move(entry));
    }
    return reader.finish(std::move(message));
}

} // namespace cifra::proto
