// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/issue.hpp"

#include "crypto/certificate_path.hpp"

#include <botan/der_enc.h>
#include <botan/pk_algs.h>
#include <botan/pubkey.h>
#include <botan/x509_ca.h>
#include <botan/x509_ext.h>

#include <algorithm>
#include <chrono>

namespace cifra::admin {

namespace {

namespace ext = Botan::Cert_Extension;

// Botan's own subjectAltName takes no IPv6 address.
class SubjectAltName final : public Botan::Certificate_Extension {
  public:
    explicit SubjectAltName(Bytes value) : value_(std::move(value)) {}
    Botan::OID oid_of() const override { return Botan::OID("2.5.29.17"); }
    std::string oid_name() const override { return "X509v3.SubjectAlternativeName"; }
    Certificate_Extension* copy() const override { return new SubjectAltName(value_); }
    void contents_to(Botan::Data_Store&, Botan::Data_Store&) const override {}

  protected:
    Bytes encode_inner() const override { return value_; }
    void decode_inner(const Bytes&) override { throw Botan::Not_Implemented("SubjectAltName::decode_inner"); }

  private:
    Bytes value_;
};

Bytes subject_alt_name(const std::vector<std::string>& hosts) {
    Bytes value;
    if (hosts.empty()) return value;
    Botan::DER_Encoder encoder(value);
    encoder.start_cons(Botan::SEQUENCE);
    for (const auto& host : hosts) {
        const auto address = crypto::parse_address(host);
        if (address.empty()) {
            encoder.add_object(Botan::ASN1_Tag(2), Botan::CONTEXT_SPECIFIC, host);
        } else {
            encoder.add_object(Botan::ASN1_Tag(7), Botan::CONTEXT_SPECIFIC, address);
        }
    }
    encoder.end_cons();
    return value;
}

std::vector<Botan::OID> usages_of(Party party) {
    switch (party) {
        case Party::server:
            return {Botan::OID("1.3.6.1.5.5.7.3.1"), Botan::OID("1.3.6.1.4.1.32473.1.1")};
        case Party::device:
            return {Botan::OID("1.3.6.1.5.5.7.3.2"), Botan::OID("1.3.6.1.4.1.32473.1.2")};
        case Party::user:
            return {Botan::OID("1.3.6.1.5.5.7.3.2"), Botan::OID("1.3.6.1.4.1.32473.1.3")};
        case Party::publisher:
            return {Botan::OID("1.3.6.1.5.5.7.3.3"), Botan::OID("1.3.6.1.4.1.32473.1.4")};
        case Party::enrolment:
            break;
    }
    throw std::logic_error("no certificate is for this party");
}

struct Signing {
    const Botan::Private_Key& key;
    Botan::X509_DN issuer;
    Bytes issuer_key_id; // empty for a root
};

// What every certificate bears, then signed.
Botan::X509_Certificate sign(const Signing& by, const Bytes& public_key, const Botan::X509_DN& subject,
                             Botan::Extensions extensions, std::chrono::system_clock::time_point until,
                             Botan::RandomNumberGenerator& rng) {
    extensions.add(new ext::Subject_Key_ID(public_key, "SHA-256"));
    if (!by.issuer_key_id.empty()) extensions.add(new ext::Authority_Key_ID(by.issuer_key_id));
    const auto signing = ca_signer(by.key, rng);
    const auto from = std::chrono::system_clock::now() - std::chrono::hours(1); // clocks differ
    return Botan::X509_CA::make_cert(signing.signer.get(), rng, signing.algorithm, public_key, Botan::X509_Time(from),
                                     Botan::X509_Time(until), by.issuer, subject, extensions);
}

std::chrono::system_clock::time_point in_days(int days) {
    return std::chrono::system_clock::now() + std::chrono::hours(24) * days;
}

Botan::X509_DN named(const std::string& name) {
    Botan::X509_DN dn;
    dn.add_attribute("X520.CommonName", name);
    return dn;
}

Botan::Extensions ca_extensions(std::size_t path_limit) {
    Botan::Extensions extensions;
    extensions.add(new ext::Basic_Constraints(true, path_limit), true);
    extensions.add(new ext::Key_Usage(Botan::Key_Constraints(Botan::KEY_CERT_SIGN | Botan::CRL_SIGN)), true);
    return extensions;
}

Signing signed_by(const Issued& ca) { return {*ca.key, ca.certificate.subject_dn(), ca.certificate.subject_key_id()}; }

std::chrono::system_clock::time_point end_of(const Botan::X509_Certificate& certificate) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(crypto::seconds_of(certificate.not_after())));
}

