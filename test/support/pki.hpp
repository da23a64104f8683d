// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A certificate authority for tests: a root and, for each of the four roles, one leaf; made once in a process, in
// memory and as PEM files in a fresh folder that goes with the process. Link cifra_crypto.
#pragma once

#include "crypto/certificate.hpp"

#include <botan/auto_rng.h>
#include <botan/der_enc.h>
#include <botan/pk_algs.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/x509_ca.h>
#include <botan/x509_ext.h>
#include <cstdlib>
#include <fstream>

namespace cifra::test {

inline Botan::RandomNumberGenerator& rng() {
    thread_local Botan::AutoSeeded_RNG generator;
    return generator;
}

class Pki {
  public:
    static constexpr std::string_view host = "localhost";

    // The one of this process.
    static Pki& shared() {
        static Pki pki;
        return pki;
    }
    Pki(const Pki&) = delete;
    Pki& operator=(const Pki&) = delete;
    ~Pki() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    // roots.pem, and server, device, user and publisher as NAME.pem with NAME.key (PKCS#8, not encrypted, mode 0600).
    const std::filesystem::path& folder() const { return folder_; }
    const crypto::Credential& credential(crypto::Party party) const {
        return credentials_.at(static_cast<std::size_t>(party));
    }
    crypto::TrustStore& store(crypto::Party party) { return stores_.at(static_cast<std::size_t>(party)); }
    std::int64_t now() const { return now_; }

    crypto::ChainResult<crypto::PeerVerified> validate(crypto::Party party, const std::vector<Bytes>& chain) {
        return party == crypto::Party::server ? store(party).validate(chain, now_, host)
                                              : store(party).validate(chain, now_);
    }
    // Another leaf of the same root, with a key of its own if none is given.
    crypto::Credential issue(crypto::Party party, const std::string& name,
                             const std::shared_ptr<Botan::Private_Key>& key = make_key()) {
        return make_leaf(party, name, {}, key);
    }

  private:
    Pki() : now_(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())), root_key_(make_key()) {
        auto name = (std::filesystem::temp_directory_path() / "cifra-pki-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
        folder_ = name;
        Botan::Extensions extensions;
        extensions.add(new Botan::Cert_Extension::Basic_Constraints(true, 1), true);
        extensions.add(new Botan::Cert_Extension::Key_Usage(Botan::KEY_CERT_SIGN), true);
        const auto root = sign(*root_key_, subject("test root"), extensions);
        write("roots.pem", root.PEM_encode());
        for (const auto party :
             {crypto::Party::server, crypto::Party::device, crypto::Party::user, crypto::Party::publisher}) {
            const std::string file(crypto::name_of(party));
            credentials_.push_back(make_leaf(
                party, party == crypto::Party::server ? std::string(host) : "listener's " + file, file, make_key()));
            stores_.push_back(crypto::TrustStore::load(party, folder_ / "roots.pem"));
        }
    }

    static std::shared_ptr<Botan::Private_Key> make_key() {
        return Botan::create_private_key("ECDSA", rng(), "secp256r1");
    }
    static Botan::X509_DN subject(const std::string& name) {
        Botan::X509_DN dn;
        dn.add_attribute("X520.CommonName", name);
        return dn;
    }
    Botan::X509_Certificate sign(const Botan::Private_Key& key, const Botan::X509_DN& dn,
                                 const Botan::Extensions& extensions) const {
        Botan::AlgorithmIdentifier algorithm;
        const auto signer = Botan::X509_Object::choose_sig_format(algorithm, *root_key_, rng(), "SHA-256", "");
        const auto at = [&](std::int64_t seconds) {
            return Botan::X509_Time(std::chrono::system_clock::from_time_t(static_cast<std::time_t>(seconds)));
        };
        return Botan::X509_CA::make_cert(signer.get(), rng(), algorithm, key.subject_public_key(), at(now_ - 86'400),
                                         at(now_ + 30 * 86'400), subject("test root"), dn, extensions);
    }

    // The extension's value with one dNSName: Botan's own class for it writes names that it does not need here.
    static Botan::AlternativeName alternative(const std::string& name) { return {"", "", name, "127.0.0.1"}; }

    crypto::Credential make_leaf(crypto::Party party, const std::string& name, const std::string& file,
                                 const std::shared_ptr<Botan::Private_Key>& key) {
        const auto role = static_cast<std::size_t>(party) + 1;
        Botan::Extensions extensions;
        extensions.add(new Botan::Cert_Extension::Key_Usage(Botan::DIGITAL_SIGNATURE), true);
        extensions.add(new Botan::Cert_Extension::Extended_Key_Usage(
            {Botan::OID("1.3.6.1.5.5.7.3." + std::to_string(role == 1   ? 1
                                                            : role == 4 ? 3
                                                                        : 2)),
             Botan::OID("1.3.6.1.4.1.32473.1." + std::to_string(role))}));
        if (party == crypto::Party::server)
            extensions.add(new Botan::Cert_Extension::Subject_Alternative_Name(alternative(name)));
        const auto leaf = sign(*key, subject(name), extensions);
        if (!file.empty()) {
            write(file + ".pem", leaf.PEM_encode());
            write(file + ".key", Botan::PKCS8::PEM_encode(*key));
        }
        return {{leaf.BER_encode()}, crypto::make_signer(key), name, now_ + 30 * 86'400};
    }

    void write(const std::string& name, const std::string& text) const {
        const auto file = folder_ / name;
        std::ofstream(file) << text;
        std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    std::int64_t now_;
    std::shared_ptr<Botan::Private_Key> root_key_;
    std::filesystem::path folder_;
    std::vector<crypto::Credential> credentials_;
    std::vector<crypto::TrustStore> stores_;
};

} // namespace cifra::test
