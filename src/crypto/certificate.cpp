// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.hpp"

#include "crypto/certificate_file.hpp"
#include "crypto/certificate_memory.hpp"
#include "crypto/certificate_subject.hpp"

#include <botan/hash.h>

#include <mutex>

namespace cifra::crypto {

namespace {

PathMemory::Key key_of(const std::vector<Bytes>& chain) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    for (const auto& certificate : chain) {
        hash->update_be(static_cast<std::uint64_t>(certificate.size()));
        hash->update(certificate);
    }
    PathMemory::Key key;
    hash->final(key.data());
    return key;
}

std::shared_ptr<const Roots> load_roots(const PathRules& rules, const std::filesystem::path& file) {
    auto roots = std::make_shared<Roots>();
    std::size_t number = 0;
    for (const auto& der : read_certificates(file)) {
        ++number;
        const auto where = file.string() + ": certificate " + std::to_string(number) + ": ";
        auto root = parse_certificate(der, rules.profile);
        if (!root) throw std::runtime_error(where + std::string(describe(root.error())));
        const auto fault = check_ca(*root, rules.party, rules.profile);
        if (fault == ChainFault::ca_wrong_role) {
            throw std::runtime_error(where + "a CA for another role than " + std::string(name_of(rules.party)));
        }
        if (fault) throw std::runtime_error(where + "not a CA: it needs basicConstraints CA and keyUsage keyCertSign");
        if (!root->is_self_signed()) {
            throw std::runtime_error(
                where + "not a root, but issued by another CA: name the root here, and send this one in the chain");
        }
        roots->push_back(std::make_shared<const Botan::X509_Certificate>(std::move(*root)));
    }
    return roots;
}

using Lists = std::shared_ptr<const RevocationLists>;

} // namespace

struct TrustStore::Impl {
    PathRules rules;
    std::filesystem::path roots_file, lists_place;
    std::mutex mutex; // for what follows
    std::string seen; // of the files, when they were read last
    std::shared_ptr<const Roots> roots;
    Lists lists; // none: revocation is not looked at
    PathMemory memory{4096};

    std::string state() const {
        return state_of_file(roots_file) + (lists_place.empty() ? std::string() : state_of_lists(lists_place));
    }

    void read() {
        const auto before = state(); // what changes while it is read is then seen as a change
        {
            const std::lock_guard lock(mutex);
            seen = before;
        }
        auto new_roots = load_roots(rules, roots_file);
        auto new_lists =
            lists_place.empty() ? Lists() : std::make_shared<const RevocationLists>(RevocationLists::load(lists_place));
        if (new_lists) prepare(*new_lists, *new_roots);
        const std::lock_guard lock(mutex);
        roots = std::move(new_roots);
        lists = std::move(new_lists);
        memory.clear();
    }

    // For the issuers that are known: while everybody is still served by the former lists.
    void prepare(const RevocationLists& fresh, const Roots& issuers) {
        for (const auto& root : issuers) {
            const auto key = root->load_subject_public_key();
            fresh.prepare(comparable_name(root->subject_dn()), *key, key_hash_of(*key));
        }
        std::vector<PathMemory::Path> known;
        {
            const std::lock_guard lock(mutex);
            known = memory.all();
        }
        for (const auto& path : known) {
            for (const auto& link : path->links) fresh.prepare(link.issuer, *link.issuer_key, link.issuer_key_hash);
        }
    }

    struct Found {
        PathMemory::Path path; // when known and within its dates
        std::shared_ptr<const Roots> roots;
        Lists lists;
    };

    // A path out of its dates is validated again: that says which of its certificates it is.
    Found recall(const PathMemory::Key& key, std::int64_t now) {
        const std::lock_guard lock(mutex);
        auto path = memory.find(key);
        if (path && (now < path->not_before || now > path->facts.not_after)) path.reset();
        return {std::move(path), roots, lists};
    }

    ChainResult<Found> find(const std::vector<Bytes>& chain, std::int64_t now) {
        const auto key = key_of(chain);
        auto found = recall(key, now);
        if (found.path) return found;
        auto path = validate_path(rules, *found.roots, chain, now);
        if (!path) return path.error();
        found.path = std::make_shared<const ValidPath>(std::move(*path));
        const std::lock_guard lock(mutex);
        if (found.roots == roots) memory.remember(key, found.path); // not when the roots were replaced meanwhile
        return found;
    }
};

TrustStore TrustStore::load(Party party, const std::filesystem::path& roots_pem, const std::filesystem::path& crls,
                            Profile profile) {
    if (profile == Profile::card && party != Party::user) throw std::logic_error("the card profile is for users");
    auto impl = std::make_shared<Impl>();
    impl->rules = {party, profile};
    impl->roots_file = roots_pem;
    impl->lists_place = crls;
    impl->read();
    return TrustStore(std::move(impl));
}

void TrustStore::reload() { impl_->read(); }

bool TrustStore::changed() const {
    const auto now = impl_->state();
    const std::lock_guard lock(impl_->mutex);
    return now != impl_->seen;
}

ChainResult<PeerVerified> TrustStore::validate(const std::vector<Bytes>& chain, std::int64_t now,
                                               std::optional<std::string_view> host, std::string* detail) {
    if (detail != nullptr) detail->clear();
    const auto found = impl_->find(chain, now);
    if (!found) return found.error();
    const auto& rules = impl_->rules;
    const bool server = rules.party == Party::server;
    if (server && (!host || !found->path->names.contain(*host))) return ChainFault::wrong_name;
    if (found->lists) { // each time: lists go stale by themselves
        std::string why;
        if (const auto fault = found->lists->check(found->path->links, now, why)) {
            if (detail != nullptr) *detail = std::move(why);
            return *fault;
        }
    }
    auto peer = make_peer(rules.party, rules.profile, server ? std::string(*host) : found->path->name,
                          {found->path, &found->path->facts});
    peer.revocation_checked_ = found->lists != nullptr;
    return peer;
}

PeerVerified TrustStore::make_peer(Party party, Profile profile, std::string name,
                                   std::shared_ptr<const PeerFacts> facts) {
    PeerVerified peer;
    peer.party_ = party;
    peer.profile_ = profile;
    peer.name_ = std::move(name);
    peer.facts_ = std::move(facts);
    return peer;
}

std::vector<Bytes> TrustStore::issuer_names() const {
    const std::lock_guard lock(impl_->mutex);
    std::vector<Bytes> names;
    for (const auto& root : *impl_->roots) names.push_back(root->raw_subject_dn());
    return names;
}

bool TrustStore::checks_revocation() const { return !impl_->lists_place.empty(); }

std::vector<CrlFacts> TrustStore::crls() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->lists ? impl_->lists->facts() : std::vector<CrlFacts>();
}

} // namespace cifra::crypto
