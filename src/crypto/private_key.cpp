// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/private_key.hpp"

#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/private_key_file.hpp"

#include <botan/auto_rng.h>
#include <botan/data_src.h>
#include <botan/mem_ops.h>
#include <botan/pkcs8.h>
#include <botan/pkix_types.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <system_error>

namespace cifra::crypto {

namespace {

constexpr std::size_t usual_rounds = 300'000; // of HMAC-SHA-512: a quarter of a second
constexpr std::size_t fewest_rounds = 1'000;  // RFC 8018, 4.2
constexpr std::size_t most_rounds = 100'000'000;

// The environment's owner is the key's owner: who can set this can read the passphrase, too.
std::size_t pbkdf2_rounds() {
    const char* const given = std::getenv("CIFRA_PBKDF2_ROUNDS");
    if (given == nullptr) return usual_rounds;
    const std::string_view text(given);
    std::size_t rounds = 0;
    const auto [end, fault] = std::from_chars(text.begin(), text.end(), rounds);
    if (fault == std::errc() && end == text.end() && rounds >= fewest_rounds && rounds <= most_rounds) return rounds;
    throw WrongRounds("CIFRA_PBKDF2_ROUNDS is no number from " + std::to_string(fewest_rounds) + " to " +
                      std::to_string(most_rounds));
}

// Botan takes passphrases as std::string; this one does not stay in memory.
class WipedString {
  public:
    explicit WipedString(ByteView bytes) : text_(bytes.begin(), bytes.end()) {}
    explicit WipedString(std::string text) : text_(std::move(text)) {}
    WipedString(const WipedString&) = delete;
    WipedString& operator=(const WipedString&) = delete;
    ~WipedString() { Botan::secure_scrub_memory(text_.data(), text_.size()); }
    const std::string& get() const { return text_; }

  private:
    std::string text_;
};

bool has_line(const std::string& text, std::string_view label) {
    return text.find("-----BEGIN " + std::string(label) + "-----") != std::string::npos;
}

// A key in the clear is as good as its file's mode. A group may read it, as Debian's ssl-cert does.
void demand_private(const std::filesystem::path& pem) {
    struct stat status{};
    if (::stat(pem.c_str(), &status) != 0) throw std::system_error(errno, std::generic_category(), pem.string());
    if ((status.st_mode & (S_IRWXO | S_IWGRP)) == 0) return;
    throw std::runtime_error(pem.string() + ": this key is not encrypted and open to other users: chmod 600 " +
                             pem.string());
}

std::unique_ptr<Botan::Private_Key> decrypt(const std::filesystem::path& pem, const std::string& text,
                                            const std::function<Secret()>& ask) {
    Botan::DataSource_Memory source(text);
    bool asked = false;
    std::exception_ptr no_passphrase; // Botan would wrap it
    try {
        return Botan::PKCS8::load_key(source, [&] {
            try {
                const Secret passphrase = ask();
                asked = true;
                return std::string(passphrase.view().begin(), passphrase.view().end());
            } catch (...) {
                no_passphrase = std::current_exception();
                throw;
            }
        });
    } catch (const Botan::Exception& error) {
        if (no_passphrase) std::rethrow_exception(no_passphrase);
        if (asked) throw WrongPassphrase(pem.string() + ": wrong passphrase");
        throw std::runtime_error(pem.string() +
                                 ": damaged, or encrypted in a way that is not known here: " + error.what());
    }
}

std::unique_ptr<Botan::Private_Key> read_plain(const std::filesystem::path& pem, const std::string& text) {
    demand_private(pem);
    try {
        Botan::DataSource_Memory source(text);
        return Botan::PKCS8::load_key(source);
    } catch (const Botan::Exception&) {
        throw std::runtime_error(pem.string() + ": damaged private key");
    }
}

std::unique_ptr<Botan::Private_Key> read_key(const std::filesystem::path& pem, const std::string& text,
                                             const std::function<Secret()>& ask) {
    if (has_line(text, "ENCRYPTED PRIVATE KEY")) return decrypt(pem, text, ask);
    if (has_line(text, "PRIVATE KEY")) return read_plain(pem, text);
    if (has_line(text, "EC PRIVATE KEY") || has_line(text, "RSA PRIVATE KEY")) {
        throw std::runtime_error(pem.string() + ": not PKCS#8: convert it with openssl pkcs8 -topk8 -in " +
                                 pem.string());
    }
    throw std::runtime_error(pem.string() + ": no private key in it (PKCS#8 in PEM is expected)");
}

[[noreturn]] void refuse(const std::filesystem::path& pem, ChainFault fault) {
    throw std::runtime_error(pem.string() + ": the certificate is refused: " + std::string(describe(fault)) + "; " +
                             std::string(remedy(fault)));
}

std::vector<Botan::X509_Certificate> read_chain(const std::filesystem::path& pem) {
    std::vector<Botan::X509_Certificate> chain;
    for (const auto& der : read_certificates(pem)) {
        auto certificate = parse_certificate(der);
        if (!certificate) refuse(pem, certificate.error());
        if (chain.empty() || !certificate->is_self_signed()) chain.push_back(std::move(*certificate));
    }
    if (chain.size() > 4) throw std::runtime_error(pem.string() + ": more than 4 certificates in the chain");
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (chain[i - 1].issuer_dn() == chain[i].subject_dn()) continue;
        throw std::runtime_error(pem.string() + ": certificate " + std::to_string(i + 1) +
                                 " did not issue the one before it: put the leaf first, then each one's CA");
    }
    return chain;
}

void demand_role(const std::filesystem::path& pem, const Botan::X509_Certificate& leaf, Party party) {
    if (const auto fault = check_leaf(leaf, party)) {
        if (*fault != ChainFault::wrong_role) refuse(pem, *fault);
        throw std::runtime_error(pem.string() + ": this certificate was not made for a " + std::string(name_of(party)));
    }
    if (party == Party::server) {
        const auto names = subject_names(leaf);
        if (!names || names->empty())
            throw std::runtime_error(pem.string() + ": no host name or address in subjectAltName");
    } else if (common_name(leaf).empty()) {
        throw std::runtime_error(pem.string() + ": no usable commonName in the subject");
    }
}

} // namespace

