// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <botan/aead.h>
#include <botan/mem_ops.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#ifdef CIFRA_WITH_OPENSSL
#include <openssl/crypto.h>
#include <openssl/evp.h>
#endif

namespace cifra::crypto {

namespace {

class BotanAead final : public Aead {
  public:
    BotanAead(Suite suite, ByteView key) : name_(info(suite).cipher), key_(Secret::copy_of(key)) { rest_.reserve(256); }

    void seal(ByteView nonce, ByteView ad, MutableBytes text, std::span<std::uint8_t, tag_length> tag) override {
        const MutableBytes rest = start(Botan::ENCRYPTION, nonce, ad, text);
        mode_->finish(rest_);
        std::copy_n(rest_.begin(), rest.size(), rest.begin());
        std::copy_n(rest_.end() - tag_length, tag_length, tag.begin());
    }

    bool open(ByteView nonce, ByteView ad, MutableBytes text, std::span<const std::uint8_t, tag_length> tag) override {
        const MutableBytes rest = start(Botan::DECRYPTION, nonce, ad, text);
        rest_.insert(rest_.end(), tag.begin(), tag.end());
        try {
            mode_->finish(rest_);
        } catch (const Botan::Invalid_Authentication_Tag&) {
            mode_->reset();
            Botan::secure_scrub_memory(text.data(), text.size());
            return false;
        }
        std::copy_n(rest_.begin(), rest.size(), rest.begin());
        return true;
    }

    void set_key(ByteView key) override {
        key_ = Secret::copy_of(key);
        if (mode_) mode_->set_key(key.data(), key.size());
    }

  private:
    // Works through `text` in place as far as the mode's granularity goes. The rest goes into rest_, for finish(),
    // which would have the whole text copied into a vector; returned is where it stood.
    MutableBytes start(Botan::Cipher_Dir direction, ByteView nonce, ByteView ad, MutableBytes text) {
        turn(direction);
        mode_->set_associated_data(ad.data(), ad.size());
        mode_->start(nonce.data(), nonce.size());
        const std::size_t bulk = text.size() - text.size() % mode_->update_granularity();
        if (bulk > 0) mode_->process(text.data(), bulk);
        const MutableBytes rest = text.subspan(bulk);
        rest_.assign(rest.begin(), rest.end());
        return rest;
    }

    // Botan's modes know one direction only. An object serves one too, in practice, which its first use tells.
    void turn(Botan::Cipher_Dir direction) {
        if (mode_ && direction_ == direction) return;
        mode_ = Botan::AEAD_Mode::create_or_throw(name_, direction);
        mode_->set_key(key_.view().data(), key_.size());
        direction_ = direction;
    }

    const char* name_;
    Secret key_;
    std::unique_ptr<Botan::AEAD_Mode> mode_;
    Botan::Cipher_Dir direction_ = Botan::ENCRYPTION;
    Botan::secure_vector<std::uint8_t> rest_;
};

#ifdef CIFRA_WITH_OPENSSL

void must(int answer) {
    if (answer != 1) throw std::runtime_error("libcrypto failed in a cipher that it offers");
}

// Fetched once for the process: a fetch costs more than a small record. A library context of our own reads no
// openssl.cnf, so that no file decides which code handles the keys.
const EVP_CIPHER* fetch(Suite suite) {
    static OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
    static const EVP_CIPHER* const chacha = EVP_CIPHER_fetch(context, "ChaCha20-Poly1305", nullptr);
    static const EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(context, "AES-256-GCM", nullptr);
    static const EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(context, "AES-128-GCM", nullptr);
    const EVP_CIPHER* cipher = aes128;
    if (suite == Suite::chacha20_poly1305_sha256) cipher = chacha;
    if (suite == Suite::aes256_gcm_sha384) cipher = aes256;
    if (cipher == nullptr) throw std::runtime_error("libcrypto lacks an AEAD cipher");
    return cipher;
}

class OpensslAead final : public Aead {
  public:
    OpensslAead(Suite suite, ByteView key) : context_(EVP_CIPHER_CTX_new()) {
        if (!context_) throw std::bad_alloc();
        must(EVP_CipherInit_ex2(context_.get(), fetch(suite), key.data(), nullptr, 1, nullptr));
    }

    void seal(ByteView nonce, ByteView ad, MutableBytes text, std::span<std::uint8_t, tag_length> tag) override {
        run(1, nonce, ad, text);
        int none = 0;
        std::uint8_t unused[1];
        must(EVP_CipherFinal_ex(context_.get(), unused, &none));
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_length, tag.data()));
    }

    bool open(ByteView nonce, ByteView ad, MutableBytes text, std::span<const std::uint8_t, tag_length> tag) override {
        run(0, nonce, ad, text);
        std::uint8_t expected[tag_length]; // the interface takes no const
        std::copy(tag.begin(), tag.end(), expected);
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_length, expected));
        int none = 0;
        std::uint8_t unused[1];
        if (EVP_CipherFinal_ex(context_.get(), unused, &none) == 1) return true;
        OPENSSL_cleanse(text.data(), text.size());
        return false;
    }

    void set_key(ByteView key) override {
        must(EVP_CipherInit_ex2(context_.get(), nullptr, key.data(), nullptr, -1, nullptr));
    }

  private:
    void run(int encrypt, ByteView nonce, ByteView ad, MutableBytes text) {
        int done = 0;
        must(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), encrypt, nullptr));
        if (!ad.empty()) must(EVP_CipherUpdate(context_.get(), nullptr, &done, ad.data(), static_cast<int>(ad.size())));
        if (text.empty()) return;
        must(EVP_CipherUpdate(context_.get(), text.data(), &done, text.data(), static_cast<int>(text.size())));
    }

    struct Free {
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };
    std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
};

constexpr bool with_openssl = true;
#else
constexpr bool with_openssl = false;
#endif

std::atomic<Provider> chosen{with_openssl ? Provider::openssl : Provider::botan};

} // namespace

bool has_provider(Provider provider) noexcept { return provider == Provider::botan || with_openssl; }

std::unique_ptr<Aead> make_aead(Suite suite, ByteView key, Provider provider) {
    if (!info(suite).aead()) throw std::invalid_argument("this suite is no AEAD");
    if (key.size() != info(suite).key_length) throw std::invalid_argument("a key of the wrong length");
    if (!has_provider(provider)) throw std::invalid_argument("built without this AEAD provider");
#ifdef CIFRA_WITH_OPENSSL
    if (provider == Provider::openssl) return std::make_unique<OpensslAead>(suite, key);
#endif
    return std::make_unique<BotanAead>(suite, key);
}

Provider default_provider() noexcept { return chosen; }

void set_default_provider(Provider provider) {
    if (!has_provider(provider)) throw std::invalid_argument("built without this AEAD provider");
    chosen = provider;
}

} // namespace cifra::crypto
