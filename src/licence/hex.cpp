// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/hex.hpp"

namespace cifra::licence {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

} // namespace

std::string to_hex(const proto::Id16& id) {
    std::string text;
    for (const auto byte : id) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::optional<proto::Id16> id_of(std::string_view hex) {
    proto::Id16 id{};
    if (hex.size() != 2 * id.size()) return {};
    for (std::size_t i = 0; i < hex.size(); ++i) {
        const auto value = digits.find(hex[i]);
        if (value == std::string_view::npos) return {};
        id[i / 2] = static_cast<std::uint8_t>(std::size_t{id[i / 2]} << 4U | value);
    }
    return id;
}

} // namespace cifra::licence
