// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.hpp"

#include <botan/ecc_key.h>
#include <botan/pubkey.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

struct Method {
    const char* padding; // Botan's EMSA
    Botan::Signature_Format format;
};

Method method_of(Scheme scheme) {
    switch (scheme) {
        case Scheme::ecdsa_p256_sha256:
            return {"EMSA1(SHA-256)", Botan::DER_SEQUENCE};
        case Scheme::ecdsa_p384_sha384:
            return {"EMSA1(SHA-384)", Botan::DER_SEQUENCE};
        case Scheme::ed25519:
            return {"Pure", Botan::IEEE_1363};
        case Scheme::rsa_pss_sha256:
            return {"EMSA4(SHA-256,MGF1,32)", Botan::IEEE_1363};
        case Scheme::rsa_pss_sha384:
            return {"EMSA4(SHA-384,MGF1,48)", Botan::IEEE_1363};
        case Scheme::rsa_pss_sha512:
            return {"EMSA4(SHA-512,MGF1,64)", Botan::IEEE_1363};
        case Scheme::rsa_pkcs1_sha256:
            return {"EMSA3(SHA-256)", Botan::IEEE_1363};
        case Scheme::rsa_pkcs1_sha384:
            return {"EMSA3(SHA-384)", Botan::IEEE_1363};
        case Scheme::rsa_pkcs1_sha512:
            break;
    }
    return {"EMSA3(SHA-512)", Botan::IEEE_1363};
}

bool is_pkcs1(Scheme scheme) {
    return scheme == Scheme::rsa_pkcs1_sha256 || scheme == Scheme::rsa_pkcs1_sha384 ||
           scheme == Scheme::rsa_pkcs1_sha512;
}

bool allowed(Scheme scheme, Party party) { return party == Party::user || !is_pkcs1(scheme); }

bool contains(const std::vector<Scheme>& schemes, Scheme scheme) {
    return std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
}

std::vector<Scheme> schemes_of_curve(const Botan::EC_Group& curve) {
    // The parameters are compared, not only the name that they claim.
    if (curve == Botan::EC_Group("secp256r1")) return {Scheme::ecdsa_p256_sha256};
    if (curve == Botan::EC_Group("secp384r1")) return {Scheme::ecdsa_p384_sha384};
    return {};
}

// Botan takes an RSA signature with zeros in front (RFC 8017, 8.1.2, step 1, refuses it), and an Ed25519 signature
// whose s is not below the order (RFC 8032, 5.1.7): a second form of the same signature.
bool well_formed(const Botan::Public_Key& key, Scheme scheme, ByteView signature) {
    if (scheme == Scheme::ed25519) {
        static const Botan::BigInt order("0x1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED");
        if (signature.size() != 64) return false;
        const Bytes s(signature.rbegin(), signature.rbegin() + 32); // little-endian on the wire
        return Botan::BigInt(s.data(), s.size()) < order;
    }
    return key.algo_name() != "RSA" || signature.size() == (key.key_length() + 7) / 8;
}

class KeySigner final : public Signer {
  public:
    explicit KeySigner(std::shared_ptr<const Botan::Private_Key> key) : key_(std::move(key)) {}

    std::vector<Scheme> schemes() const override { return schemes_of(*key_); }

    Result<Bytes> sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& rng) override {
        if (!contains(schemes(), scheme)) return Fault::not_offered;
        try {
            const Method method = method_of(scheme);
            return Botan::PK_Signer(*key_, rng, method.padding, method.format)
                .sign_message(content.data(), content.size(), rng);
        } catch (const Botan::Exception&) {
            return Fault::bad_key;
        }
    }

  private:
    std::shared_ptr<const Botan::Private_Key> key_;
};

} // namespace

std::string_view name_of(Party party) noexcept {
    switch (party) {
        case Party::server:
            return "server";
        case Party::device:
            return "device";
        case Party::user:
            return "user";
        case Party::publisher:
            return "publisher";
        case Party::enrolment:
            break;
    }
    return "enrolment";
}

Bytes signed_content(Party party, ByteView transcript) {
    // The spaces keep a prefix that a peer chose, such as its nonce, away from where another protocol's signature has
    // one.
    Bytes content(64, 0x20);
    for (const std::string_view part : {std::string_view("cifra/1 "), name_of(party)}) {
        content.insert(content.end(), part.begin(), part.end());
    }
    content.push_back(0);
    content.insert(content.end(), transcript.begin(), transcript.end());
    return content;
}

std::unique_ptr<Signer> make_signer(std::shared_ptr<const Botan::Private_Key> key) {
    return std::make_unique<KeySigner>(std::move(key));
}

std::vector<Scheme> schemes_of(const Botan::Public_Key& key) {
    const std::string kind = key.algo_name();
    if (kind == "Ed25519") return {Scheme::ed25519};
    if (kind == "ECDSA") {
        const auto* ec = dynamic_cast<const Botan::EC_PublicKey*>(&key);
        if (ec == nullptr || ec->domain_format() != Botan::EC_DOMPAR_ENC_OID) return {};
        return schemes_of_curve(ec->domain());
    }
    if (kind == "RSA" && key.key_length() >= 2048 && key.key_length() <= 4096) {
        return {Scheme::rsa_pss_sha256,   Scheme::rsa_pss_sha384,   Scheme::rsa_pss_sha512,
                Scheme::rsa_pkcs1_sha256, Scheme::rsa_pkcs1_sha384, Scheme::rsa_pkcs1_sha512};
    }
    return {};
}

std::optional<Scheme> choose_scheme(const std::vector<Scheme>& mine, const std::vector<Scheme>& theirs, Party party) {
    for (const Scheme scheme : mine) {
        if (allowed(scheme, party) && contains(theirs, scheme)) return scheme;
    }
    return std::nullopt;
}

bool verify(const Botan::Public_Key& key, Scheme scheme, Party party, ByteView content, ByteView signature) {
    if (!allowed(scheme, party) || !contains(schemes_of(key), scheme)) return false;
    if (!well_formed(key, scheme, signature)) return false;
    try {
        const Method method = method_of(scheme);
        return Botan::PK_Verifier(key, method.padding, method.format)
            .verify_message(content.data(), content.size(), signature.data(), signature.size());
    } catch (const Botan::Exception&) { // a signature that is no DER
        return false;
    }
}

} // namespace cifra::crypto
