// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md section 4.1. Encoding gives the frame's payload; decoding refuses what R-13 refuses.
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"
#include "proto/names.hpp"

namespace cifra::proto {

enum class Padding : std::uint8_t { none, full };

using Nonce32 = std::array<std::uint8_t, 32>;

// Unknown names of suites, groups, schemes and features are dropped in decoding; their order is kept.
struct Negotiation {
    std::vector<std::uint32_t> versions;
    std::vector<Suite> suites;
    std::vector<Group> groups;
    std::vector<Scheme> schemes;
    Nonce32 nonce{};
    std::string server_name;       // empty: none
    std::uint32_t chunk_limit = 0; // bytes, a power of two
    Padding padding = Padding::none;
    std::vector<std::string> features;
};

struct RotationPolicy {
    std::uint32_t chunks = 128; // N; 0: no limit of this kind
    std::uint64_t bytes = 0;    // B; 0: no limit of this kind
    std::uint32_t seconds = 0;  // T; 0: no limit of this kind
    bool ratchet = false;
    bool operator==(const RotationPolicy&) const = default;
};

struct NegotiationResponse {
    std::uint32_t version = 1;
    Suite suite{};
    Group group{};
    Nonce32 nonce{};
    std::uint32_t chunk_limit = 0; // bytes, a power of two
    Padding padding = Padding::none;
    RotationPolicy rotation;
    std::vector<std::string> features;
};

Bytes encode(const Negotiation& message);
Bytes encode(const NegotiationResponse& message);
Result<Negotiation> decode_negotiation(ByteView payload);
Result<NegotiationResponse> decode_negotiation_response(ByteView payload);

} // namespace cifra::proto
