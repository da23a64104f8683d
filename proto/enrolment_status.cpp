// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"
#include "proto/handshake.hpp"

namespace cifra::proto {
namespace {

constexpr std::size_t max_id = 64, max_text = 512; // bytes

void write_certificates(Writer& writer, const std::vector<Bytes>& certificates) {
    Writer::require(certificates.size() <= max_chain);
    writer.count8(certificates.size());
    for (const auto& certificate : certificates) writer.bytes24(certificate);
}

std::vector<Bytes> read_certificates(Reader& reader) {
    std::vector<Bytes> certificates;
    const auto n = reader.u8();
    reader.demand(n <= max_chain, Fault::too_large);
    for (std::size_t i = 0; i < n && reader.ok(); ++i) {
        const auto der = reader.bytes24(max_certificate);
        certificates.emplace_back(der.begin(), der.end());
    }
    return certificates;
}

} // namespace

Bytes encode(const EnrolmentStatus& message) {
    Writer writer;
    writer.enumeration(message.status).str16(message.id).str16(message.text);
    write_certificates(writer, message.roots);
    write_certificates(writer, message.device_chain);
    write_certificates(writer, message.user_chain);
    return writer.take();
}

Result<EnrolmentStatus> decode_enrolment_status(ByteView body) {
    using Status = EnrolmentStatus::Status;
    Reader reader(body);
    EnrolmentStatus message;
    message.status = reader.u8_enum(Status::pending, Status::refused);
    message.id = read_plain_text(reader, max_id);
    message.text = read_plain_text(reader, max_text);
    message.roots = read_certificates(reader);
    message.device_chain = read_certificates(reader);
    message.user_chain = read_certificates(reader);
    const bool approved = message.status == Status::approved;
    reader.demand(approved == !message.roots.empty() && approved == !message.device_chain.empty() &&
                  (approved || message.user_chain.empty()));
    return reader.finish(std::move(message));
}

} // namespace cifra::proto
