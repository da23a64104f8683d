// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_schedule.hpp"

#include <botan/loadstor.h>
#include <botan/mac.h>

#include <string>

namespace cifra::crypto {

namespace {

std::string hmac_name(Suite suite) { return std::string("HMAC(") + info(suite).hash + ")"; }

Secret extract(Suite suite, ByteView salt, ByteView ikm) {
    return Secret(Botan::KDF::create_or_throw("HKDF-Extract(" + hmac_name(suite) + ")")
                      ->derive_key(info(suite).hash_length, ikm.data(), ikm.size(), salt.data(), salt.size()));
}

Secret derive(Suite suite, const Secret& secret, std::string_view label, ByteView context = {}) {
    return expand(suite, secret.view(), label, context, info(suite).hash_length);
}

Bytes zeros(Suite suite) { return Bytes(info(suite).hash_length); }

void append_short(Bytes& out, std::string_view prefix, ByteView bytes) {
    out.push_back(static_cast<std::uint8_t>(prefix.size() + bytes.size()));
    out.insert(out.end(), prefix.begin(), prefix.end());
    out.insert(out.end(), bytes.begin(), bytes.end());
}

} // namespace

void Transcript::add(ByteView bytes) {
    if (hash_) {
        hash_->update(bytes.data(), bytes.size());
    } else {
        waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    }
}

void Transcript::choose(Suite suite) {
    hash_ = Botan::HashFunction::create_or_throw(info(suite).hash);
    hash_->update(waiting_);
    waiting_ = {};
}

Bytes Transcript::hash() const { return hash_->copy_state()->final_stdvec(); }

Bytes hash_of(Suite suite, ByteView a, ByteView b, ByteView c) {
    const auto hash = Botan::HashFunction::create_or_throw(info(suite).hash);
    for (const ByteView part : {a, b, c}) hash->update(part.data(), part.size());
    return hash->final_stdvec();
}

Expander::Expander(Suite suite) : hkdf_(Botan::KDF::create_or_throw("HKDF-Expand(" + hmac_name(suite) + ")")) {}

Secret Expander::expand(ByteView secret, std::string_view label, ByteView context, std::size_t length) const {
    Bytes hkdf_label(2);
    Botan::store_be(static_cast<std::uint16_t>(length), hkdf_label.data());
    append_short(hkdf_label, "cifra/1 ", as_bytes(label));
    append_short(hkdf_label, {}, context);
    return Secret(
        hkdf_->derive_key(length, secret.data(), secret.size(), nullptr, 0, hkdf_label.data(), hkdf_label.size()));
}

Secret expand(Suite suite, ByteView secret, std::string_view label, ByteView context, std::size_t length) {
    return Expander(suite).expand(secret, label, context, length);
}

KeySchedule::KeySchedule(Suite suite, const Secret& dh, ByteView transcript) : suite_(suite) {
    const Bytes zero = zeros(suite);
    const Secret early = extract(suite, zero, zero);
    const Secret handshake = extract(suite, derive(suite, early, "derived").view(), dh.view());
    handshake_.client = derive(suite, handshake, "client handshake", transcript);
    handshake_.server = derive(suite, handshake, "server handshake", transcript);
    client_finished_ = derive(suite, handshake_.client, "finished");
    server_finished_ = derive(suite, handshake_.server, "finished");
    salt_ = derive(suite, handshake, "derived");
}

EpochSecrets KeySchedule::take_handshake_secrets() { return std::move(handshake_); }

Bytes KeySchedule::finished(Role sender, ByteView transcript) const {
    const ByteView key = (sender == Role::client ? client_finished_ : server_finished_).view();
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw(hmac_name(suite_));
    mac->set_key(key.data(), key.size());
    mac->update(transcript.data(), transcript.size());
    return mac->final_stdvec();
}

EpochSecrets KeySchedule::start(ByteView transcript) {
    client_finished_.wipe();
    server_finished_.wipe();
    return enter(extract(suite_, salt_.view(), zeros(suite_)), {transcript.begin(), transcript.end()});
}

EpochSecrets KeySchedule::rotate(const Secret& dh, ByteView rotate_body, ByteView response_body) {
    return enter(extract(suite_, salt_.view(), dh.view()), hash_of(suite_, th_, rotate_body, response_body));
}

EpochSecrets KeySchedule::enter(Secret main, Bytes th) {
    th_ = std::move(th);
    salt_ = derive(suite_, main, "derived");
    return {derive(suite_, main, "client traffic", th_), derive(suite_, main, "server traffic", th_)};
}

} // namespace cifra::crypto
