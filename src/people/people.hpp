// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who may listen, beyond what certificates say by themselves: people.json, which cifractl writes and cifrad reads.
//
// A person is known by one of:
// - a certificate of the user CA: her name is its commonName, and no entry is needed. An entry with her name that is
//   disabled locks her out;
// - an exact key, as that of a card that somebody else made: an entry that has the key's hash;
// - a rule: a CA on the path of her certificate, and an attribute of its subject.
#pragma once

#include "crypto/certificate.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace cifra::people {

enum class Trust : std::uint8_t {
    path, // the key, and the path of its certificate must hold
    key,  // the key alone, whoever issued the certificate
};

struct Entry {
    std::string name;
    bool disabled = false;
    std::string reason;            // why, or empty
    std::vector<std::string> keys; // SHA-256 of the SubjectPublicKeyInfo, 64 hexadecimal digits
    Trust trust = Trust::path;
    bool card = false; // the operator says: these keys are on cards
};

struct Rule {
    std::string name;
    bool disabled = false;
    bool card = false;               // the operator says: whom this CA certifies holds a card
    std::string issuer;              // key hash of a CA that must be on the path
    std::string issuer_name;         // its commonName, for people
    std::string attribute;           // short name of an attribute of the subject: serialNumber, CN, …; empty: everybody
    std::vector<std::string> values; // one of these; empty: any
};

// What is known of somebody whose certificate was found valid.
struct UserFacts {
    struct Attribute {
        std::string name; // CN, serialNumber, GN, SN, O, OU, C, T
        std::string value;
    };
    struct Authority {
        std::string name; // commonName
        std::string key_hash;
    };
    std::string name; // commonName; empty when there is none that is plain
    std::string key_hash;
    bool issued = false; // by a CA for Cifra's people (profile cifra), not of a card somebody else made
    std::vector<Attribute> attributes;
    std::vector<Authority> authorities; // from the issuer up; none when only the key was looked at
};

UserFacts facts_of(const crypto::PeerVerified& user);

// [people] and [login] of cifrad.toml.
struct Policy {
    bool issued = true; // certificates of the user CA let in
    bool rules = true;  // rules let in
    bool card_required = false;
    std::vector<std::string> issuers; // commonNames of CAs; one must be on the path. Empty: any
};

enum class Refusal : std::uint8_t { unknown, disabled, card_required, issuer_refused };
std::string_view describe(Refusal refusal) noexcept;

struct Admitted {
    std::string name;
    bool card = false;
};
using Decision = boost::system::result<Admitted, Refusal>;
[[noreturn]] void throw_exception_from_error(Refusal refusal, const boost::source_location& where);

class People {
  public:
    static constexpr std::size_t max_size = 4U << 20U; // bytes of the file

    // Throws std::runtime_error that names the place in the text and what is wrong there.
    static People parse(std::string_view text);
    // Likewise, naming the file too; std::system_error when it cannot be read.
    static People load(const std::filesystem::path& file);
    // Throws std::runtime_error when it would be larger than max_size.
    std::string to_json() const;

    Decision decide(const UserFacts& user, const Policy& policy) const;
    Decision decide(const crypto::PeerVerified& user, const Policy& policy) const {
        return decide(facts_of(user), policy);
    }

    const Entry* by_key(std::string_view key_hash) const;
    const Entry* by_name(std::string_view name) const;

    const std::vector<Entry>& entries() const { return entries_; }
    const std::vector<Rule>& rules() const { return rules_; }

    // The entry with this name, a new one if there is none.
    Entry& entry(const std::string& name);
    Rule* rule(std::string_view name); // nullptr if there is none
    void add_rule(Rule rule);
    // False if there was none.
    bool remove_entry(std::string_view name);
    bool remove_rule(std::string_view name);

  private:
    Decision by_rule(const UserFacts& user, const Policy& policy) const;
    Decision admit(const std::string& name, bool card, const Policy& policy) const;

    std::vector<Entry> entries_;
    std::vector<Rule> rules_;
};

// How somebody is called whom a rule lets in: "CN [serialNumber]", or "CN [key …]" without one; plain, at most 64
// bytes, never the same for two who differ in one of these, and never a bare name as our own CA issues them.
std::string name_by_attributes(const UserFacts& user);

// 64 lower-case hexadecimal digits.
bool is_key_hash(std::string_view text) noexcept;

} // namespace cifra::people
