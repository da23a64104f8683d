// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.hpp"
#include "licence/document.hpp"

#include <botan/ed25519.h>
#include <botan/pubkey.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::licence {

namespace {

// Before the text, so that nothing else this key might ever sign is a licence.
constexpr std::string_view context("cifra licence\0", 14);

std::string signed_text(std::string_view text) { return std::string(context) + std::string(text); }

Botan::secure_vector<std::uint8_t> demand_seed(const crypto::Secret& seed) {
    if (seed.size() != 32) throw std::invalid_argument("the seed of a licence key has 32 bytes");
    return {seed.view().begin(), seed.view().end()};
}

} // namespace

LicenceVerifier::LicenceVerifier(const PublicKey& key)
    : key_(key), public_key_(std::make_shared<const Botan::Ed25519_PublicKey>(key.data(), key.size())) {}

bool LicenceVerifier::verifies(std::string_view text, ByteView signature) const {
    if (text.size() > max_document) return false;
    return crypto::verify(*public_key_, Scheme::ed25519, crypto::Party::server, as_bytes(signed_text(text)), signature);
}

Parsed<Licence> LicenceVerifier::open(std::string_view text, ByteView signature) const {
    if (text.size() > max_document)
        return DocumentFault{Flaw::too_large, "larger than " + std::to_string(max_document) + " bytes"};
    if (!verifies(text, signature)) return DocumentFault{Flaw::bad_signature, "not signed by this server's key"};
    return parse(text);
}

LicenceSigner::LicenceSigner(const crypto::Secret& seed)
    : key_(std::make_shared<const Botan::Ed25519_PrivateKey>(demand_seed(seed))) {}

Document LicenceSigner::sign(const Licence& licence) const {
    Document document;
    document.text = text_of(licence);
    const auto content = signed_text(document.text);
    Botan::Null_RNG none; // Ed25519 takes no random numbers
    const auto made =
        Botan::PK_Signer(*key_, none, "Pure").sign_message(as_bytes(content).data(), content.size(), none);
    std::copy_n(made.begin(), document.signature.size(), document.signature.begin());
    return document;
}

PublicKey LicenceSigner::public_key() const {
    const auto& bytes = key_->get_public_key();
    PublicKey key{};
    std::copy_n(bytes.begin(), key.size(), key.begin());
    return key;
}

} // namespace cifra::licence
