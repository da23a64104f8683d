// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {
namespace {

// ROTATE and ROTATE_RESPONSE have one form. Whether the key is one of the negotiated group is for the session.
template <class Message>
Bytes encode_rotation(const Message& message) {
    return Writer(6 + message.key.size()).u32(message.epoch).bytes16(message.key).take();
}

template <class Message>
Result<Message> decode_rotation(ByteView body) {
    Reader reader(body);
    Message message;
    message.epoch = reader.u32();
    const auto key = reader.bytes16();
    message.key.assign(key.begin(), key.end());
    return reader.finish(std::move(message));
}

} // namespace

Bytes encode(const Rotate& message) { return encode_rotation(message); }
Bytes encode(const RotateResponse& message) { return encode_rotation(message); }
Result<Rotate> decode_rotate(ByteView body) { return decode_rotation<Rotate>(body); }
Result<RotateResponse> decode_rotate_response(ByteView body) { return decode_rotation<RotateResponse>(body); }

} // namespace cifra::proto
