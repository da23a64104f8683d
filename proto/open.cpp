// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"

namespace cifra::proto {

Bytes encode(const Open& message) {
    Writer writer;
    writer.u32(message.request).enumeration(message.mode);
    if (message.mode != Mode::upload) return writer.bytes(message.play).bytes(message.item).take();
    return writer
        .bytes(Id16{})
        .str16(message.upload.name)
        .u64(message.upload.size)
        .u32(message.upload.chunk_size)
        .bytes(message.upload.sha256)
        .take();
}

Result<Open> decode_open(ByteView body) {
    Reader reader(body);
    Open message;
    message.request = reader.u32();
    message.mode = reader.u8_enum(Mode::play, Mode::upload);
    message.play = reader.array<16>();
    if (message.mode != Mode::upload) {
        message.item = reader.array<16>();
        return reader.finish(std::move(message));
    }
    reader.demand(message.play == Id16{});
    // Any text: a name that will not do is answered by NAME_REFUSED and ends no session.
    message.upload.name = reader.str16();
    message.upload.size = reader.u64();
    message.upload.chunk_size = read_chunk_size(reader);
    message.upload.sha256 = reader.array<32>();
    return reader.finish(std::move(message));
}

} // namespace cifra::proto
