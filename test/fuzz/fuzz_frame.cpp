// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Two bytes of limits, then a stream of frames, cut as a receiver cuts it.
#include "require.hpp"

#include "proto/frame.hpp"

#include <algorithm>

using namespace cifra;
using namespace cifra::proto;

namespace {

constexpr std::array<std::uint32_t, 4> macs{0, 32, 48, 64};

FrameLimits limits_from(std::uint8_t secure, std::uint8_t mac) {
    const std::uint32_t limit =
        secure % 8 == 0 ? secure_limit_before_ok : secure_limit_after_ok(min_chunk << (secure % 8 - 1));
    return {limit, macs[mac % macs.size()]};
}

std::uint32_t most(FrameType type, const FrameLimits& limits) {
    switch (type) {
        case FrameType::negotiation:
        case FrameType::negotiation_response:
            return negotiation_limit;
        case FrameType::dh_parameters:
        case FrameType::dh_parameters_response:
            return dh_parameters_limit;
        case FrameType::secure_x:
            return limits.secure_x;
        case FrameType::mac:
            return limits.mac;
        case FrameType::refused:
            return 2;
    }
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto limits = limits_from(data[0], data[1]);
    ByteView rest(data + 2, size - 2);
    while (rest.size() >= frame_header_size) {
        const auto bytes = rest.first<frame_header_size>();
        const auto header = parse_frame_header(bytes, limits);
        if (!header) return 0;
        fuzz::require(header->length <= most(header->type, limits));
        std::array<std::uint8_t, frame_header_size> written{};
        write_frame_header(written, *header);
        fuzz::require(std::ranges::equal(written, bytes));
        rest = rest.subspan(frame_header_size);
        if (header->length > rest.size()) return 0;
        const auto frame = make_frame(header->type, rest.first(header->length));
        fuzz::require(std::ranges::equal(frame, ByteView(bytes.data(), frame.size())));
        rest = rest.subspan(header->length);
    }
    return 0;
}
