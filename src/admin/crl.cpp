// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/crl.hpp"

#include "crypto/certificate_path.hpp"

#include <botan/bigint.h>
#include <botan/data_src.h>
#include <botan/der_enc.h>
#include <botan/hex.h>
#include <botan/pem.h>
#include <botan/pkix_types.h>
#include <botan/x509_crl.h>

#include <algorithm>
#include <chrono>

namespace cifra::admin {

namespace {

Botan::X509_Time time_of(std::int64_t seconds) {
    return Botan::X509_Time(std::chrono::system_clock::from_time_t(static_cast<std::time_t>(seconds)));
}

void add_extension(Botan::DER_Encoder& list, const char* oid, bool critical, const Bytes& value) {
    list.start_cons(Botan::SEQUENCE).encode(Botan::OID(oid)).encode_optional(critical, false);
    list.encode(value, Botan::OCTET_STRING).end_cons();
}

Bytes integer(std::uint64_t number) {
    Bytes value;
    Botan::DER_Encoder(value).encode(Botan::BigInt(number));
    return value;
}

Bytes key_identifier(const Bytes& id) {
    Bytes value;
    Botan::DER_Encoder(value)
        .start_cons(Botan::SEQUENCE)
        .encode(id, Botan::OCTET_STRING, Botan::ASN1_Tag(0), Botan::CONTEXT_SPECIFIC)
        .end_cons();
    return value;
}

Bytes reason_extensions(int code) {
    Bytes reason, list;
    Botan::DER_Encoder(reason).encode(static_cast<std::size_t>(code), Botan::ENUMERATED, Botan::UNIVERSAL);
    Botan::DER_Encoder encoder(list);
    encoder.start_cons(Botan::SEQUENCE);
    add_extension(encoder, "2.5.29.21", false, reason);
    encoder.end_cons();
    return list;
}

void add_entries(Botan::DER_Encoder& body, const CrlRequest& request) {
    if (request.revoked.empty()) return; // an empty list must be left out (RFC 5280, section 5.1.2.6)
    body.start_cons(Botan::SEQUENCE);
    for (const auto& one : request.revoked) {
        body.start_cons(Botan::SEQUENCE);
        body.encode(Botan::BigInt::decode(Botan::hex_decode(one.serial)));
        body.encode(time_of(std::min(one.time, request.this_update)));
        const auto* reason = std::ranges::find(reasons, one.reason, &Reason::name);
        // "unspecified" should not be written (section 5.3.1).
        if (reason != reasons.end() && reason->code != 0) body.raw_bytes(reason_extensions(reason->code));
        body.end_cons();
    }
    body.end_cons();
}

void add_extensions(Botan::DER_Encoder& body, const Issued& ca, const CrlRequest& request) {
    body.start_explicit(0).start_cons(Botan::SEQUENCE);
    add_extension(body, "2.5.29.35", false, key_identifier(ca.certificate.subject_key_id()));
    add_extension(body, "2.5.29.20", false, integer(request.number));
    if (request.base) add_extension(body, "2.5.29.27", true, integer(*request.base));
    body.end_cons().end_explicit();
}

} // namespace

std::string make_crl(const Issued& ca, const CrlRequest& request, Botan::RandomNumberGenerator& rng) {
    constexpr std::size_t version_2 = 1;
    const auto signing = ca_signer(*ca.key, rng);
    Botan::DER_Encoder body;
    body.start_cons(Botan::SEQUENCE).encode(version_2).encode(signing.algorithm);
    body.encode(ca.certificate.subject_dn()).encode(time_of(request.this_update)).encode(time_of(request.next_update));
    add_entries(body, request);
    add_extensions(body, ca, request);
    body.end_cons();
    const auto der = Botan::X509_Object::make_signed(signing.signer.get(), rng, signing.algorithm, body.get_contents());
    return Botan::PEM_Code::encode(der, "X509 CRL");
}

std::optional<Crl> parse_crl(const std::string& pem) {
    try {
        Botan::DataSource_Memory source(pem);
        const Botan::X509_CRL parsed(source);
        Crl crl;
        crl.text = pem;
        crl.number = parsed.crl_number();
        crl.this_update = crypto::seconds_of(parsed.this_update());
        crl.next_update = crypto::seconds_of(parsed.next_update());
        for (const auto& entry : parsed.get_revoked())
            crl.serials.push_back(Botan::hex_encode(entry.serial_number(), false));
        std::ranges::sort(crl.serials);
        return crl;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

} // namespace cifra::admin
