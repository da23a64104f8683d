// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"

namespace cifra::proto {

Opened plain_opened(std::uint32_t request, Manifest manifest, std::uint64_t next_chunk) {
    const auto chunk_size = manifest.chunk_size;
    return {request, next_chunk, chunk_size, {}, std::move(manifest), {}};
}

Bytes encode(const Opened& message) {
    Writer writer;
    writer.u32(message.request).u64(message.next_chunk).u32(message.chunk_size);
    write_terms(writer, message.terms);
    writer.bytes24(encode(message.manifest));
    write_signature(writer, message.signature);
    return writer.take();
}

Result<Opened> decode_opened(ByteView body) {
    Reader reader(body);
    Opened message;
    message.request = reader.u32();
    message.next_chunk = reader.u64();
    message.chunk_size = read_chunk_size(reader);
    message.terms = read_terms(reader);
    const auto bytes = reader.bytes24();
    message.signature = read_signature(reader);
    const auto outer = reader.finish();
    if (!outer) return outer.error();
    auto manifest = decode_manifest(bytes);
    if (!manifest) return manifest.error();
    message.manifest = std::move(*manifest);
    if (message.next_chunk > chunk_count(message.manifest.size, message.chunk_size)) return Fault::bad_value;
    if ((message.manifest.root == Sha256{}) == message.is_signed()) return Fault::bad_value;
    return message;
}

} // namespace cifra::proto
