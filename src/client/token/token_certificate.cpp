// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/token.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/der_check.hpp"

#include <botan/ecc_key.h>
#include <botan/hex.h>
#include <botan/pk_keys.h>
#include <botan/x509_dn.h>

namespace cifra::token {

namespace {

std::string kind_of(const Botan::Public_Key& key) {
    if (const auto* ec = dynamic_cast<const Botan::EC_PublicKey*>(&key)) {
        const auto bits = ec->domain().get_p_bits();
        return "EC, " + std::to_string(bits) + " bits";
    }
    return key.algo_name() + ", " + std::to_string(key.key_length()) + " bits";
}

std::string text_of(const Botan::X509_DN& name) {
    auto text = name.to_string();
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return text;
}

void fill(Certificate& to, const Botan::X509_Certificate& from) {
    to.holder = crypto::common_name(from);
    to.subject = text_of(from.subject_dn());
    to.issuer = text_of(from.issuer_dn());
    to.serial = Botan::hex_encode(from.serial_number(), false);
    to.subject_numbers = from.subject_info("X520.SerialNumber");
    to.subject_der = from.raw_subject_dn();
    to.issuer_der = from.raw_issuer_dn();
    to.not_before = crypto::seconds_of(from.not_before());
    to.not_after = crypto::seconds_of(from.not_after());
    to.authority = from.is_CA_cert();
    to.signs = from.allowed_usage(Botan::DIGITAL_SIGNATURE);
    to.public_key = from.load_subject_public_key();
    to.key_kind = kind_of(*to.public_key);
}

} // namespace

void read_certificate(Certificate& certificate) {
    // A card is anybody's: what is on it meets Botan's parser as a peer's certificate does, after the strict check.
    if (certificate.der.size() > crypto::max_certificate_size || !crypto::is_strict_der(certificate.der)) return;
    try {
        fill(certificate, Botan::X509_Certificate(certificate.der));
        certificate.readable = true;
    } catch (const std::exception&) {
        certificate.readable = false;
        certificate.public_key = nullptr;
    }
}

} // namespace cifra::token
