// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The items of AUTHENTICATE: section 4.3.
#include "proto/fields.hpp"
#include "proto/handshake.hpp"

namespace cifra::proto {
namespace {

constexpr std::size_t max_items = 4;
constexpr std::uint8_t enrolment_flag = 1, tickets_flag = 2;

Bytes whole_item(ItemType type, ByteView value) {
    return Writer(item_header_size + value.size()).enumeration(type).bytes24(value).take();
}

Bytes copied(ByteView view) { return {view.begin(), view.end()}; }

} // namespace

Bytes encode_item(const Request& item) {
    Writer writer;
    writer.enumeration(item.user)
        .u8(static_cast<std::uint8_t>((item.enrolment ? enrolment_flag : 0) | (item.tickets ? tickets_flag : 0)))
        .count8(item.schemes.size());
    for (const auto scheme : item.schemes) writer.enumeration(scheme);
    writer.count8(item.issuers.size());
    for (const auto& issuer : item.issuers) writer.bytes16(issuer);
    return whole_item(ItemType::request, writer.take());
}

Result<Request> decode_request(ByteView value) {
    Reader reader(value);
    Request item;
    item.user = reader.u8_enum(UserAsked::none, UserAsked::card);
    const auto flags = reader.u8_enum(std::uint8_t{0}, std::uint8_t{enrolment_flag | tickets_flag});
    item.enrolment = (flags & enrolment_flag) != 0;
    item.tickets = (flags & tickets_flag) != 0;
    for (auto n = reader.u8(); n > 0 && reader.ok(); --n)
        if (const auto scheme = scheme_from(reader.u16())) item.schemes.push_back(*scheme);
    for (auto m = reader.u8(); m > 0 && reader.ok(); --m)
        item.issuers.push_back(copied(reader.bytes16(max_issuer_name)));
    return reader.finish(std::move(item));
}

Bytes encode_item(const Chain& item) {
    Writer writer;
    writer.count8(item.certificates.size());
    for (const auto& certificate : item.certificates) writer.bytes24(certificate);
    return whole_item(ItemType::chain, writer.take());
}

Result<Chain> decode_chain(ByteView value) {
    Reader reader(value);
    Chain item;
    const auto n = reader.u8();
    reader.demand(n >= 1);
    reader.demand(n <= max_chain, Fault::too_large);
    for (std::size_t i = 0; i < n && reader.ok(); ++i)
        item.certificates.push_back(copied(reader.bytes24(max_certificate)));
    return reader.finish(std::move(item));
}

Bytes encode_item(const Signature& item) {
    return whole_item(ItemType::signature, Writer(4 + item.bytes.size()).u16(item.scheme).bytes16(item.bytes).take());
}

Result<Signature> decode_signature(ByteView value) {
    Reader reader(value);
    Signature item;
    item.scheme = reader.u16();
    item.bytes = copied(reader.bytes16());
    return reader.finish(std::move(item));
}

Bytes encode_item(const Ticket& item) {
    Writer::require(!item.bytes.empty() && item.bytes.size() <= max_ticket);
    return whole_item(ItemType::ticket, item.bytes);
}

Result<Ticket> decode_ticket(ByteView value) {
    Reader reader(value);
    reader.demand(!value.empty(), Fault::truncated);
    reader.demand(value.size() <= max_ticket, Fault::too_large);
    return reader.finish(Ticket{copied(reader.rest())});
}

Bytes encode_item(const Enrolment& item) {
    Writer writer;
    writer.str16(item.name).bytes24(item.device_request).enumeration(item.kind).bytes24(item.user);
    return whole_item(ItemType::enrolment, writer.take());
}

Result<Enrolment> decode_enrolment(ByteView value) {
    Reader reader(value);
    Enrolment item;
    item.name = read_plain_text(reader, max_person_name);
    reader.demand(!item.name.empty());
    item.device_request = copied(reader.bytes24(max_certificate));
    reader.demand(!item.device_request.empty());
    item.kind = reader.u8_enum(EnrolmentUser::none, EnrolmentUser::certificate);
    item.user = copied(reader.bytes24(max_certificate));
    reader.demand(item.user.empty() == (item.kind == EnrolmentUser::none));
    return reader.finish(std::move(item));
}

Bytes encode_finished(ByteView mac) { return whole_item(ItemType::finished, mac); }

Result<std::vector<Item>> split_items(ByteView body) {
    Reader reader(body);
    std::vector<Item> items;
    while (reader.ok() && reader.remaining() > 0) {
        reader.demand(items.size() < max_items, Fault::too_large);
        const auto start = body.size() - reader.remaining();
        const auto type = reader.u8();
        reader.demand(!reader.ok() || (type >= 1 && type <= static_cast<std::uint8_t>(ItemType::enrolment)),
                      Fault::unknown_type);
        const auto value = reader.bytes24();
        if (!reader.ok()) break;
        items.push_back({static_cast<ItemType>(type), value, body.subspan(start, item_header_size + value.size())});
    }
    return reader.finish(std::move(items));
}

} // namespace cifra::proto
