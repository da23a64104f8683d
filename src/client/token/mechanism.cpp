// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/mechanism.hpp"

#include "crypto/signature.hpp"

#include <botan/bigint.h>
#include <botan/der_enc.h>
#include <botan/hash.h>
#include <botan/hash_id.h>

#include <algorithm>

namespace cifra::token {

namespace {

using Input = Mechanism::Input;

struct Way {
    Scheme scheme;
    std::vector<Mechanism> mechanisms; // the one preferred first
};

// SoftHSM has no CKM_ECDSA_SHA256; raw CKM_ECDSA works on every token that was tried.
const std::vector<Way>& ways() {
    static const std::vector<Way> all{
        {Scheme::ecdsa_p256_sha256, {{CKM_ECDSA, Input::hash}, {CKM_ECDSA_SHA256, Input::message}}},
        {Scheme::ecdsa_p384_sha384, {{CKM_ECDSA, Input::hash}, {CKM_ECDSA_SHA384, Input::message}}},
        {Scheme::rsa_pss_sha256, {{CKM_SHA256_RSA_PKCS_PSS, Input::message}, {CKM_RSA_PKCS_PSS, Input::hash}}},
        {Scheme::rsa_pkcs1_sha256, {{CKM_SHA256_RSA_PKCS, Input::message}, {CKM_RSA_PKCS, Input::digest_info}}},
    };
    return all;
}

bool can_sign(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, CK_MECHANISM_TYPE type) {
    CK_MECHANISM_INFO info{};
    return functions->C_GetMechanismInfo(slot, type, &info) == CKR_OK && (info.flags & CKF_SIGN) != 0;
}

const char* hash_name(Scheme scheme) { return scheme == Scheme::ecdsa_p384_sha384 ? "SHA-384" : "SHA-256"; }

} // namespace

std::optional<Mechanism> mechanism_on(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, Scheme scheme) {
    for (const auto& way : ways())
        for (const auto& mechanism : way.mechanisms)
            if (way.scheme == scheme && can_sign(functions, slot, mechanism.type)) return mechanism;
    return std::nullopt;
}

std::vector<Scheme> schemes_on(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, const Botan::Public_Key& key) {
    std::vector<Scheme> schemes;
    for (const auto scheme : crypto::schemes_of(key))
        if (mechanism_on(functions, slot, scheme)) schemes.push_back(scheme);
    return schemes;
}

Bytes input_of(const Mechanism& mechanism, Scheme scheme, ByteView content) {
    if (mechanism.input == Input::message) return {content.begin(), content.end()};
    const auto hash = Botan::HashFunction::create_or_throw(hash_name(scheme));
    hash->update(content.data(), content.size());
    Bytes input;
    if (mechanism.input == Input::digest_info) input = Botan::pkcs_hash_id(hash_name(scheme));
    Bytes digest(hash->output_length());
    hash->final(digest.data());
    input.insert(input.end(), digest.begin(), digest.end());
    return input;
}

std::optional<CK_RSA_PKCS_PSS_PARAMS> parameter_of(Scheme scheme) {
    if (scheme != Scheme::rsa_pss_sha256) return std::nullopt;
    return CK_RSA_PKCS_PSS_PARAMS{CKM_SHA256, CKG_MGF1_SHA256, 32};
}

Bytes wire_form(Scheme scheme, Bytes signature) {
    if (scheme != Scheme::ecdsa_p256_sha256 && scheme != Scheme::ecdsa_p384_sha384) return signature;
    const std::size_t half = scheme == Scheme::ecdsa_p256_sha256 ? 32 : 48;
    if (signature.size() != 2 * half) return {};
    Bytes der;
    Botan::DER_Encoder(der)
        .start_cons(Botan::SEQUENCE)
        .encode(Botan::BigInt(signature.data(), half))
        .encode(Botan::BigInt(signature.data() + half, half))
        .end_cons();
    return der;
}

} // namespace cifra::token
