// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/der_check.hpp"

namespace cifra::crypto {

namespace {

struct Length {
    std::size_t value;
    std::size_t header; // bytes of tag and length
};

// Two length bytes suffice for everything that fits into max_certificate_size.
std::optional<Length> read_length(ByteView bytes) {
    if (bytes.size() < 2) return std::nullopt;
    const std::size_t first = bytes[1];
    if (first < 0x80) return Length{first, 2};
    if (first == 0x81 && bytes.size() >= 3 && bytes[2] >= 0x80) return Length{bytes[2], 3};
    if (first == 0x82 && bytes.size() >= 4 && bytes[2] != 0) {
        return Length{std::size_t{bytes[2]} << 8U | bytes[3], 4};
    }
    return std::nullopt;
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
