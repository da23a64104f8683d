// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// How a token makes a signature of one of our schemes. For this folder only.
#pragma once

#include "client/token/pkcs11.hpp"
#include "proto/names.hpp"

#include <botan/pk_keys.h>

namespace cifra::token {

struct Mechanism {
    CK_MECHANISM_TYPE type = 0;
    enum class Input : std::uint8_t { message, hash, digest_info } input = Input::message;
};

// The schemes that this key and the token in this slot can both make, the best first.
std::vector<Scheme> schemes_on(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, const Botan::Public_Key& key);

// The way that this token has for a scheme: one that hashes itself, else a raw one.
std::optional<Mechanism> mechanism_on(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, Scheme scheme);

// What the token is given to sign, and the parameter of a PSS mechanism.
Bytes input_of(const Mechanism& mechanism, Scheme scheme, ByteView content);
std::optional<CK_RSA_PKCS_PSS_PARAMS> parameter_of(Scheme scheme);

// ECDSA: r ‖ s, as PKCS#11 has it, becomes the DER of the wire; others stay. Empty for what is no such pair.
Bytes wire_form(Scheme scheme, Bytes signature);

} // namespace cifra::token
