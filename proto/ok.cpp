// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"
#include "proto/handshake.hpp"

namespace cifra::proto {

Result<Scope> ok_scope(ByteView body) {
    if (body.empty()) return Fault::truncated;
    if (body[0] == static_cast<std::uint8_t>(Scope::session)) return Scope::session;
    if (body[0] == static_cast<std::uint8_t>(Scope::stream)) return Scope::stream;
    return Fault::bad_value;
}

Bytes encode(const LoginOk& message) {
    return Writer()
        .enumeration(Scope::session)
        .str16(message.device)
        .str16(message.person)
        .u64(message.time_ms)
        .u32(message.expires_seconds)
        .u32(message.ticket_seconds)
        .bytes16(message.ticket)
        .u8(message.pause_without_card ? 1 : 0)
        .take();
}

Result<LoginOk> decode_login_ok(ByteView body) {
    Reader reader(body);
    LoginOk message;
    reader.u8_enum(Scope::session, Scope::session);
    message.device = read_plain_text(reader);
    message.person = read_plain_text(reader);
    message.time_ms = reader.u64();
    message.expires_seconds = reader.u32();
    message.ticket_seconds = reader.u32();
    const auto ticket = reader.bytes16(max_ticket);
    message.ticket.assign(ticket.begin(), ticket.end());
    reader.demand((message.ticket_seconds == 0) == message.ticket.empty());
    message.pause_without_card = reader.u8_enum(std::uint8_t{0}, std::uint8_t{1}) != 0;
    return reader.finish(std::move(message));
}

Bytes encode(const StreamOk& message) { return Writer(5).enumeration(Scope::stream).u32(message.stream).take(); }

Result<StreamOk> decode_stream_ok(ByteView body) {
    Reader reader(body);
    reader.u8_enum(Scope::stream, Scope::stream);
    const StreamOk message{reader.u32()};
    return reader.finish(message);
}

} // namespace cifra::proto
