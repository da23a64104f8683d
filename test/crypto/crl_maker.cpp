// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crl_maker.hpp"

#include <botan/asn1_time.h>
#include <botan/bigint.h>
#include <botan/der_enc.h>
#include <botan/pem.h>
#include <botan/pkix_types.h>
#include <botan/pubkey.h>

namespace cifra::test {

namespace {

Botan::X509_Time time_of(std::int64_t seconds) {
    return Botan::X509_Time(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

void encode(Botan::DER_Encoder& encoder, const OtherExtension& extension) {
    encoder.start_cons(Botan::SEQUENCE).encode(Botan::OID(extension.oid));
    if (extension.critical) encoder.encode(true);
    encoder.encode(extension.value, Botan::OCTET_STRING).end_cons();
}

Bytes number_value(std::uint64_t number) {
    Bytes value;
    Botan::DER_Encoder(value).encode(Botan::BigInt(number));
    return value;
}

std::vector<OtherExtension> extensions_of(const CrlRecipe& recipe) {
    auto extensions = recipe.others;
    extensions.push_back({"2.5.29.20", number_value(recipe.number), false});
    if (recipe.base) extensions.push_back({"2.5.29.27", number_value(*recipe.base), true});
    return extensions;
}

void encode(Botan::DER_Encoder& encoder, const Revoked& entry) {
    encoder.start_cons(Botan::SEQUENCE).encode(Botan::BigInt(entry.serial)).encode(time_of(now - day));
    auto extensions = entry.others;
    if (entry.reason >= 0)
        extensions.push_back({"2.5.29.21", {0x0A, 0x01, static_cast<std::uint8_t>(entry.reason)}, false});
    if (!extensions.empty()) {
        encoder.start_cons(Botan::SEQUENCE);
        for (const auto& extension : extensions) encode(encoder, extension);
        encoder.end_cons();
    }
    encoder.end_cons();
}

} // namespace

Bytes make_crl(const Made& issuer, const CrlRecipe& recipe) {
    Botan::AutoSeeded_RNG rng;
    Botan::AlgorithmIdentifier algorithm;
    const auto signer = Botan::X509_Object::choose_sig_format(algorithm, *issuer.key, rng, recipe.hash, "");
    Botan::DER_Encoder encoder;
    encoder.start_cons(Botan::SEQUENCE);
    if (recipe.extensions) encoder.encode(std::size_t{1});
    encoder.encode(algorithm).encode(issuer.certificate.subject_dn()).encode(time_of(recipe.from));
    if (recipe.until) encoder.encode(time_of(*recipe.until));
    if (!recipe.revoked.empty()) {
        encoder.start_cons(Botan::SEQUENCE);
        for (const auto& entry : recipe.revoked) encode(encoder, entry);
        encoder.end_cons();
    }
    if (recipe.extensions) {
        encoder.start_explicit(0).start_cons(Botan::SEQUENCE);
        for (const auto& extension : extensions_of(recipe)) encode(encoder, extension);
        encoder.end_cons().end_explicit();
    }
    encoder.end_cons();
    return Botan::X509_Object::make_signed(signer.get(), rng, algorithm, encoder.get_contents());
}

std::string pem_crl(const Bytes& der) { return Botan::PEM_Code::encode(der, "X509 CRL"); }

Revoked revoked(const Made& certificate, int reason) { return {certificate.certificate.serial_number(), reason}; }

} // namespace cifra::test
