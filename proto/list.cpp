// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

Bytes encode(const List& message) {
    return Writer()
        .u32(message.request)
        .u64(message.revision)
        .u64(message.cursor)
        .u16(message.limit)
        .str16(message.query)
        .take();
}

Result<List> decode_list(ByteView body) {
    Reader reader(body);
    List message;
    message.request = reader.u32();
    message.revision = reader.u64();
    message.cursor = reader.u64();
    message.limit = reader.u16();
    message.query = reader.str16(max_query);
    return reader.finish(std::move(message));
}

} // namespace cifra::proto
