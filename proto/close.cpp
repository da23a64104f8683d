// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

Bytes encode(const Close& message) {
    return Writer(20).u32(message.stream).u64(message.sent).u64(message.received).take();
}

Result<Close> decode_close(ByteView body) {
    Reader reader(body);
    Close message;
    message.stream = reader.u32();
    message.sent = reader.u64();
    message.received = reader.u64();
    return reader.finish(message);
}

} // namespace cifra::proto
