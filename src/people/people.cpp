// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "people/people.hpp"

#include "crypto/certificate_subject.hpp"

#include <algorithm>
#include <stdexcept>

namespace cifra::people {

namespace {

template <class List>
auto named(List& list, std::string_view name) {
    return std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.name == name; });
}

template <class List>
bool remove_named(List& list, std::string_view name) {
    const auto found = named(list, name);
    if (found == list.end()) return false;
    list.erase(found);
    return true;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool issuer_allowed(const UserFacts& user, const Policy& policy) {
    return policy.issuers.empty() ||
           std::any_of(user.authorities.begin(), user.authorities.end(),
                       [&](const auto& authority) { return contains(policy.issuers, authority.name); });
}

bool matches(const Rule& rule, const UserFacts& user) {
    const bool issuer = std::any_of(user.authorities.begin(), user.authorities.end(),
                                    [&](const auto& authority) { return authority.key_hash == rule.issuer; });
    if (!issuer || rule.attribute.empty()) return issuer;
    return std::any_of(user.attributes.begin(), user.attributes.end(), [&](const auto& attribute) {
        return attribute.name == rule.attribute && (rule.values.empty() || contains(rule.values, attribute.value));
    });
}

} // namespace

std::string_view describe(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::unknown:
            return "nobody who is known here";
        case Refusal::disabled:
            return "disabled here";
        case Refusal::card_required:
            return "not on a card, and one is required";
        case Refusal::issuer_refused:
            return "not issued by a CA that is accepted here";
    }
    return "refused";
}

void throw_exception_from_error(Refusal refusal, const boost::source_location&) {
    throw std::logic_error("the value of a refused decision was taken: " + std::string(describe(refusal)));
}

UserFacts facts_of(const crypto::PeerVerified& user) {
    UserFacts facts;
    facts.name = user.name();
    facts.key_hash = crypto::hex(user.key_hash());
    facts.issued = user.profile() == crypto::Profile::cifra && !user.authorities().empty();
    for (const auto& one : user.attributes()) facts.attributes.push_back({one.type, one.value});
    for (const auto& one : user.authorities()) facts.authorities.push_back({one.name, crypto::hex(one.key_hash)});
    return facts;
}

Decision People::decide(const UserFacts& user, const Policy& policy) const {
    const auto* known = by_key(user.key_hash);
    // The key on record, but no path where one is needed: whoever asks has looked at the key alone.
    if (known != nullptr && known->trust == Trust::path && user.authorities.empty()) return Refusal::unknown;
    if (known == nullptr && user.authorities.empty()) return Refusal::unknown;
    if (known != nullptr && known->disabled) return Refusal::disabled;
    if (!issuer_allowed(user, policy)) return Refusal::issuer_refused;
    const auto* issued_as = user.issued ? by_name(user.name) : nullptr;
    if (issued_as != nullptr && issued_as->disabled)
        return Refusal::disabled; // under whatever name the key is on record
    if (known != nullptr) return admit(known->name, known->card, policy);
    auto ruled = by_rule(user, policy);
    if (!user.issued || !policy.issued || user.name.empty()) return ruled;
    const auto issued = admit(user.name, false, policy);
    // By a rule with a card, somebody with a certificate of our own gets in where a card is required.
    return !issued && issued.error() == Refusal::card_required && ruled ? ruled : issued;
}

Decision People::admit(const std::string& name, bool card, const Policy& policy) const {
    const auto* entry = by_name(name);
    if (entry != nullptr && entry->disabled) return Refusal::disabled;
    if (policy.card_required && !card) return Refusal::card_required;
    return Admitted{name, card};
}

Decision People::by_rule(const UserFacts& user, const Policy& policy) const {
    // Somebody issued by our own CA keeps that name, whichever way she is let in: who is disabled is known by it.
    const auto name = user.issued && !user.name.empty() ? user.name : name_by_attributes(user);
    auto refusal = Refusal::unknown;
    const auto* entry = by_name(name);
    if (!user.issued && entry != nullptr && !entry->keys.empty()) return refusal; // that is somebody else
    for (const auto& rule : rules_) {
        if (!policy.rules || !matches(rule, user)) continue;
        if (rule.disabled) {
            if (refusal == Refusal::unknown) refusal = Refusal::disabled;
            continue;
        }
        auto decision = admit(name, rule.card, policy);
        if (decision || decision.error() == Refusal::disabled) return decision;
        refusal = decision.error();
    }
    return refusal;
}

const Entry* People::by_key(std::string_view key_hash) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return contains(entry.keys, key_hash); });
    return found == entries_.end() ? nullptr : &*found;
}

const Entry* People::by_name(std::string_view name) const {
    const auto found = named(entries_, name);
    return found == entries_.end() ? nullptr : &*found;
}

Entry& People::entry(const std::string& name) {
    const auto found = named(entries_, name);
    if (found != entries_.end()) return *found;
    entries_.push_back({});
    entries_.back().name = name;
    return entries_.back();
}

Rule* People::rule(std::string_view name) {
    const auto found = named(rules_, name);
    return found == rules_.end() ? nullptr : &*found;
}

void People::add_rule(Rule rule) { rules_.push_back(std::move(rule)); }
bool People::remove_entry(std::string_view name) { return remove_named(entries_, name); }
bool People::remove_rule(std::string_view name) { return remove_named(rules_, name); }

} // namespace cifra::people
