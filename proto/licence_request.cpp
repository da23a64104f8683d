// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

Bytes encode(const LicenceRequest& message) {
    return Writer().u32(message.request).enumeration(message.action).bytes(message.item).str16(message.voucher).take();
}

Result<LicenceRequest> decode_licence_request(ByteView body) {
    Reader reader(body);
    LicenceRequest message;
    message.request = reader.u32();
    message.action = reader.u8_enum(LicenceAction::show, LicenceAction::give_back);
    message.item = reader.array<16>();
    // Any text: one that is no voucher is answered by VOUCHER_REFUSED and ends no session.
    message.voucher = reader.str16(max_voucher);
    reader.demand(message.voucher.empty() || message.action == LicenceAction::renew);
    return reader.finish(std::move(message));
}

} // namespace cifra::proto
