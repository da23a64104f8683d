// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_exchange.hpp"

#include <botan/curve25519.h>
#include <botan/dh.h>
#include <botan/ecdh.h>
#include <botan/pubkey.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

enum class Kind : std::uint8_t { x25519, nist, ffdhe };

Kind kind_of(Group group) {
    switch (group) {
        case Group::x25519:
            return Kind::x25519;
        case Group::p256:
        case Group::p384:
            return Kind::nist;
        case Group::ffdhe2048:
        case Group::ffdhe3072:
        case Group::ffdhe4096:
            break;
    }
    return Kind::ffdhe;
}

const char* botan_name(Group group) {
    switch (group) {
        case Group::p256:
            return "secp256r1";
        case Group::p384:
            return "secp384r1";
        case Group::ffdhe2048:
            return "ffdhe/ietf/2048";
        case Group::ffdhe3072:
            return "ffdhe/ietf/3072";
        case Group::ffdhe4096:
            return "ffdhe/ietf/4096";
        case Group::x25519:
            break;
    }
    return "";
}

std::unique_ptr<Botan::PK_Key_Agreement_Key> make(Group group, Botan::RandomNumberGenerator& rng) {
    switch (kind_of(group)) {
        case Kind::x25519:
            return std::make_unique<Botan::X25519_PrivateKey>(rng);
        case Kind::nist:
            return std::make_unique<Botan::ECDH_PrivateKey>(rng, Botan::EC_Group(botan_name(group)));
        case Kind::ffdhe:
            break;
    }
    return std::make_unique<Botan::DH_PrivateKey>(rng, Botan::DL_Group(botan_name(group)));
}

// What R-6 demands and Botan leaves to its caller, such as compressed points; ffdhe's range, so that it does not hang
// on Botan's version. That a point is on the curve Botan checks itself.
bool acceptable(Group group, ByteView peer) {
    if (peer.size() != public_key_length(group)) return false;
    switch (kind_of(group)) {
        case Kind::x25519:
            return true;
        case Kind::nist:
            return peer[0] == 0x04;
        case Kind::ffdhe:
            break;
    }
    const Botan::BigInt key(peer.data(), peer.size());
    return key > 1 && key < Botan::DL_Group(botan_name(group)).get_p() - 1;
}

std::size_t shared_length(Group group) {
    return kind_of(group) == Kind::nist ? (public_key_length(group) - 1) / 2 : public_key_length(group);
}

bool all_zero(ByteView bytes) {
    std::uint8_t seen = 0;
    for (const std::uint8_t byte : bytes) seen = static_cast<std::uint8_t>(seen | byte);
    return seen == 0;
}

} // namespace

EphemeralKey EphemeralKey::generate(Group group, Botan::RandomNumberGenerator& rng) {
    auto pair = make(group, rng);
    EphemeralKey made;
    made.group_ = group;
    made.public_key_ = pair->public_value();
    made.key_ = std::move(pair);
    return made;
}

Result<Secret> EphemeralKey::agree(ByteView peer, Botan::RandomNumberGenerator& rng) && {
    const std::unique_ptr<Botan::Private_Key> key = std::move(key_); // gone when this returns, whatever comes of it
    if (!key) return Fault::not_legal;
    if (!acceptable(group_, peer)) return Fault::bad_key;
    try {
        Secret shared(Botan::PK_Key_Agreement(*key, rng, "Raw").derive_key(0, peer.data(), peer.size()).bits_of());
        if (shared.size() != shared_length(group_)) return Fault::bad_key;
        if (group_ == Group::x25519 && all_zero(shared.view())) return Fault::bad_key;
        return shared;
    } catch (const Botan::Exception&) {
        return Fault::bad_key;
    }
}

} // namespace cifra::crypto
