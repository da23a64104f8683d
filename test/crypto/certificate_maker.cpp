// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "certificate_maker.hpp"

#include <arpa/inet.h>
#include <botan/der_enc.h>
#include <botan/pk_algs.h>
#include <botan/pubkey.h>
#include <botan/x509_ca.h>
#include <botan/x509_ext.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>

namespace cifra::test {

namespace {

Botan::RandomNumberGenerator& rng() {
    static Botan::AutoSeeded_RNG generator;
    return generator;
}

class RawExtension final : public Botan::Certificate_Extension {
  public:
    RawExtension(std::string oid, Bytes value) : oid_(std::move(oid)), value_(std::move(value)) {}
    Botan::OID oid_of() const override { return Botan::OID(oid_); }
    std::string oid_name() const override { return {}; }
    Certificate_Extension* copy() const override { return new RawExtension(oid_, value_); }
    void contents_to(Botan::Data_Store&, Botan::Data_Store&) const override {}

  protected:
    Bytes encode_inner() const override { return value_; }
    void decode_inner(const Bytes& value) override { value_ = value; }

  private:
    std::string oid_;
    Bytes value_;
};

Bytes subject_alt_name(const std::vector<std::string>& hosts) {
    Bytes value;
    Botan::DER_Encoder encoder(value);
    encoder.start_cons(Botan::SEQUENCE);
    for (const auto& host : hosts) {
        Bytes v4(4), v6(16);
        if (::inet_pton(AF_INET, host.c_str(), v4.data()) == 1) {
            encoder.add_object(Botan::ASN1_Tag(7), Botan::CONTEXT_SPECIFIC, v4);
        } else if (::inet_pton(AF_INET6, host.c_str(), v6.data()) == 1) {
            encoder.add_object(Botan::ASN1_Tag(7), Botan::CONTEXT_SPECIFIC, v6);
        } else {
            encoder.add_object(Botan::ASN1_Tag(2), Botan::CONTEXT_SPECIFIC, host);
        }
    }
    encoder.end_cons();
    return value;
}

Botan::Extensions extensions_of(const Recipe& recipe) {
    using namespace Botan::Cert_Extension;
    Botan::Extensions extensions;
    if (recipe.basic_constraints) {
        extensions.add(new Basic_Constraints(recipe.ca, recipe.ca ? recipe.path_limit : 0), true);
    }
    const auto usual = recipe.ca ? Botan::KEY_CERT_SIGN | Botan::CRL_SIGN : std::uint32_t{Botan::DIGITAL_SIGNATURE};
    const auto usage = recipe.key_usage != 0 ? recipe.key_usage : usual;
    extensions.add(new Key_Usage(static_cast<Botan::Key_Constraints>(usage)), true);
    const std::vector<Botan::OID> usages(recipe.usages.begin(), recipe.usages.end());
    if (!usages.empty()) extensions.add(new Extended_Key_Usage(usages), false);
    if (!recipe.hosts.empty()) extensions.add(new RawExtension("2.5.29.17", subject_alt_name(recipe.hosts)), false);
    for (const auto& other : recipe.others) extensions.add(new RawExtension(other.oid, other.value), other.critical);
    return extensions;
}

Botan::X509_Time time_of(std::int64_t seconds) {
    return Botan::X509_Time(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

Botan::X509_DN subject_of(const Recipe& recipe) {
    Botan::X509_DN dn;
    if (!recipe.name.empty()) dn.add_attribute("X520.CommonName", recipe.name);
    return dn;
}

Botan::X509_Certificate sign(const Botan::Private_Key& by, const Botan::X509_DN& issuer, const Recipe& recipe,
                             const Botan::Private_Key& key) {
    Botan::AlgorithmIdentifier algorithm;
    const auto padding = by.algo_name() == "RSA" ? recipe.padding : std::string();
    const auto signer = Botan::X509_Object::choose_sig_format(algorithm, by, rng(), recipe.hash, padding);
    return Botan::X509_CA::make_cert(signer.get(), rng(), algorithm, key.subject_public_key(), time_of(recipe.from),
                                     time_of(recipe.until), issuer, subject_of(recipe), extensions_of(recipe));
}

} // namespace

std::shared_ptr<Botan::Private_Key> make_key(const std::string& kind) {
    if (kind == "ed25519") return Botan::create_private_key("Ed25519", rng());
    if (kind.starts_with("rsa")) { // slow to make: one of a size does for all
        static std::map<std::string, std::shared_ptr<Botan::Private_Key>> made;
        auto& key = made[kind];
        if (!key) key = Botan::create_private_key("RSA", rng(), kind.substr(3));
        return key;
    }
    return Botan::create_private_key("ECDSA", rng(), "secp" + kind.substr(1) + "r1");
}

Made make_root(const Recipe& recipe, const std::string& kind) {
    auto key = make_key(kind);
    return {sign(*key, subject_of(recipe), recipe, *key), key};
}

Made make_issued(const Made& ca, const Recipe& recipe, const std::string& kind) {
    auto key = make_key(kind);
    return {sign(*ca.key, ca.certificate.subject_dn(), recipe, *key), key};
}

Recipe ca_recipe(const std::string& name) {
    Recipe recipe;
    recipe.name = name;
    recipe.ca = true;
    return recipe;
}

Recipe server_recipe(std::vector<std::string> hosts) {
    Recipe recipe;
    recipe.name = "a server";
    recipe.usages = {server_auth, server_role};
    recipe.hosts = std::move(hosts);
    return recipe;
}

Recipe device_recipe(const std::string& name) {
    Recipe recipe;
    recipe.name = name;
    recipe.usages = {client_auth, device_role};
    return recipe;
}

Recipe user_recipe(const std::string& name) {
    Recipe recipe;
    recipe.name = name;
    recipe.usages = {client_auth, user_role};
    return recipe;
}

Recipe publisher_recipe(const std::string& name) {
    Recipe recipe;
    recipe.name = name;
    recipe.usages = {code_signing, publisher_role};
    return recipe;
}

Folder::Folder() {
    auto name = (std::filesystem::temp_directory_path() / "cifra-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
}

} // namespace cifra::test
