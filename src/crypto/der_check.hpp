// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The strict subset of DER that a certificate is held to before a general parser sees it: one-byte tags,
// definite and minimal lengths of up to four bytes, bounded depth. Linear in the size, allocates nothing.
#pragma once

#include "proto/bytes.hpp"

#include <optional>
#include <string_view>

namespace cifra::crypto {

inline constexpr std::size_t max_certificate_size = 8192;
inline constexpr std::size_t max_der_depth = 16;

namespace der {
inline constexpr std::uint8_t boolean = 0x01;
inline constexpr std::uint8_t integer = 0x02;
inline constexpr std::uint8_t bit_string = 0x03;
inline constexpr std::uint8_t octet_string = 0x04;
inline constexpr std::uint8_t null = 0x05;
inline constexpr std::uint8_t enumerated = 0x0A;
inline constexpr std::uint8_t object_id = 0x06;
inline constexpr std::uint8_t utc_time = 0x17;
inline constexpr std::uint8_t generalized_time = 0x18;
inline constexpr std::uint8_t sequence = 0x30;
inline constexpr std::uint8_t constructed = 0x20; // the bit of a tag
} // namespace der

struct DerElement {
    std::uint8_t tag = 0;
    ByteView content;
    ByteView whole; // header included
};

// The content, as OBJECT IDENTIFIERs are compared.
inline std::string_view text(const DerElement& element) {
    return {reinterpret_cast<const char*>(element.content.data()), element.content.size()};
}

// Reads elements that lie one behind the other.
class DerReader {
  public:
    explicit DerReader(ByteView bytes) : rest_(bytes) {}
    bool empty() const { return rest_.empty(); }
    bool at(std::uint8_t tag) const { return !rest_.empty() && rest_.front() == tag; }
    // Nothing if the next element is not in the subset; the reader then stays where it is.
    std::optional<DerElement> next();
    // The same, and nothing if it bears another tag.
    std::optional<DerElement> next(std::uint8_t tag);

  private:
    ByteView rest_;
};

// Exactly one element, the constructed ones in it whole down to `depth` levels (itself counted), and nothing behind it.
bool is_strict_der(ByteView bytes, std::size_t depth = max_der_depth);

} // namespace cifra::crypto
