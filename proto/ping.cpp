// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PING and PONG, and the messages without a body.
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

Bytes encode(const Ping& message) { return Writer(8).u64(message.token).take(); }

Result<Ping> decode_ping(ByteView body) {
    Reader reader(body);
    const Ping message{reader.u64()};
    return reader.finish(message);
}

Bytes encode(const Pong& message) { return Writer(8).u64(message.token).take(); }

Result<Pong> decode_pong(ByteView body) {
    Reader reader(body);
    const Pong message{reader.u64()};
    return reader.finish(message);
}

Result<void> decode_empty(ByteView body) { return Reader(body).finish(); }

} // namespace cifra::proto
