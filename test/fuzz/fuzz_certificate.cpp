// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One certificate, or several one behind the other, as somebody unknown would send them: form, parser, path, exact key,
// fingerprint. Whatever passes says the same of itself each time.
#include "crypto/certificate_path.hpp"
#include "crypto/der_check.hpp"
#include "require.hpp"

using namespace cifra;
using namespace cifra::crypto;

namespace {

std::vector<Bytes> split(ByteView bytes) {
    std::vector<Bytes> chain;
    DerReader reader(bytes);
    while (const auto element = reader.next(der::sequence))
        chain.emplace_back(element->whole.begin(), element->whole.end());
    return chain;
}

// The path that leads to the last certificate of the chain, were that one trusted.
void check_path(std::vector<Bytes> chain, Party party, Profile profile, std::int64_t now) {
    const auto last = parse_certificate(chain.back(), profile);
    if (!last) return;
    const Roots roots{std::make_shared<const Botan::X509_Certificate>(*last)};
    chain.pop_back();
    const auto path = validate_path({party, profile}, roots, chain, now);
    if (!path) return;
    fuzz::require(path->facts.key_hash.size() == 32 && path->facts.fingerprint.size() == 32 && path->facts.key);
    fuzz::require(path->not_before <= now && now <= path->facts.not_after);
    fuzz::require(!path->facts.authorities.empty() && path->links.size() == path->facts.authorities.size());
    fuzz::require(party == Party::server ? !path->names.empty() : is_plain_name(path->name));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::int64_t now = 1'800'000'000; // January 2027
    const ByteView bytes(data, size);
    const bool good = !check_form(bytes);
    fuzz::require(!good || !check_form(bytes, Profile::card)); // a card's certificate may hold more, not less
    if (good) (void)is_self_issued(bytes);
    const auto chain = split(bytes);
    if (chain.empty()) return 0;
    if (const auto leaf = parse_certificate(chain.front())) {
        const auto key_hash = key_hash_of(*leaf);
        const auto peer = TrustStore::validate_key(Party::user, chain, now, key_hash);
        fuzz::require(!peer || peer->key_hash() == key_hash);
        (void)TrustStore::validate_pinned(chain, now, "music.example", fingerprint_of(chain.front()));
        (void)TrustStore::validate_pinned(chain, now, "music.example", fingerprint_of(chain.back()));
    }
    for (const auto party : {Party::server, Party::device, Party::user}) check_path(chain, party, Profile::cifra, now);
    check_path(chain, Party::user, Profile::card, now);
    return 0;
}
