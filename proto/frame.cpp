// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/frame.hpp"

#include "proto/codec.hpp"

namespace cifra::proto {
namespace {

// The last column of the table in section 2.
bool allowed(FrameType type, std::uint32_t length, const FrameLimits& limits) {
    switch (type) {
        case FrameType::negotiation:
        case FrameType::negotiation_response:
            return length <= negotiation_limit;
        case FrameType::dh_parameters:
        case FrameType::dh_parameters_response:
            return length <= dh_parameters_limit;
        case FrameType::secure_x:
            return length <= limits.secure_x;
        case FrameType::mac:
            return limits.mac != 0 && length == limits.mac;
        case FrameType::refused:
            return length == 2;
    }
    return false;
}

} // namespace

Result<FrameHeader> parse_frame_header(std::span<const std::uint8_t, frame_header_size> bytes,
                                       const FrameLimits& limits) {
    Reader reader(bytes);
    const auto code = reader.u8();
    const auto length = reader.u24();
    if (code < static_cast<std::uint8_t>(FrameType::negotiation) ||
        code > static_cast<std::uint8_t>(FrameType::refused))
        return Fault::unknown_type;
    const auto type = static_cast<FrameType>(code);
    if (!allowed(type, length, limits)) return Fault::too_large;
    return FrameHeader{type, length};
}

void write_frame_header(std::span<std::uint8_t, frame_header_size> out, FrameHeader header) {
    Writer::require(header.length <= 0xFFFFFF);
    out[0] = static_cast<std::uint8_t>(header.type);
    out[1] = static_cast<std::uint8_t>(header.length >> 16);
    out[2] = static_cast<std::uint8_t>(header.length >> 8);
    out[3] = static_cast<std::uint8_t>(header.length);
}

Bytes make_frame(FrameType type, ByteView payload) {
    return Writer(frame_header_size + payload.size()).enumeration(type).bytes24(payload).take();
}

} // namespace cifra::proto
