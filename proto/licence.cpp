// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"

namespace cifra::proto {

Bytes encode(const LicenceReply& message) {
    Writer writer;
    writer.u32(message.request).bytes(message.item);
    write_terms(writer, message.terms);
    return writer.take();
}

Result<LicenceReply> decode_licence_reply(ByteView body) {
    Reader reader(body);
    LicenceReply message;
    message.request = reader.u32();
    message.item = reader.array<16>();
    message.terms = read_terms(reader);
    return reader.finish(message);
}

} // namespace cifra::proto
