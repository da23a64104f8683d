// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/protection.hpp"

#include <botan/loadstor.h>
#include <botan/mac.h>
#include <botan/stream_cipher.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

// GCM, ChaCha20-Poly1305.
class AeadProtection final : public Protection {
  public:
    explicit AeadProtection(Suite suite) : Protection(suite) {}

    void seal(std::uint64_t number, ByteView ad, const RecordParts& parts, MutableBytes /*mac*/,
              Botan::RandomNumberGenerator& /*rng*/) override {
        aead_->seal(nonce(number), ad, parts.text, parts.tag.first<Aead::tag_length>());
    }

    bool open(std::uint64_t number, ByteView ad, const RecordParts& parts, ByteView /*mac*/) override {
        return aead_->open(nonce(number), ad, parts.text, parts.tag.first<Aead::tag_length>());
    }

  private:
    void set_keys(const Secret& key, const Secret& /*mac_key*/) override {
        if (aead_) {
            aead_->set_key(key.view());
        } else {
            aead_ = make_aead(suite(), key.view(), default_provider());
        }
    }

    std::unique_ptr<Aead> aead_;
};

// Encrypt-then-MAC; the derived classes are the cipher.
class MacProtection : public Protection {
  public:
    explicit MacProtection(Suite suite)
        : Protection(suite),
          mac_(Botan::MessageAuthenticationCode::create_or_throw(std::string("HMAC(") + info(suite).hash + ")")) {}

    void seal(std::uint64_t number, ByteView ad, const RecordParts& parts, MutableBytes mac,
              Botan::RandomNumberGenerator& rng) override {
        rng.randomize(parts.iv.data(), parts.iv.size());
        cipher(number, parts);
        authenticate(ad, parts, mac.data());
    }

    bool open(std::uint64_t number, ByteView ad, const RecordParts& parts, ByteView mac) override {
        std::array<std::uint8_t, 64> expected; // as long as the longest hash
        authenticate(ad, parts, expected.data());
        if (!equal(ByteView(expected).first(mac_->output_length()), mac))
            return false; // before a byte is decrypted
        cipher(number, parts);
        return true;
    }

  protected:
    void set_keys(const Secret& key, const Secret& mac_key) override {
        mac_->set_key(mac_key.view().data(), mac_key.size());
        set_cipher_key(key);
    }
    virtual void set_cipher_key(const Secret& key) = 0;
    virtual void cipher(std::uint64_t number, const RecordParts& parts) = 0;

  private:
    void authenticate(ByteView ad, const RecordParts& parts, std::uint8_t* out) {
        mac_->update(ad.data(), ad.size());
        mac_->update(parts.iv.data(), parts.iv.size());
        mac_->update(parts.text.data(), parts.text.size());
        mac_->final(out);
    }

    std::unique_ptr<Botan::MessageAuthenticationCode> mac_;
};

// CTR, CHACHA20.
class StreamProtection final : public MacProtection {
  public:
    explicit StreamProtection(Suite suite)
        : MacProtection(suite), cipher_(Botan::StreamCipher::create_or_throw(info(suite).cipher)) {}

  private:
    void set_cipher_key(const Secret& key) override { cipher_->set_key(key.view().data(), key.size()); }

    void cipher(std::uint64_t number, const RecordParts& parts) override {
        const Nonce nonce = this->nonce(number);
        std::array<std::uint8_t, 16> start{}; // CTR: nonce ‖ u32 0
        std::copy(nonce.begin(), nonce.end(), start.begin());
        cipher_->set_iv(start.data(), info(suite()).family == Family::ctr ? start.size() : nonce.size());
        cipher_->cipher1(parts.text.data(), parts.text.size());
    }

    std::unique_ptr<Botan::StreamCipher> cipher_;
};

class CbcProtection final : public MacProtection {
  public:
    CbcProtection(Suite suite, Direction direction)
        : MacProtection(suite),
          mode_(Botan::Cipher_Mode::create_or_throw(
              info(suite).cipher, direction == Direction::seal ? Botan::ENCRYPTION : Botan::DECRYPTION)) {
        rest_.reserve(mode_->update_granularity());
    }

  private:
    void set_cipher_key(const Secret& key) override { mode_->set_key(key.view().data(), key.size()); }

    void cipher(std::uint64_t /*number*/, const RecordParts& parts) override {
        mode_->start(parts.iv.data(), parts.iv.size());
        // finish() wants a vector and, when decrypting, a block at least: all but the last blocks are worked on in
        // place.
        const std::size_t grain = mode_->update_granularity();
        const std::size_t bulk = (parts.text.size() - 1) / grain * grain;
        if (bulk > 0) mode_->process(parts.text.data(), bulk);
        const MutableBytes rest = parts.text.subspan(bulk);
        rest_.assign(rest.begin(), rest.end());
        mode_->finish(rest_);
        std::copy(rest_.begin(), rest_.end(), rest.begin());
    }

    std::unique_ptr<Botan::Cipher_Mode> mode_;
    Botan::secure_vector<std::uint8_t> rest_;
};

} // namespace

Protection::Nonce Protection::nonce(std::uint64_t number) const {
    Nonce result{};
    Botan::store_be(number, result.data() + 4);
    const ByteView iv = iv_.view();
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<std::uint8_t>(result[i] ^ iv[i]);
    return result;
}

void Protection::derive(const Expander& expander, ByteView secret) {
    const SuiteInfo& suite = info(suite_);
    iv_ = expander.expand(secret, "iv", {}, nonce_length);
    set_keys(expander.expand(secret, "key", {}, suite.key_length),
             suite.aead() ? Secret() : expander.expand(secret, "mac", {}, suite.hash_length));
}

void Protection::advance() {
    if (!ratchet_) return;
    // derive() comes behind, so that the expander's HMAC too forgets the secret that has served.
    secret_ = ratchet_->expand(secret_.view(), "ratchet", {}, info(suite_).hash_length);
    derive(*ratchet_, secret_.view());
}

std::unique_ptr<Protection> make_protection(Suite suite, Direction direction, Secret secret, bool ratchet) {
    std::unique_ptr<Protection> made;
    switch (info(suite).family) {
        case Family::gcm:
        case Family::chacha20_poly1305:
            made = std::make_unique<AeadProtection>(suite);
            break;
        case Family::ctr:
        case Family::chacha20:
            made = std::make_unique<StreamProtection>(suite);
            break;
        case Family::cbc:
            made = std::make_unique<CbcProtection>(suite, direction);
            break;
    }
    auto expander = std::make_unique<Expander>(suite);
    made->derive(*expander, secret.view());
    if (ratchet) {
        made->secret_ = std::move(secret);
        made->ratchet_ = std::move(expander);
    }
    return made;
}

} // namespace cifra::crypto
