// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A revocation list, looked up and asked who signed it.
#include "crypto/certificate_key.hpp"
#include "crypto/revocation_list.hpp"
#include "require.hpp"

#include <botan/auto_rng.h>
#include <botan/ecdsa.h>

using namespace cifra;
using namespace cifra::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Botan::AutoSeeded_RNG rng;
    static const Botan::ECDSA_PrivateKey key(rng, Botan::EC_Group("secp256r1"));
    (void)distribution_points(ByteView(data, size));
    try {
        const RevocationList list(Bytes(data, data + size), "fuzzed");
        const auto& facts = list.facts();
        fuzz::require(list.current(facts.this_update) == (facts.this_update <= facts.next_update));
        fuzz::require(list.same_scope(list) && facts.revoked <= size);
        const auto entry = list.look_up(Bytes{1});
        fuzz::require(entry != RevocationList::Entry::revoked || facts.revoked > 0);
        (void)list.covers(true, {});
        if (list.usable()) fuzz::require(!list.signed_by(key, Bytes{1}));
    } catch (const std::exception& refusal) { // the operator reads it behind the file's name
        fuzz::require(*refusal.what() != '\0');
    }
    return 0;
}
