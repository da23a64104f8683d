// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The items of AUTHENTICATE: section 4.3.
#include "proto/codec.hpp"
#include "proto/handshake.hpp"

namespace cifra::proto {
namespace {

constexpr std::size_t max_items = 4;

Bytes whole_item(ItemType type, ByteView value) {
    return Writer(item_header_size + value.size()).enumeration(type).bytes24(value).take();
}

Bytes copied(ByteView view) { return {view.begin(), view.end()}; }

} // namespace

Bytes encode_item(const Request& item) {
    Writer writer;
    writer.u8(item.user_required ? 1 : 0).count8(item.schemes.size());
    for (const auto scheme : item.schemes) writer.enumeration(scheme);
    writer.count8(item.issuers.size());
    for (const auto& issuer : item.issuers) writer.bytes16(issuer);
    return whole_item(ItemType::request, writer.take());
}

Result<Request> decode_request(ByteView value) {
    Reader reader(value);
    Request item;
    item.user_required = reader.u8_enum(std::uint8_t{0}, std::uint8_t{1}) != 0;
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

Bytes encode_finished(ByteView mac) { return whole_item(ItemType::finished, mac); }

Result<std::vector<Item>> split_items(ByteView body) {
    Reader reader(body);
    std::vector<Item> items;
    while (reader.ok() && reader.remaining() > 0) {
        reader.demand(items.size() < max_items, Fault::too_large);
        const auto start = body.size() - reader.remaining();
        const auto type = reader.u8();
        // TICKET (5) is reserved, and refused in version 1.
        reader.demand(!reader.ok() || (type >= 1 && type <= static_cast<std::uint8_t>(ItemType::finished)),
                      Fault::unknown_type);
        const auto value = reader.bytes24();
        if (!reader.ok()) break;
        items.push_back({static_cast<ItemType>(type), value, body.subspan(start, item_header_size + value.size())});
    }
    return reader.finish(std::move(items));
}

} // namespace cifra::proto
