// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Distinguished names: as text for people, as attributes for rules, as keys to look up by.
#pragma once

#include "crypto/certificate.hpp"

#include <botan/pkix_types.h>

namespace cifra::crypto {

// RFC 4514: the last attribute first, "CN=for people,O=Cifra". What would hide or turn text is written as \XX.
std::string distinguished_name_text(const Botan::X509_DN& name);

std::vector<Attribute> attributes_of(const Botan::X509_DN& subject);

// The one plain commonName; empty if there is none, or more than one.
std::string common_name(const Botan::X509_DN& subject);

// Equal for names that RFC 5280 7.1 calls equal, as far as ASCII goes: regardless of case and of runs of spaces.
std::string comparable_name(const Botan::X509_DN& name);

std::string hex(ByteView bytes); // lower case

} // namespace cifra::crypto
