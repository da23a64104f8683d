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
    explicit SubjectAltName(std::vector<std::string> hosts) : hosts_(std::move(hosts)) {}
    Botan::OID oid_of() const override { return Botan::OID("2.5.29.17"); }
    std::string oid_name() const override { return "X509v3.SubjectAlternativeName"; }
    Certificate_Extension* copy() const override { return new SubjectAltName(hosts_); }
    void contents_to(Botan::Data_Store&, Botan::Data_Store&) const override {}

  protected:
    Bytes encode_inner() const override {
        Bytes value;
        Botan::DER_Encoder encoder(value);
        encoder.start_cons(Botan::SEQUENCE);
        for (const auto& host : hosts_) {
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
    void decode_inner(const Bytes&) override { throw Botan::Not_Implemented("SubjectAltName::decode_inner"); }

  private:
    std::vector<std::string> hosts_;
};

std::vector<Botan::OID> usages_of(Party party) {
    switch (party) {
        case Party::server:
            return {Botan::OID("1.3.6.1.5.5.7.3.1"), Botan::OID("1.3.6.1.4.1.32473.1.1")};
        case Party::device:
            return {Botan::OID("1.3.6.1.5.5.7.3.2"), Botan::OID("1.3.6.1.4.1.32473.1.2")};
        case Party::user:
            return {Botan::OID("1.3.6.1.5.5.7.3.2"), Botan::OID("1.3.6.1.4.1.32473.1.3")};
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
Botan::X509_Certificate sign(const Signing& by, const Botan::Private_Key& key, const Botan::X509_DN& subject,
                             Botan::Extensions extensions, std::chrono::system_clock::time_point until,
                             Botan::RandomNumberGenerator& rng) {
    const auto public_key = key.subject_public_key();
    extensions.add(new ext::Subject_Key_ID(public_key, "SHA-256"));
    if (!by.issuer_key_id.empty()) extensions.add(new ext::Authority_Key_ID(by.issuer_key_id));
    Botan::AlgorithmIdentifier algorithm;
    const bool p384 = by.key.algo_name() == "ECDSA" && by.key.key_length() == 384;
    const auto signer = Botan::X509_Object::choose_sig_format(algorithm, by.key, rng, p384 ? "SHA-384" : "SHA-256",
                                                              by.key.algo_name() == "RSA" ? "EMSA3" : "");
    const auto from = std::chrono::system_clock::now() - std::chrono::hours(1); // clocks differ
    return Botan::X509_CA::make_cert(signer.get(), rng, algorithm, public_key, Botan::X509_Time(from),
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

} // namespace

std::shared_ptr<const Botan::Private_Key> make_key(const std::string& kind, Botan::RandomNumberGenerator& rng) {
    if (kind == "ed25519") return Botan::create_private_key("Ed25519", rng);
    if (kind.starts_with("rsa")) return Botan::create_private_key("RSA", rng, kind.substr(3));
    return Botan::create_private_key("ECDSA", rng, "secp" + kind.substr(1) + "r1");
}

Issued make_root(const std::string& name, const std::string& kind, Botan::RandomNumberGenerator& rng) {
    auto key = make_key(kind, rng);
    return {sign({*key, named(name), {}}, *key, named(name), ca_extensions(1), in_days(root_days), rng), key};
}

Issued make_issuing_ca(const Issued& root, Party party, const std::string& name, const std::string& kind,
                       Botan::RandomNumberGenerator& rng) {
    auto key = make_key(kind, rng);
    auto extensions = ca_extensions(0);
    extensions.add(new ext::Extended_Key_Usage(usages_of(party)));
    return {sign(signed_by(root), *key, named(name), std::move(extensions), in_days(ca_days), rng), key};
}

Issued make_leaf(const Issued& ca, const LeafRequest& request, Botan::RandomNumberGenerator& rng) {
    auto key = make_key(request.kind, rng);
    Botan::Extensions extensions;
    extensions.add(new ext::Basic_Constraints(false), true);
    extensions.add(new ext::Key_Usage(Botan::DIGITAL_SIGNATURE), true);
    extensions.add(new ext::Extended_Key_Usage(usages_of(request.party)));
    if (!request.hosts.empty()) extensions.add(new SubjectAltName(request.hosts));
    const std::chrono::system_clock::time_point ca_end(
        std::chrono::seconds(crypto::seconds_of(ca.certificate.not_after())));
    const auto until = std::min(in_days(request.days), ca_end);
    return {sign(signed_by(ca), *key, named(request.name), std::move(extensions), until, rng), key};
}

} // namespace cifra::admin
