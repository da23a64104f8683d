// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md section 2.
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"

namespace cifra::proto {

enum class FrameType : std::uint8_t {
    negotiation = 1,
    negotiation_response = 2,
    dh_parameters = 3,
    dh_parameters_response = 4,
    secure_x = 5,
    mac = 6,
    refused = 7,
};

inline constexpr std::size_t frame_header_size = 4;
inline constexpr std::uint32_t negotiation_limit = 4096;
inline constexpr std::uint32_t dh_parameters_limit = 1024;
inline constexpr std::uint32_t secure_limit_before_ok = 16'640;
inline constexpr std::uint32_t min_chunk = 16'384;
inline constexpr std::uint32_t max_chunk = 1'048'576;

// The largest SECURE_X payload after OK, for a negotiated chunk limit in bytes.
constexpr std::uint32_t secure_limit_after_ok(std::uint32_t chunk_limit) {
    return (chunk_limit > 65'536 ? chunk_limit : 65'536) + 4096;
}

struct FrameHeader {
    FrameType type;
    std::uint32_t length; // of the payload, bytes; below 2^24
};

// What the receiver takes at this moment; MAC length is 0 while no suite that needs it is in force.
struct FrameLimits {
    std::uint32_t secure_x = secure_limit_before_ok;
    std::uint32_t mac = 0;
};

// Unknown type: Fault::unknown_type. Over its limit, or MAC and REFUSED not of their exact length:
// Fault::too_large.
Result<FrameHeader> parse_frame_header(std::span<const std::uint8_t, frame_header_size> bytes,
                                       const FrameLimits& limits);

void write_frame_header(std::span<std::uint8_t, frame_header_size> out, FrameHeader header);

// A whole clear frame: header and payload.
Bytes make_frame(FrameType type, ByteView payload);

} // namespace cifra::proto
