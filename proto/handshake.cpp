// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/handshake.hpp"

#include "proto/codec.hpp"
#include "proto/frame.hpp"

namespace cifra::proto {

Bytes encode(const DhParameters& message) {
    return Writer(4 + message.key.size()).u16(message.group).bytes16(message.key).take();
}

Result<DhParameters> decode_dh_parameters(ByteView payload) {
    if (payload.size() > dh_parameters_limit) return Fault::too_large;
    Reader reader(payload);
    DhParameters message;
    message.group = reader.u16();
    const auto key = reader.bytes16();
    message.key.assign(key.begin(), key.end());
    return reader.finish(std::move(message));
}

Bytes encode_refused(RefusedCode code) { return Writer(2).enumeration(code).take(); }

Result<RefusedCode> decode_refused(ByteView payload) {
    Reader reader(payload);
    const auto code = static_cast<RefusedCode>(reader.u16());
    return reader.finish(code);
}

} // namespace cifra::proto
