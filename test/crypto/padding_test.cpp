// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// padding, and more, that an authentic peer got wrong. The plaintexts are protected here by Botan itself, as no
// sealer makes them.
#include <botan/aead.h>
#include <botan/cipher_mode.h>
#include <botan/loadstor.h>
#include <botan/mac.h>

#include <catch2/catch.hpp>

#include "crypto/key_schedule.hpp"
#include "vectors.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

const Secret& traffic() {
    static const Secret secret(32);
    return secret;
}

// Inner header with this padding length, then `rest`.
Bytes plaintext(std::uint32_t padding, const Bytes& rest) {
    Bytes text(4);
    Botan::store_be(padding, text.data());
    text[0] = 21;
    text.insert(text.end(), rest.begin(), rest.end());
    return text;
}

Bytes with_header(const Bytes& behind_epoch, std::uint8_t type = 5) {
    const auto length = static_cast<std::uint32_t>(behind_epoch.size() + 4);
    Bytes frame(8);
    Botan::store_be(length, frame.data());
    frame[0] = type;
    frame[7] = 1;
    frame.insert(frame.end(), behind_epoch.begin(), behind_epoch.end());
    return frame;
}

Bytes associated_data(const Bytes& frame) {
    Bytes ad(8);
    ad.insert(ad.end(), frame.begin(), frame.begin() + 8);
    return ad;
}

test::Wire by_gcm(const Bytes& text, std::uint8_t type = 5) {
    const Suite suite = Suite::aes128_gcm_sha256;
    Bytes frame = with_header(Bytes(text.size() + 16), type);
    const auto mode = Botan::AEAD_Mode::create_or_throw("AES-128/GCM", Botan::ENCRYPTION);
    const Secret key = expand(suite, traffic().view(), "key", {}, 16);
    const Secret iv = expand(suite, traffic().view(), "iv", {}, 12);
    mode->set_key(key.view().data(), 16);
    mode->set_associated_data_vec(associated_data(frame));
    mode->start(iv.view().data(), 12);
    Botan::secure_vector<std::uint8_t> sealed(text.begin(), text.end());
    mode->finish(sealed);
    std::copy(sealed.begin(), sealed.end(), frame.begin() + 8);
    return {frame, {}};
}

test::Wire by_cbc(const Bytes& text) {
    const Suite suite = Suite::aes128_cbc_sha256;
    const auto mode = Botan::Cipher_Mode::create_or_throw("AES-128/CBC/NoPadding", Botan::ENCRYPTION);
    const Secret key = expand(suite, traffic().view(), "key", {}, 16);
    const Secret mac_key = expand(suite, traffic().view(), "mac", {}, 32);
    mode->set_key(key.view().data(), 16);
    const Bytes iv(16);
    mode->start(iv);
    Botan::secure_vector<std::uint8_t> sealed(text.begin(), text.end());
    mode->finish(sealed);
    Bytes behind(iv);
    behind.insert(behind.end(), sealed.begin(), sealed.end());
    const Bytes frame = with_header(behind);
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(mac_key.view().data(), 32);
    mac->update(associated_data(frame));
    mac->update(behind);
    return {frame, mac->final_stdvec()};
}

// The length of the body, if the record is taken.
std::optional<std::size_t> open(Suite suite, test::Wire wire) {
    RecordOpener opener(suite, ReceiveSecret{Secret::copy_of(traffic().view())}, 1, false);
    SequenceNumber number;
    const Result<OpenedRecord> opened = opener.open(wire.frame, wire.mac, number);
    if (opened.has_value()) return opened->body.size();
    CHECK(opened.error() == Fault::bad_record);
    return std::nullopt;
}

// 28 bytes behind the inner header: whole blocks for both suites.
void check(std::uint32_t padding, const Bytes& rest, std::optional<std::size_t> body) {
    CAPTURE(padding);
    CHECK(open(Suite::aes128_gcm_sha256, by_gcm(plaintext(padding, rest))) == body);
    CHECK(open(Suite::aes128_cbc_sha256, by_cbc(plaintext(padding, rest))) == body);
}

} // namespace

TEST_CASE("R-28: padding up to all there is, and no more") {
    const Bytes zero(28);
    check(0, zero, 28);
    check(1, zero, 27);
    check(28, zero, 0);
    check(29, zero, std::nullopt);
    check(0xFFFFFF, zero, std::nullopt);
}

TEST_CASE("R-28: every bit of the padding has to be zero, and none of the body") {
    for (std::size_t bit = 0; bit < std::size_t{8} * 28; ++bit) {
        Bytes rest(28);
        rest[bit / 8] = static_cast<std::uint8_t>(1U << bit % 8);
        check(20, rest, bit / 8 < 8 ? std::optional<std::size_t>(8) : std::nullopt);
    }
}

TEST_CASE("R-28: padding of 2^20 bytes is taken, a byte more is not") {
    const std::size_t limit = std::size_t{1} << 20;
    check(static_cast<std::uint32_t>(limit), Bytes(limit + 12), 12);
    check(static_cast<std::uint32_t>(limit + 1), Bytes(limit + 12), std::nullopt);
}

TEST_CASE("CBC records that are no whole blocks are refused even with a right MAC") {
    const Bytes frame = with_header(Bytes(16 + 17));
    const Secret mac_key = expand(Suite::aes128_cbc_sha256, traffic().view(), "mac", {}, 32);
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(mac_key.view().data(), 32);
    mac->update(associated_data(frame));
    mac->update(Bytes(16 + 17));
    CHECK_FALSE(open(Suite::aes128_cbc_sha256, {frame, mac->final_stdvec()}).has_value());
}

TEST_CASE("A frame of another type is no record, even when it is authentic") {
    CHECK(open(Suite::aes128_gcm_sha256, by_gcm(plaintext(0, Bytes(8)))) == 8U);
    CHECK_FALSE(open(Suite::aes128_gcm_sha256, by_gcm(plaintext(0, Bytes(8)), 6)).has_value());
}