Botan::X509_Certificate sign_ca(const Signing& by, Party party, const Bytes& public_key, const Botan::X509_DN& subject,
                                Botan::RandomNumberGenerator& rng) {
    auto extensions = ca_extensions(0);
    extensions.add(new ext::Extended_Key_Usage(usages_of(party)));
    return sign(by, public_key, subject, std::move(extensions), in_days(ca_days), rng);
}

struct Leaf {
    Party party{};
    Botan::X509_DN subject;
    Bytes alternative_names; // the extension's value, or empty
    int days = default_days;
};

Botan::X509_Certificate sign_leaf(const Issued& ca, const Leaf& leaf, const Bytes& public_key,
                                  Botan::RandomNumberGenerator& rng) {
    Botan::Extensions extensions;
    extensions.add(new ext::Basic_Constraints(false), true);
    extensions.add(new ext::Key_Usage(Botan::DIGITAL_SIGNATURE), true);
    extensions.add(new ext::Extended_Key_Usage(usages_of(leaf.party)));
    if (!leaf.alternative_names.empty()) extensions.add(new SubjectAltName(leaf.alternative_names));
    const auto until = std::min(in_days(leaf.days), end_of(ca.certificate));
    return sign(signed_by(ca), public_key, leaf.subject, std::move(extensions), until, rng);
}

} // namespace

CaSigner ca_signer(const Botan::Private_Key& key, Botan::RandomNumberGenerator& rng) {
    CaSigner signing;
    const bool p384 = key.algo_name() == "ECDSA" && key.key_length() == 384;
    signing.signer = Botan::X509_Object::choose_sig_format(signing.algorithm, key, rng, p384 ? "SHA-384" : "SHA-256",
                                                           key.algo_name() == "RSA" ? "EMSA3" : "");
    return signing;
}

std::shared_ptr<const Botan::Private_Key> make_key(const std::string& kind, Botan::RandomNumberGenerator& rng) {
    if (kind == "ed25519") return Botan::create_private_key("Ed25519", rng);
    if (kind.starts_with("rsa")) return Botan::create_private_key("RSA", rng, kind.substr(3));
    return Botan::create_private_key("ECDSA", rng, "secp" + kind.substr(1) + "r1");
}

Issued make_root(const std::string& name, const std::string& kind, Botan::RandomNumberGenerator& rng) {
    auto key = make_key(kind, rng);
    const auto public_key = key->subject_public_key();
    return {sign({*key, named(name), {}}, public_key, named(name), ca_extensions(1), in_days(root_days), rng), key};
}

Botan::X509_Certificate renew_root(const Issued& former, Botan::RandomNumberGenerator& rng) {
    const auto& subject = former.certificate.subject_dn();
    return sign({*former.key, subject, {}}, former.key->subject_public_key(), subject, ca_extensions(1),
                in_days(root_days), rng);
}

Issued make_issuing_ca(const Issued& root, Party party, const std::string& name, const std::string& kind,
                       Botan::RandomNumberGenerator& rng) {
    auto key = make_key(kind, rng);
    return {sign_ca(signed_by(root), party, key->subject_public_key(), named(name), rng), key};
}

Botan::X509_Certificate renew_issuing_ca(const Issued& root, Party party, const Botan::X509_Certificate& former,
                                         Botan::RandomNumberGenerator& rng) {
    return sign_ca(signed_by(root), party, former.subject_public_key_info(), former.subject_dn(), rng);
}

Issued make_leaf(const Issued& ca, const LeafRequest& request, Botan::RandomNumberGenerator& rng) {
    auto key = make_key(request.kind, rng);
    return {certify_leaf(ca, request, key->subject_public_key(), rng), key};
}

Botan::X509_Certificate certify_leaf(const Issued& ca, const LeafRequest& request, const Bytes& public_key,
                                     Botan::RandomNumberGenerator& rng) {
    return sign_leaf(ca, {request.party, named(request.name), subject_alt_name(request.hosts), request.days},
                     public_key, rng);
}

Botan::X509_Certificate renew_leaf(const Issued& ca, Party party, const Botan::X509_Certificate& former, int days,
                                   Botan::RandomNumberGenerator& rng) {
    static const Botan::OID alternative_names("2.5.29.17");
    const auto& extensions = former.v3_extensions();
    const bool names = extensions.extension_set(alternative_names);
    return sign_leaf(
        ca, {party, former.subject_dn(), names ? extensions.get_extension_bits(alternative_names) : Bytes(), days},
        former.subject_public_key_info(), rng);
}

} // namespace cifra::admin
