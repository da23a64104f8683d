// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What is looked at in a certificate's bytes before Botan parses them: Botan verifies the signature of a
// self-issued certificate while it parses, and knows curves, keys and extensions that the profile does not.
#pragma once

#include "crypto/certificate.hpp"

#include <string>

namespace cifra::crypto {

// Nothing when the certificate has the outer form of the profile; else which of the faults of form it has.
std::optional<ChainFault> check_form(ByteView certificate, Profile profile = Profile::cifra);

// What is asked of anything before Botan sees it: size, strict DER, and nothing in it that Botan would take for PEM.
std::optional<ChainFault> check_outline(ByteView der);

// Of what check_form() has accepted: issuer and subject are one name, as Botan compares them. The fault if one of them
// is no name at all, which check_form() does not look at.
ChainResult<bool> is_self_issued(ByteView certificate);

// The names of a subjectAltName that count.
struct SubjectNames {
    std::vector<std::string> dns; // lower case
    std::vector<Bytes> addresses; // 4 or 16 bytes each
    bool empty() const { return dns.empty() && addresses.empty(); }
    // `host` is a name (one trailing dot is ignored) or an IPv4 or IPv6 address without brackets. No wildcards.
    bool contain(std::string_view host) const;
};
// From the extension's value. Botan itself leaves IPv6 addresses out. Nothing when it is malformed.
std::optional<SubjectNames> parse_subject_names(ByteView extension);

inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// An IPv4 or IPv6 address as bytes; empty for anything else.
Bytes parse_address(std::string_view text);

// How many bytes the first character of `text` takes, if it is UTF-8 and hides nothing; else 0.
std::size_t plain_character(std::string_view text);

// `text` for a terminal or a log: '?' for what is not UTF-8, hides, turns the text round it, or is a control character,
// but for those of `kept`.
std::string plain_text(std::string_view text, std::string_view kept = {});

// Not empty, at most 64 bytes of UTF-8, nothing that hides or turns text: as a person's or a device's name may stand in
// logs.
bool is_plain_name(std::string_view name);

} // namespace cifra::crypto
