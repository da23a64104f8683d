// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/ledger_keys.hpp"

#include "crypto/key_schedule.hpp"

#include <botan/mem_ops.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::licence {

namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t padded_to = 64;

std::unique_ptr<Botan::MessageAuthenticationCode> hmac(ByteView key) {
    if (key.size() != key_size) throw std::invalid_argument("a key of the ledger has not 32 bytes");
    auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(key.data(), key.size());
    return mac;
}

crypto::Secret child(const crypto::Secret& key, std::string_view label) {
    return crypto::expand(Suite::aes128_gcm_sha256, key.view(), label, {}, key_size);
}

Hash run(Botan::MessageAuthenticationCode& mac, ByteView bytes) {
    Hash out;
    mac.update(bytes.data(), bytes.size());
    mac.final(out.data());
    return out;
}

template <class Out>
Out first_of(const Hash& whole) {
    Out out;
    std::copy_n(whole.begin(), out.size(), out.begin());
    return out;
}

} // namespace

Encoding& Encoding::add(ByteView bytes) {
    bytes_.push_back('b');
    for (int shift = 24; shift >= 0; shift -= 8) bytes_.push_back(static_cast<std::uint8_t>(bytes.size() >> shift));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

Encoding& Encoding::add(std::int64_t value) {
    bytes_.push_back('i');
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
    return *this;
}

Encoding& Encoding::add(const std::optional<std::int64_t>& value) {
    if (value) return add(*value);
    bytes_.push_back('n');
    return *this;
}

void RowSum::add(const Hash& row) {
    unsigned carry = 0;
    for (std::size_t i = value_.size(); i-- > 0;) {
        const unsigned sum = value_[i] + row[i] + carry;
        value_[i] = static_cast<std::uint8_t>(sum);
        carry = sum >> 8U;
    }
}

void RowSum::remove(const Hash& row) {
    unsigned borrow = 0;
    for (std::size_t i = value_.size(); i-- > 0;) {
        const unsigned difference = 256U + value_[i] - row[i] - borrow;
        value_[i] = static_cast<std::uint8_t>(difference);
        borrow = difference < 256U ? 1 : 0;
    }
}

Sealing::Sealing(const LedgerKeys& keys, Botan::RandomNumberGenerator& rng)
    : rng_(rng),
      pseudonyms_(hmac(keys.pseudonyms.view())),
      rows_(hmac(child(keys.seal, "ledger rows").view())),
      sums_(hmac(child(keys.seal, "ledger sums").view())),
      aead_(crypto::make_aead(Suite::aes256_gcm_sha384, child(keys.seal, "ledger texts").view(),
                              crypto::default_provider())) {
    if (keys.seal.size() != key_size) throw std::invalid_argument("a key of the ledger has not 32 bytes");
}

Pseudonym Sealing::pseudonym(std::string_view kind, ByteView value) {
    pseudonyms_->update(reinterpret_cast<const std::uint8_t*>(kind.data()), kind.size());
    pseudonyms_->update(std::uint8_t{0});
    return first_of<Pseudonym>(run(*pseudonyms_, value));
}

Mac Sealing::mac(const Encoding& row) { return first_of<Mac>(run(*rows_, row.view())); }

bool Sealing::holds(const Encoding& row, ByteView mac) { return crypto::equal(Sealing::mac(row), mac); }

Hash Sealing::summand(const Encoding& row) { return run(*sums_, row.view()); }

Bytes Sealing::seal(std::string_view text, const Encoding& place) {
    const auto padded = (text.size() + 1 + padded_to - 1) / padded_to * padded_to;
    Bytes sealed(nonce_size + padded);
    rng_.randomize(sealed.data(), nonce_size);
    std::copy(text.begin(), text.end(), sealed.begin() + nonce_size);
    sealed[nonce_size + text.size()] = 0x80; // then zeros: where the text ends
    std::array<std::uint8_t, crypto::Aead::tag_length> tag{};
    aead_->seal({sealed.data(), nonce_size}, place.view(), MutableBytes(sealed).subspan(nonce_size), tag);
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    return sealed;
}

std::optional<std::string> Sealing::open(ByteView sealed, const Encoding& place) {
    constexpr auto overhead = nonce_size + crypto::Aead::tag_length;
    if (sealed.size() <= overhead) return std::nullopt;
    const auto middle = sealed.subspan(nonce_size, sealed.size() - overhead);
    Bytes text(middle.begin(), middle.end());
    const auto tag = sealed.last<crypto::Aead::tag_length>();
    if (!aead_->open(sealed.first(nonce_size), place.view(), text, tag)) return std::nullopt;
    while (!text.empty() && text.back() == 0) text.pop_back();
    if (text.empty() || text.back() != 0x80) return std::nullopt;
    std::string opened(text.begin(), text.end() - 1);
    Botan::secure_scrub_memory(text.data(), text.size());
    return opened;
}

Id16 Sealing::random_id() {
    Id16 id;
    rng_.randomize(id.data(), id.size());
    return id;
}

} // namespace cifra::licence
