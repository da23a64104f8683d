// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PKCS#10: what somebody sends who made a key and wants a certificate for it.
#pragma once

#include "crypto/certificate_fault.hpp"
#include "proto/bytes.hpp"

#include <botan/pk_keys.h>

#include <memory>
#include <string>

namespace cifra::crypto {

struct Request {
    std::shared_ptr<const Botan::Public_Key> key;
    Bytes key_hash;          // key_hash_of(*key)
    std::string common_name; // of the subject; empty if it has not exactly one that is plain
};

// At most 8192 bytes of strict DER, a key and an algorithm of the profile, and a signature by that key. The extensions
// that it asks for are not looked at: the CA decides.
ChainResult<Request> parse_request(ByteView der);

} // namespace cifra::crypto
