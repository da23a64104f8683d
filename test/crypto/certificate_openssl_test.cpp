// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Certificates and keys that OpenSSL's command line made by the profile in certs/README.md, and keys of ours that it
// reads.
#include <botan/pkcs8.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>
#include <fstream>

#include "certificate_maker.hpp"
#include "crypto/private_key.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

constexpr const char* extensions = R"(
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, 1.3.6.1.4.1.32473.1.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, 1.3.6.1.4.1.32473.1.1
subjectAltName = DNS:music.example, IP:127.0.0.1, IP:::1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[constrained]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, 1.3.6.1.4.1.32473.1.1
subjectAltName = DNS:music.example
1.2.3.4 = critical, ASN1:NULL
)";

class OpenSsl {
  public:
    OpenSsl() { folder.write("extensions", extensions); }
    bool run(const std::string& arguments) const {
        const auto command = "cd " + (folder / ".").string() + " && openssl " + arguments + " >log 2>&1";
        return std::system(command.c_str()) == 0;
    }
    void key(const std::string& name, const std::string& options) const {
        REQUIRE(run("genpkey " + options + " -out " + name + ".key"));
    }
    void root(const std::string& key_options, const std::string& sign_options = "-sha256") const {
        key("root", key_options);
        REQUIRE(run("req -new -key root.key -subj /CN=root -out root.csr"));
        REQUIRE(run(
            "x509 -req -in root.csr -signkey root.key -days 30 -extfile extensions -extensions root -out root.pem " +
            sign_options));
    }
    void issue(const std::string& name, const std::string& by, const std::string& section,
               const std::string& key_options, const std::string& sign_options = "-sha256") const {
        key(name, key_options);
        REQUIRE(run("req -new -key " + name + ".key -subj /CN=" + name + " -out " + name + ".csr"));
        REQUIRE(run("x509 -req -in " + name + ".csr -CA " + by + ".pem -CAkey " + by +
                    ".key -CAcreateserial -days 30 " + "-extfile extensions -extensions " + section + " -out " + name +
                    ".pem " + sign_options));
    }
    Bytes der(const std::string& name) const {
        return Botan::X509_Certificate((folder / (name + ".pem")).string()).BER_encode();
    }
    TrustStore store() const { return TrustStore::load(Party::server, folder / "root.pem"); }
    test::Folder folder;
};

const std::string ec = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const std::string rsa = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";

std::int64_t today() { return std::time(nullptr) + 60; }

} // namespace

TEST_CASE("a server certificate that openssl made is accepted") {
    const OpenSsl openssl;
    const std::vector<std::pair<std::string, std::string>> kinds{
        {ec, "-sha256"}, {"-algorithm ED25519", ""}, {rsa, "-sha256"}, {rsa, "-sha256 -sigopt rsa_padding_mode:pss"}};
    for (const auto& [key_options, sign_options] : kinds) {
        CAPTURE(key_options, sign_options);
        openssl.root(key_options, sign_options);
        openssl.issue("issuing", "root", "issuing", key_options, sign_options);
        openssl.issue("server", "issuing", "server", key_options, sign_options);
        auto store = openssl.store();
        const std::vector<Bytes> chain{openssl.der("server"), openssl.der("issuing")};
        for (const auto* host : {"music.example", "127.0.0.1", "::1"}) {
            CAPTURE(host);
            const auto peer = store.validate(chain, today(), host);
            CHECK(peer.has_value());
        }
        CHECK(store.validate(chain, today(), "other.example").error() == ChainFault::wrong_name);
        CHECK(store.validate(chain, today() + 40 * test::day, "::1").error() == ChainFault::expired);
    }
}

TEST_CASE("what openssl made against the profile is refused") {
    const OpenSsl openssl;
    openssl.root(ec);
    auto store = openssl.store();
    const auto fault = [&] { return store.validate({openssl.der("server")}, today(), "music.example").error(); };

    openssl.issue("server", "root", "constrained", ec);
    CHECK(fault() == ChainFault::critical_extension);
    openssl.issue("server", "root", "server", ec, "-sha1");
    CHECK(fault() == ChainFault::weak_signature);
    openssl.issue("server", "root", "server", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    CHECK(fault() == ChainFault::weak_key);
    openssl.issue("server", "root", "server", ec + " -pkeyopt ec_param_enc:explicit");
    CHECK(fault() == ChainFault::weak_key);
    openssl.issue("server", "root", "server", "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1");
    CHECK(fault() == ChainFault::weak_key);
    openssl.issue("server", "root", "root", ec);
    CHECK(fault() == ChainFault::is_ca);
}

TEST_CASE("encrypted keys go both ways between openssl and us") {
    const OpenSsl openssl;
    const auto secret = [] { return Secret::copy_of(as_bytes("correct horse")); };
    openssl.folder.write("passphrase", "correct horse\n");
    Botan::AutoSeeded_RNG rng;
    for (const std::string kind : {"p256", "p384", "ed25519", "rsa2048"}) {
        CAPTURE(kind);
        const auto key = test::make_key(kind);
        save_private_key(openssl.folder / (kind + ".pem"), *key, secret(), rng);
        CHECK(openssl.run("pkey -in " + kind + ".pem -passin file:passphrase -check -noout"));
        CHECK_FALSE(openssl.run("pkey -in " + kind + ".pem -passin pass:wrong -noout"));
    }
    for (const auto& options : {ec, rsa, std::string("-algorithm ED25519")}) {
        CAPTURE(options);
        openssl.key("theirs", options + " -aes256 -pass file:passphrase");
        CHECK(load_private_key(openssl.folder / "theirs.key", secret));
        CHECK_THROWS_AS(load_private_key(openssl.folder / "theirs.key", [] { return Secret(1); }), WrongPassphrase);
    }
    openssl.key("theirs", ec);
    REQUIRE(openssl.run("pkcs8 -topk8 -scrypt -in theirs.key -passout file:passphrase -out scrypt.key"));
    CHECK(load_private_key(openssl.folder / "scrypt.key", secret));
}
