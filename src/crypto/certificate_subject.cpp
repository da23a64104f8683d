// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_subject.hpp"

#include "crypto/certificate_form.hpp"
#include "crypto/der_check.hpp"

#include <botan/ber_dec.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

struct ShortName {
    std::string_view oid, name;
    bool for_rules;
};

constexpr std::array short_names{
    ShortName{"2.5.4.3", "CN", true},
    ShortName{"2.5.4.4", "SN", true},
    ShortName{"2.5.4.5", "serialNumber", true},
    ShortName{"2.5.4.6", "C", true},
    ShortName{"2.5.4.7", "L", false},
    ShortName{"2.5.4.8", "ST", false},
    ShortName{"2.5.4.10", "O", true},
    ShortName{"2.5.4.11", "OU", true},
    ShortName{"2.5.4.12", "T", true},
    ShortName{"2.5.4.42", "GN", true},
    ShortName{"2.5.4.97", "organizationIdentifier", false},
    ShortName{"0.9.2342.19200300.100.1.1", "UID", false},
    ShortName{"0.9.2342.19200300.100.1.25", "DC", false},
    ShortName{"1.2.840.113549.1.9.1", "E", false},
};

const ShortName* find(const std::string& oid) {
    const auto found = std::ranges::find(short_names, oid, &ShortName::oid);
    return found == short_names.end() ? nullptr : &*found;
}

void append_hex(std::string& text, std::uint8_t byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[byte >> 4U];
    text += digits[byte & 0x0FU];
}

std::string escaped(std::string_view value) {
    std::string text;
    for (std::size_t at = 0; at < value.size();) {
        const auto length = plain_character(value.substr(at));
        const char c = value[at];
        const bool at_edge = (c == ' ' && (at == 0 || at + 1 == value.size())) || (c == '#' && at == 0);
        if (length == 0) {
            text += '\\';
            append_hex(text, static_cast<std::uint8_t>(c));
        } else {
            if (at_edge || std::string_view(",+\"\\<>;=").find(c) != std::string_view::npos) text += '\\';
            text += value.substr(at, length);
        }
        at += std::max<std::size_t>(length, 1);
    }
    return text;
}

} // namespace

std::string distinguished_name_text(const Botan::X509_DN& name) {
    std::string text;
    const auto& attributes = name.dn_info();
    for (auto i = attributes.rbegin(); i != attributes.rend(); ++i) {
        const auto oid = i->first.to_string();
        const auto* known = find(oid);
        if (!text.empty()) text += ',';
        text += known == nullptr ? std::string_view(oid) : known->name;
        text += '=' + escaped(i->second.value());
    }
    return text;
}

std::vector<Attribute> attributes_of(const Botan::X509_DN& subject) {
    std::vector<Attribute> attributes;
    for (const auto& [oid, value] : subject.dn_info()) {
        const auto* known = find(oid.to_string());
        if (known != nullptr && known->for_rules) attributes.push_back({std::string(known->name), value.value()});
    }
    return attributes;
}

std::string common_name(const Botan::X509_DN& subject) {
    std::string name;
    for (const auto& attribute : attributes_of(subject)) {
        if (attribute.type != "CN") continue;
        if (!name.empty() || !is_plain_name(attribute.value)) return {};
        name = attribute.value;
    }
    return name;
}

ChainResult<bool> is_self_issued(ByteView certificate) try {
    DerReader outer(DerReader(certificate).next(der::sequence)->content);
    DerReader body(outer.next(der::sequence)->content);
    std::array<Botan::X509_DN, 2> names;
    for (const std::size_t before : {3U, 1U}) { // version, serial number and algorithm; validity
        for (std::size_t i = 0; i < before; ++i) body.next();
        const auto name = body.next();
        Botan::BER_Decoder(name->whole.data(), name->whole.size()).decode(names.at(before == 3 ? 0 : 1));
    }
    return names[0] == names[1];
} catch (const Botan::Exception&) {
    return ChainFault::malformed;
}

std::string comparable_name(const Botan::X509_DN& name) {
    std::string text;
    for (const auto& [oid, value] : name.dn_info()) {
        text += oid.to_string() + '=';
        bool space = true; // none at the beginning
        for (const char c : value.value()) {
            if (c != ' ' || !space) text += ascii_lower(c);
            space = c == ' ';
        }
        if (text.back() == ' ') text.pop_back();
        text += '\0';
    }
    return text;
}

std::string hex(ByteView bytes) {
    std::string text;
    for (const auto byte : bytes) append_hex(text, byte);
    return text;
}

} // namespace cifra::crypto
