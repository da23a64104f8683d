// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

Bytes encode(const Error& message) {
    return Writer(7).enumeration(message.scope).u32(message.id).enumeration(message.code).take();
}

Result<Error> decode_error(ByteView body) {
    Reader reader(body);
    Error message;
    message.scope = reader.u8_enum(Scope::session, Scope::stream);
    message.id = reader.u32();
    reader.demand(message.scope != Scope::session || message.id == 0);
    message.code = static_cast<ErrorCode>(reader.u16());
    return reader.finish(message);
}

} // namespace cifra::proto
