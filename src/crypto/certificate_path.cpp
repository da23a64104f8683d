// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_path.hpp"

#include "crypto/certificate_subject.hpp"
#include "crypto/signed_object.hpp"

#include <botan/hash.h>
#include <botan/x509_ext.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

struct RoleUsages {
    Botan::OID general;
    Botan::OID role;
};

// The table of PROTOCOL.md section 4.5.
const RoleUsages& usages_of(Party party) {
    static const Botan::OID server_auth("1.3.6.1.5.5.7.3.1");
    static const Botan::OID client_auth("1.3.6.1.5.5.7.3.2");
    static const Botan::OID code_signing("1.3.6.1.5.5.7.3.3");
    static const std::array<RoleUsages, 4> table{{{server_auth, Botan::OID("1.3.6.1.4.1.32473.1.1")},
                                                  {client_auth, Botan::OID("1.3.6.1.4.1.32473.1.2")},
                                                  {client_auth, Botan::OID("1.3.6.1.4.1.32473.1.3")},
                                                  {code_signing, Botan::OID("1.3.6.1.4.1.32473.1.4")}}};
    return table.at(static_cast<std::size_t>(party));
}

bool has_role(const Botan::X509_Certificate& certificate, Party party) {
    const auto& usages = usages_of(party);
    return certificate.has_ex_constraint(usages.general) && certificate.has_ex_constraint(usages.role);
}

// Cards are made for logging in to something, not to us.
bool fits_card(const Botan::X509_Certificate& certificate) {
    static const std::array accepted{
        Botan::OID("1.3.6.1.5.5.7.3.2"),      // clientAuth
        Botan::OID("2.5.29.37.0"),            // anyExtendedKeyUsage
        Botan::OID("1.3.6.1.4.1.311.20.2.2"), // smartcardLogon
    };
    return std::ranges::any_of(accepted, [&](const auto& usage) { return certificate.has_ex_constraint(usage); });
}

bool fits(const Botan::X509_Certificate& certificate, Party party, Profile profile) {
    return profile == Profile::card ? fits_card(certificate) : has_role(certificate, party);
}

bool says_ca(const Botan::X509_Certificate& certificate) {
    const auto* basic = certificate.v3_extensions().get_extension_object_as<Botan::Cert_Extension::Basic_Constraints>();
    return basic != nullptr && basic->get_is_ca();
}

} // namespace

Bytes fingerprint_of(ByteView der) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(der.data(), der.size());
    Bytes digest(32);
    hash->final(digest.data());
    return digest;
}

ChainResult<Botan::X509_Certificate> parse_certificate(ByteView der, Profile profile) {
    if (const auto fault = check_form(der, profile)) return *fault;
    try {
        Botan::X509_Certificate certificate(Bytes(der.begin(), der.end()));
        certificate.load_subject_public_key(); // throws for a point that is not on its curve: better here than later
        return certificate;
    } catch (const std::exception&) {
        return ChainFault::malformed;
    }
}

std::optional<ChainFault> check_leaf(const Botan::X509_Certificate& leaf, Party party, Profile profile) {
    if (says_ca(leaf)) return ChainFault::is_ca;
    if (!leaf.has_constraints(Botan::DIGITAL_SIGNATURE) || leaf.has_constraints(Botan::KEY_CERT_SIGN))
        return ChainFault::key_usage;
    const bool any = profile == Profile::card && leaf.extended_key_usage().empty();
    return any || fits(leaf, party, profile) ? std::nullopt : std::optional(ChainFault::wrong_role);
}

std::optional<ChainFault> check_ca(const Botan::X509_Certificate& ca, Party party, Profile profile) {
    if (!says_ca(ca)) return ChainFault::not_ca;
    if (!ca.has_constraints(Botan::KEY_CERT_SIGN)) return ChainFault::ca_key_usage;
    const bool any = ca.extended_key_usage().empty();
    return any || fits(ca, party, profile) ? std::nullopt : std::optional(ChainFault::ca_wrong_role);
}

ChainResult<SubjectNames> subject_names(const Botan::X509_Certificate& certificate) {
    static const Botan::OID subject_alt_name("2.5.29.17");
    if (!certificate.v3_extensions().extension_set(subject_alt_name)) return SubjectNames{};
    auto names = parse_subject_names(certificate.v3_extensions().get_extension_bits(subject_alt_name));
    if (!names) return ChainFault::malformed;
    return std::move(*names);
}

std::string common_name(const Botan::X509_Certificate& certificate) { return common_name(certificate.subject_dn()); }

std::optional<ChainFault> check_issued(const Botan::X509_Certificate& subject, const Botan::Public_Key& issuer) {
    const bool verified = subject.verify_signature(issuer) == Botan::Certificate_Status_Code::VERIFIED;
    return verified ? std::nullopt : std::optional(ChainFault::bad_signature);
}

PeerFacts facts_of(const Botan::X509_Certificate& leaf, ByteView der) {
    PeerFacts facts;
    facts.fingerprint = fingerprint_of(der);
    facts.key = leaf.load_subject_public_key();
    facts.key_hash = key_hash_of(*facts.key);
    facts.serial = hex(leaf.serial_number());
    facts.issuer = distinguished_name_text(leaf.issuer_dn());
    facts.attributes = attributes_of(leaf.subject_dn());
    facts.not_after = seconds_of(leaf.not_after());
    return facts;
}

// As Botan writes it, in one way whatever the certificate's: so one key has one hash.
Bytes key_hash_of(const Botan::Public_Key& key) { return fingerprint_of(key.subject_public_key()); }

Bytes key_hash_of(const Botan::X509_Certificate& certificate) {
    return key_hash_of(*certificate.load_subject_public_key());
}

} // namespace cifra::crypto
