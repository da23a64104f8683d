// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

#include <limits>

namespace cifra::proto {

Bytes encode(const Read& message) {
    return Writer(20).u32(message.stream).u32(message.read_id).u64(message.first).u32(message.count).take();
}

Result<Read> decode_read(ByteView body) {
    Reader reader(body);
    Read message;
    message.stream = reader.u32();
    message.read_id = reader.u32();
    message.first = reader.u64();
    message.count = reader.u32();
    // No item has that many chunks; so first + count may be computed from here on.
    reader.demand(message.first <= std::numeric_limits<std::uint64_t>::max() - message.count);
    return reader.finish(message);
}

} // namespace cifra::proto
