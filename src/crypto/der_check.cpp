// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/der_check.hpp"

namespace cifra::crypto {

namespace {

struct Length {
    std::size_t value;
    std::size_t header; // bytes of tag and length
};

// Minimal, so that each element has one encoding.
std::optional<Length> read_length(ByteView bytes) {
    if (bytes.size() < 2) return std::nullopt;
    const std::size_t first = bytes[1];
    if (first < 0x80) return Length{first, 2};
    const std::size_t count = first - 0x80;
    if (count == 0 || count > 4 || bytes.size() < 2 + count || bytes[2] == 0) return std::nullopt;
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8U | bytes[2 + i];
    if (value < 0x80) return std::nullopt;
    return Length{value, 2 + count};
}

bool all_strict(ByteView bytes, std::size_t depth) {
    if (depth == 0) return bytes.empty();
    DerReader reader(bytes);
    while (!reader.empty()) {
        const auto element = reader.next();
        if (!element) return false;
        if ((element->tag & der::constructed) != 0 && !all_strict(element->content, depth - 1)) return false;
    }
    return true;
}

} // namespace

std::optional<DerElement> DerReader::next() {
    constexpr std::uint8_t long_tag = 0x1F;
    const auto length = read_length(rest_);
    if (!length || rest_.front() == 0 || (rest_.front() & long_tag) == long_tag) return std::nullopt;
    if (length->value > rest_.size() - length->header) return std::nullopt;
    const auto whole = rest_.first(length->header + length->value);
    rest_ = rest_.subspan(whole.size());
    return DerElement{whole.front(), whole.subspan(length->header), whole};
}

std::optional<DerElement> DerReader::next(std::uint8_t tag) { return at(tag) ? next() : std::nullopt; }

bool is_strict_der(ByteView bytes, std::size_t depth) {
    DerReader reader(bytes);
    return reader.next() && reader.empty() && all_strict(bytes, depth);
}

} // namespace cifra::crypto
