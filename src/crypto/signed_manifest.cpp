// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/signed_manifest.hpp"

#include "crypto/certificate_path.hpp"

#include <stdexcept>

namespace cifra::crypto {

namespace {

Bytes content_of(ByteView manifest) { return signed_content(Party::publisher, fingerprint_of(manifest)); }

} // namespace

Result<proto::ManifestSignature> sign_manifest(ByteView manifest, const Credential& publisher,
                                               Botan::RandomNumberGenerator& rng) {
    const auto mine = publisher.signer->schemes();
    const auto scheme = choose_scheme(mine, mine, Party::publisher);
    if (!scheme) return Fault::not_offered;
    auto signature = publisher.signer->sign(*scheme, content_of(manifest), rng);
    if (!signature) return signature.error();
    return proto::ManifestSignature{publisher.chain, static_cast<std::uint16_t>(*scheme), std::move(*signature)};
}

ChainResult<PeerVerified> verify_manifest(ByteView manifest, const proto::ManifestSignature& signature,
                                          TrustStore& publishers, std::int64_t now, std::string* detail) {
    if (detail != nullptr) detail->clear();
    if (signature.chain.empty()) return ChainFault::malformed;
    auto peer = publishers.validate(signature.chain, now, std::nullopt, detail);
    if (!peer) return peer.error();
    if (peer->party() != Party::publisher) throw std::logic_error("a manifest is verified by roots of publishers");
    const auto scheme = scheme_from(signature.scheme);
    if (!scheme || !verify(peer->key(), *scheme, Party::publisher, content_of(manifest), signature.signature))
        return ChainFault::bad_signature;
    return peer;
}

} // namespace cifra::crypto
