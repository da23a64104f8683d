// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A publisher's signature over the manifest of an item.
#pragma once

#include "crypto/certificate.hpp"
#include "proto/messages.hpp"

namespace cifra::crypto {

// `manifest`: its bytes, proto::encode(Manifest). With the first scheme of the publisher's key that R-8 allows it.
// Fault::not_offered if there is none, Fault::bad_key if the key did not do its work.
Result<proto::ManifestSignature> sign_manifest(ByteView manifest, const Credential& publisher,
                                               Botan::RandomNumberGenerator& rng);

// Whose word the manifest is: `publishers` is a store of Party::publisher, `now` in seconds since 1970, `detail` as for
// TrustStore::validate. ChainFault::malformed when nobody signed, bad_signature when the signature is not the leaf's.
ChainResult<PeerVerified> verify_manifest(ByteView manifest, const proto::ManifestSignature& signature,
                                          TrustStore& publishers, std::int64_t now, std::string* detail = nullptr);

} // namespace cifra::crypto
