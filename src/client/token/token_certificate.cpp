// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/token.hpp"
#include "crypto/certificate_form.hpp"
#include "crypto/certificate_key.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/der_check.hpp"

#include <botan/ber_dec.h>
#include <botan/ecc_key.h>
#include <botan/hex.h>
#include <botan/pk_keys.h>
#include <botan/x509_dn.h>

#include <array>

namespace cifra::token {

namespace {

std::string kind_of(const Botan::Public_Key& key) {
    if (const auto* ec = dynamic_cast<const Botan::EC_PublicKey*>(&key)) {
        const auto bits = ec->domain().get_p_bits();
        return "EC, " + std::to_string(bits) + " bits";
    }
    return key.algo_name() + ", " + std::to_string(key.key_length()) + " bits";
}

std::string text_of(const Botan::X509_DN& name) { return crypto::plain_text(name.to_string()); }

void fill(Certificate& to, const Botan::X509_Certificate& from) {
    to.holder = crypto::plain_text(crypto::common_name(from));
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

// Whether Botan would compute with a key of any size: it verifies what is self-issued while it parses.
bool is_costly(ByteView der) {
    namespace form = crypto::der;
    const auto outer = crypto::DerReader(der).next(form::sequence);
    const auto body = outer ? crypto::DerReader(outer->content).next(form::sequence) : std::nullopt;
    if (!body) return true;
    crypto::DerReader reader(body->content);
    if (!reader.at(form::integer)) reader.next(); // the version; the oldest has none
    reader.next(form::integer);
    reader.next(form::sequence); // algorithm
    std::array<Botan::X509_DN, 2> names;
    for (auto& name : names) {
        const auto element = reader.next(form::sequence);
        if (!element) return true;
        Botan::BER_Decoder(element->whole.data(), element->whole.size()).decode(name);
        if (&name == &names[0]) reader.next(form::sequence); // validity
    }
    const auto key = reader.next(form::sequence);
    return !key || (names[0] == names[1] && crypto::check_key(*key));
}

} // namespace

void read_certificate(Certificate& certificate) {
    // A card is anybody's: what is on it meets Botan's parser as a peer's certificate does, after the strict check.
    if (crypto::check_outline(certificate.der)) return;
    try {
        if (is_costly(certificate.der)) return;
        fill(certificate, Botan::X509_Certificate(certificate.der));
        certificate.readable = true;
    } catch (const std::exception&) {
        certificate.readable = false;
        certificate.public_key = nullptr;
    }
}

} // namespace cifra::token
