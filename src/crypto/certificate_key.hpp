// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Keys and signature algorithms of the profile, by their bytes, before anybody computes with them.
#pragma once

#include "crypto/certificate_fault.hpp"
#include "crypto/der_check.hpp"

#include <optional>

namespace cifra::crypto {

// Of a SubjectPublicKeyInfo: nothing, weak_key or malformed.
std::optional<ChainFault> check_key(const DerElement& public_key_info);

// Of an AlgorithmIdentifier that says how something was signed: nothing, weak_signature or malformed.
std::optional<ChainFault> check_signature_algorithm(const DerElement& algorithm);

// The content of a BIT STRING of whole bytes. Botan ignores the number of unused bits: there would be several encodings
// of one signature.
std::optional<ByteView> whole_bytes(const DerElement& bit_string);

} // namespace cifra::crypto
