// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_form.hpp"
#include "people/people.hpp"

#include <algorithm>

namespace cifra::people {

namespace {

constexpr std::size_t longest = 64;

// The one value of an attribute; empty when there is none, or several.
std::string only(const UserFacts& user, std::string_view attribute) {
    std::string value;
    for (const auto& one : user.attributes) {
        if (one.name != attribute) continue;
        if (!value.empty()) return {};
        value = one.value;
    }
    return value;
}

// At most `size` bytes, cut where a character begins.
std::string cut(const std::string& text, std::size_t size) {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    return text.substr(0, size);
}

} // namespace

std::string name_by_attributes(const UserFacts& user) {
    const auto common = only(user, "CN");
    const auto number = only(user, "serialNumber");
    // With brackets of its own, a commonName could pass for another one's name and number.
    const bool clear =
        common.find_first_of("[]") == std::string::npos && number.find_first_of("[]") == std::string::npos;
    if (clear && !common.empty() && !number.empty()) {
        const auto whole = common + " [" + number + "]";
        if (crypto::is_plain_name(whole)) return whole;
    }
    // The key tells apart what cannot be told in full; a bare commonName would pass for whom we issued under that name.
    const auto tail = " [key " + user.key_hash.substr(0, 16) + "]";
    const auto shortened = cut(common, longest - tail.size());
    if (clear && crypto::is_plain_name(shortened)) return shortened + tail;
    return tail.substr(1);
}

bool is_key_hash(std::string_view text) noexcept {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace cifra::people
