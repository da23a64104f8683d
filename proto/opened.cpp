// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

Bytes encode(const Opened& message) {
    return Writer().u32(message.request).u64(message.next_chunk).bytes24(encode(message.manifest)).take();
}

Result<Opened> decode_opened(ByteView body) {
    Reader reader(body);
    Opened message;
    message.request = reader.u32();
    message.next_chunk = reader.u64();
    const auto bytes = reader.bytes24();
    const auto outer = reader.finish();
    if (!outer) return outer.error();
    auto manifest = decode_manifest(bytes);
    if (!manifest) return manifest.error();
    message.manifest = std::move(*manifest);
    if (message.next_chunk > chunk_count(message.manifest.size, message.manifest.chunk_size)) return Fault::bad_value;
    return message;
}

} // namespace cifra::proto
