// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One JSON text to both decoders; what is accepted is in range, and survives another round.
#include "require.hpp"

#include "test/proto/codecs.hpp"

#include <bit>

using namespace cifra;
using namespace cifra::proto;

namespace {

void check_chunk_limit(std::uint32_t limit) {
    fuzz::require(limit >= min_chunk && limit <= max_chunk && std::has_single_bit(limit));
}

void check_offer(const Negotiation& message) {
    check_chunk_limit(message.chunk_limit);
    fuzz::require(message.suites.size() <= 16 && message.groups.size() <= 8 && message.schemes.size() <= 16);
    fuzz::require(message.server_name.size() <= 255 && message.features.empty());
    // An offer of unknown names only is taken, but has no encoding.
    if (message.suites.empty() || message.groups.empty() || message.schemes.empty()) return;
    const auto encoded = encode(message);
    if (encoded.size() > negotiation_limit) return; // escapes may make it longer than it came
    fuzz::require(test::recode<decode_negotiation>(encoded).value() == encoded);
}

void check_answer(const NegotiationResponse& message) {
    check_chunk_limit(message.chunk_limit);
    fuzz::require(message.rotation.chunks <= 1U << 20 && message.rotation.bytes <= std::uint64_t{1} << 36);
    fuzz::require(message.rotation.seconds <= 86'400 && message.features.size() <= 16);
    const auto encoded = encode(message);
    if (encoded.size() > negotiation_limit) return;
    fuzz::require(test::recode<decode_negotiation_response>(encoded).value() == encoded);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView payload(data, size);
    const auto offer = decode_negotiation(payload);
    const auto answer = decode_negotiation_response(payload);
    if (offer) check_offer(*offer);
    if (answer) check_answer(*answer);
    if (offer || answer) fuzz::require(payload.front() == '{' && payload.back() == '}');
    return 0;
}
