// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Trust in one exact key or certificate, without roots.
#include "crypto/certificate_path.hpp"

#include <botan/pkix_types.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

constexpr std::size_t max_chain = 4;

std::optional<ChainFault> check_dates(const Botan::X509_Certificate& certificate, std::int64_t now, ChainFault ended) {
    if (now > seconds_of(certificate.not_after())) return ended;
    if (now < seconds_of(certificate.not_before())) return ChainFault::not_yet_valid;
    return std::nullopt;
}

template <class Check>
auto guarded(const Check& check) -> decltype(check()) {
    try {
        return check();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception&) {
        return ChainFault::malformed; // what Botan meets only when it computes
    }
}

std::optional<ChainFault> check_size(const std::vector<Bytes>& chain) {
    if (chain.empty()) return ChainFault::malformed;
    return chain.size() > max_chain ? std::optional(ChainFault::chain_too_long) : std::nullopt;
}

// The CA that the fingerprint names, as the leaf's issuer.
std::optional<ChainFault> check_pinned_ca(const Botan::X509_Certificate& leaf, ByteView der, std::int64_t now) {
    const auto ca = parse_certificate(der);
    if (!ca) return ca.error();
    if (!(ca->subject_dn() == leaf.issuer_dn())) return ChainFault::untrusted;
    if (const auto fault = check_issued(leaf, *ca->load_subject_public_key())) return fault;
    if (const auto fault = check_ca(*ca, Party::server)) return fault;
    return check_dates(*ca, now, ChainFault::ca_expired);
}

} // namespace

ChainResult<PeerVerified> TrustStore::validate_key(Party party, const std::vector<Bytes>& chain, std::int64_t now,
                                                   ByteView expected_key_hash) {
    return guarded([&]() -> ChainResult<PeerVerified> {
        if (const auto fault = check_size(chain)) return *fault;
        const auto leaf = parse_certificate(chain.front(), Profile::card);
        if (!leaf) return leaf.error();
        auto facts = std::make_shared<const PeerFacts>(facts_of(*leaf, chain.front()));
        if (!std::ranges::equal(facts->key_hash, expected_key_hash)) return ChainFault::wrong_key;
        if (const auto fault = check_leaf(*leaf, party, Profile::card)) return *fault;
        if (const auto fault = check_dates(*leaf, now, ChainFault::expired)) return *fault;
        return make_peer(party, Profile::card, common_name(*leaf), std::move(facts));
    });
}

ChainResult<PeerVerified> TrustStore::validate_pinned(const std::vector<Bytes>& chain, std::int64_t now,
                                                      std::string_view host, ByteView fingerprint) {
    return guarded([&]() -> ChainResult<PeerVerified> {
        if (const auto fault = check_size(chain)) return *fault;
        const auto leaf = parse_certificate(chain.front());
        if (!leaf) return leaf.error();
        auto facts = facts_of(*leaf, chain.front());
        if (!std::ranges::equal(facts.fingerprint, fingerprint)) {
            if (chain.size() < 2 || !std::ranges::equal(fingerprint_of(chain[1]), fingerprint))
                return ChainFault::wrong_fingerprint;
            if (const auto fault = check_pinned_ca(*leaf, chain[1], now)) return *fault;
        }
        if (const auto fault = check_leaf(*leaf, Party::server)) return *fault;
        const auto names = subject_names(*leaf);
        if (!names) return names.error();
        if (names->empty()) return ChainFault::no_name;
        if (!names->contain(host)) return ChainFault::wrong_name;
        if (const auto fault = check_dates(*leaf, now, ChainFault::expired)) return *fault;
        return make_peer(Party::server, Profile::cifra, std::string(host),
                         std::make_shared<const PeerFacts>(std::move(facts)));
    });
}

} // namespace cifra::crypto