std::shared_ptr<const Botan::Private_Key> load_private_key(const std::filesystem::path& pem,
                                                           const std::function<Secret()>& ask) {
    const WipedString text(read_text_file(pem));
    std::shared_ptr<const Botan::Private_Key> key = read_key(pem, text.get(), ask);
    if (schemes_of(*key).empty()) {
        throw std::runtime_error(pem.string() + ": " + key->algo_name() + " of " + std::to_string(key->key_length()) +
                                 " bits is not accepted: " + std::string(remedy(ChainFault::weak_key)));
    }
    return key;
}

void save_private_key(const std::filesystem::path& pem, const Botan::Private_Key& key, const Secret& passphrase,
                      Botan::RandomNumberGenerator& rng) {
    if (passphrase.empty())
        throw std::invalid_argument(pem.string() + ": a private key is not written without a passphrase");
    const WipedString text(passphrase.view());
    write_new_file(
        pem,
        Botan::PKCS8::PEM_encode_encrypted_pbkdf_iter(key, rng, text.get(), pbkdf2_rounds(), "AES-256/CBC", "SHA-512"),
        0600);
}

Credential load_certificates(Party party, const std::filesystem::path& certificates_pem) {
    const auto chain = read_chain(certificates_pem);
    demand_role(certificates_pem, chain.front(), party);
    Credential credential;
    credential.name = common_name(chain.front());
    credential.not_after = seconds_of(chain.front().not_after());
    for (const auto& certificate : chain) {
        credential.chain.push_back(certificate.BER_encode());
        credential.not_after = std::min(credential.not_after, seconds_of(certificate.not_after()));
    }
    return credential;
}

Credential load_credential(Party party, const std::filesystem::path& certificates_pem,
                           const std::filesystem::path& key_pem, const std::function<Secret()>& ask) {
    auto credential = load_certificates(party, certificates_pem);
    const auto key = load_private_key(key_pem, ask);
    const Botan::X509_Certificate leaf(credential.chain.front());
    if (key->subject_public_key() != leaf.subject_public_key_info()) {
        throw std::runtime_error(key_pem.string() + " is not the key of the certificate in " +
                                 certificates_pem.string());
    }
    credential.signer = make_signer(key);
    return credential;
}

} // namespace cifra::crypto
