// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/admission.hpp"

#include "crypto/certificate_path.hpp"
#include "proto/handshake.hpp"
#include "server/log.hpp"

#include <algorithm>
#include <ctime>
#include <numeric>

namespace cifra::server {

using crypto::ChainFault;
using crypto::Party;
using proto::ErrorCode;

namespace {

constexpr std::size_t max_issuers = 64, max_issuer_bytes = 4096;

ErrorCode code_of(ChainFault fault) {
    if (crypto::says_revoked(fault)) return ErrorCode::revoked;
    if (crypto::says_not_checked(fault)) return ErrorCode::not_checked;
    if (crypto::says_expired(fault)) return ErrorCode::user_expired;
    return ErrorCode::user_refused;
}

// The stores differ in what they ask of a certificate: which of their reasons is the one to tell.
bool says_little(ChainFault fault) { return fault == ChainFault::untrusted || fault == ChainFault::self_signed; }

Denial denial_of(ChainFault fault, std::string detail) {
    return {code_of(fault),
            std::string(crypto::describe(fault)),
            std::move(detail),
            std::string(crypto::remedy(fault)),
            {},
            crypto::says_revoked(fault) || says_little(fault)}; // the CA may have been taken out of the roots
}

ErrorCode code_of(people::Refusal refusal) {
    switch (refusal) {
        case people::Refusal::disabled:
            return ErrorCode::disabled;
        case people::Refusal::card_required:
            return ErrorCode::card_required;
        case people::Refusal::unknown:
        case people::Refusal::issuer_refused:
            break;
    }
    return ErrorCode::user_refused;
}

std::string_view remedy(people::Refusal refusal) {
    switch (refusal) {
        case people::Refusal::disabled:
            return "to let them in again: cifractl person enable";
        case people::Refusal::card_required:
            return "'cifractl person add --card' says that a key is on a card; user in [login] that one is needed";
        case people::Refusal::unknown:
            return "to let them in: cifractl person add, or add-rule; see [people] in the configuration";
        case people::Refusal::issuer_refused:
            return "issuers in [people] has the CAs that are accepted";
    }
    return "";
}

// What our own profile refuses in the certificates of cards, where the card profile has the word.
bool is_not_for_us(ChainFault fault) {
    return says_little(fault) || fault == ChainFault::wrong_role || fault == ChainFault::critical_extension;
}

people::UserFacts facts_of(const crypto::PeerVerified& peer) {
    people::UserFacts facts;
    facts.name = peer.name();
    facts.key_hash = hex(peer.key_hash());
    facts.issued = peer.profile() == crypto::Profile::cifra && !peer.authorities().empty();
    for (const auto& [type, value] : peer.attributes()) facts.attributes.push_back({type, value});
    for (const auto& [name, key_hash] : peer.authorities()) facts.authorities.push_back({name, hex(key_hash)});
    return facts;
}

people::Policy policy_of(const Config& config) {
    return {config.people.issued, config.people.rules, config.login.card_required, config.people.issuers};
}

std::shared_ptr<const people::People> load_people(const std::filesystem::path& file) {
    return std::make_shared<const people::People>(file.empty() ? people::People() : people::People::load(file));
}

} // namespace

void throw_exception_from_error(const Denial& denial, const boost::source_location&) {
    throw std::logic_error("somebody refused was taken for a guest: " + denial.reason);
}

Doorkeeper::Doorkeeper(const Config& config)
    : people_file_(config.people.file),
      crls_(config.certificates.crls),
      policy_(policy_of(config)),
      devices_(crypto::TrustStore::load(Party::device, config.certificates.device_roots, crls_)),
      people_stamp_(stamp_of(people_file_)) {
    if (!config.login.user_required) return;
    const auto& files = config.certificates;
    if (!files.user_roots.empty()) users_ = crypto::TrustStore::load(Party::user, files.user_roots, crls_);
    if (!files.card_roots.empty())
        cards_ = crypto::TrustStore::load(Party::user, files.card_roots, crls_, crypto::Profile::card);
    people_ = load_people(people_file_);
}

Doorkeeper::PeoplePtr Doorkeeper::people() const {
    const std::lock_guard lock(mutex_);
    return people_;
}

Verdict Doorkeeper::device(const std::vector<Bytes>& chain, std::int64_t now) const {
    std::string detail;
    auto peer = devices_.validate(chain, now, std::nullopt, &detail);
    if (!peer) return denial_of(peer.error(), std::move(detail));
    const auto name = peer->name();
    return Guest{std::move(*peer), name, false};
}

Doorkeeper::PathResult Doorkeeper::user_path(const std::vector<Bytes>& chain, std::int64_t now,
                                             std::string& detail) const {
    PathResult issued = ChainFault::untrusted;
    if (users_) issued = users_->validate(chain, now, std::nullopt, &detail);
    if (issued || !cards_ || crypto::says_revoked(issued.error())) return issued;
    std::string card_detail;
    auto card = cards_->validate(chain, now, std::nullopt, &card_detail);
    const bool revoked = !card && crypto::says_revoked(card.error());
    if (!card && !revoked && (says_little(card.error()) || !is_not_for_us(issued.error()))) return issued;
    detail = std::move(card_detail);
    return card;
}

// A key alone will do where the operator said so, but nobody gets in by it whose certificate is known to be revoked.
Verdict Doorkeeper::user(const std::vector<Bytes>& chain, std::int64_t now) const {
    const auto known = people();
    if (!known) return denial_of(ChainFault::untrusted, "no people are asked for any more");
    std::string detail;
    auto path = user_path(chain, now, detail);
    if (path) return decide(std::move(*path), *known);
    if (!crypto::says_revoked(path.error()) && !chain.empty()) {
        const auto leaf = crypto::parse_certificate(chain.front(), crypto::Profile::card);
        const auto key_hash = leaf ? crypto::key_hash_of(*leaf) : Bytes();
        const auto* entry = leaf ? known->by_key(hex(key_hash)) : nullptr;
        if (entry != nullptr && entry->trust == people::Trust::key) {
            auto peer = crypto::TrustStore::validate_key(Party::user, chain, now, key_hash);
            if (peer) return decide(std::move(*peer), *known);
            return denial_of(peer.error(), {});
        }
    }
    return denial_of(path.error(), std::move(detail));
}

Verdict Doorkeeper::decide(crypto::PeerVerified peer, const people::People& known) const {
    const auto decision = known.decide(facts_of(peer), policy_);
    if (decision) return Guest{std::move(peer), decision->name, decision->card};
    const auto refusal = decision.error();
    return Denial{code_of(refusal),
                  std::string(people::describe(refusal)),
                  "key " + hex(peer.key_hash()),
                  std::string(remedy(refusal)),
                  peer.name(),
                  true};
}

std::optional<Denial> Doorkeeper::objection(const Guest& guest, const std::vector<Bytes>& chain,
                                            std::int64_t now) const {
    if (guest.peer.party() == Party::device) {
        auto verdict = device(chain, now);
        if (verdict || !verdict.error().withdrawn) return std::nullopt;
        return verdict.error();
    }
    const auto known = people();
    if (!known) return std::nullopt;
    auto verdict = user(chain, now);
    if (verdict && verdict->name != guest.name)
        return Denial{
            ErrorCode::revoked, "known under another name now", verdict->name, "to log in again", guest.name, true};
    if (verdict) return std::nullopt;
    // Where the path cannot be looked at now, what it once said still counts.
    if (!verdict.error().withdrawn) verdict = decide(guest.peer, *known);
    if (verdict) return std::nullopt;
    return verdict.error();
}

std::vector<Bytes> Doorkeeper::issuer_names() const {
    const auto known = people();
    if (!known) return {};
    const auto& entries = known->entries();
    const bool any = std::any_of(entries.begin(), entries.end(),
                                 [](const auto& entry) { return entry.trust == people::Trust::key; });
    std::vector<Bytes> names;
    if (any) return names;
    for (const auto* store : {&users_, &cards_}) {
        if (!*store) continue;
        const auto some = (*store)->issuer_names();
        names.insert(names.end(), some.begin(), some.end());
    }
    const auto size = std::accumulate(names.begin(), names.end(), std::size_t{0},
                                      [](std::size_t sum, const Bytes& name) { return sum + name.size(); });
    const bool long_one =
        std::any_of(names.begin(), names.end(), [](const Bytes& name) { return name.size() > proto::max_issuer_name; });
    if (long_one || names.size() > max_issuers || size > max_issuer_bytes) names.clear(); // REQUEST has to fit
    return names;
}

bool Doorkeeper::look() {
    const bool stores = look_at_stores();
    const bool begun = list_has_begun(std::time(nullptr));
    return look_at_people() || stores || begun;
}

// A CRL that was made by a clock ahead of ours counts from its thisUpdate on, and nothing changes on the disk then.
bool Doorkeeper::list_has_begun(std::int64_t now) {
    const bool begun = begins_ != 0 && now >= begins_;
    begins_ = 0;
    for (const auto& list : crls())
        if (list.this_update > now && (begins_ == 0 || list.this_update < begins_)) begins_ = list.this_update;
    return begun;
}

bool Doorkeeper::look_at_stores() {
    if (crls_.empty()) return false; // roots alone are read at a reload
    bool any = false;
    const auto now = std::chrono::steady_clock::now();
    const bool again = stores_retry_.due(now);
    try {
        for (auto* store : {&devices_, users_ ? &*users_ : nullptr, cards_ ? &*cards_ : nullptr}) {
            if (store == nullptr || (!again && !store->changed())) continue;
            store->reload();
            any = true;
        }
    } catch (const std::exception& error) {
        if (stores_retry_.failed(error.what(), now) || !again)
            log(Level::error, "crls_failed",
                {{"error", error.what()},
                 {"remedy", "mend the file; until then the former ones count, for as long as they are in date"}});
        return any;
    }
    if (!any) return false;
    stores_retry_.succeeded();
    std::size_t revoked = 0;
    const auto lists = devices_.crls();
    for (const auto& list : lists) revoked += list.revoked;
    log(Level::info, "crls_reloaded", {{"lists", lists.size()}, {"revoked", revoked}});
    return true;
}

bool Doorkeeper::look_at_people() {
    if (people_file_.empty() || !people()) return false;
    const auto stamp = stamp_of(people_file_);
    const auto now = std::chrono::steady_clock::now();
    if (stamp == people_stamp_ && !people_retry_.due(now)) return false;
    const bool changed = people_stamp_ != stamp;
    people_stamp_ = stamp;
    try {
        auto next = load_people(people_file_);
        people_retry_.succeeded();
        log(Level::info, "people_reloaded", {{"people", next->entries().size()}, {"rules", next->rules().size()}});
        const std::lock_guard lock(mutex_);
        people_ = std::move(next);
        return true;
    } catch (const std::exception& error) {
        if (people_retry_.failed(error.what(), now) || changed)
            log(Level::error, "people_failed",
                {{"error", error.what()}, {"remedy", "mend the file; until then the former one counts"}});
        return false;
    }
}

std::vector<crypto::CrlFacts> Doorkeeper::crls() const {
    return crls_.empty() ? std::vector<crypto::CrlFacts>() : devices_.crls();
}

} // namespace cifra::server
