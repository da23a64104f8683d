// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// DIR/server/people.json.
#pragma once

#include "admin/authority.hpp"
#include "people/people.hpp"

namespace cifra::admin {

std::filesystem::path people_file(const std::filesystem::path& dir);
// Empty where an older cifractl made none. Throws Failure (bad_input).
people::People load_people(const std::filesystem::path& dir);
// Of people who were issued certificates, and of entries.
std::vector<std::string> names_on_record(const std::filesystem::path& dir, const people::People& people);
void save_people(const std::filesystem::path& dir, const people::People& people);
// What to do with it then.
void say_copy_people(const std::filesystem::path& dir);

// A person's certificate that somebody else made: within the card profile of PROTOCOL.md, dates too. `what` begins the
// message. Throws Failure (bad_input).
Botan::X509_Certificate check_foreign(const Bytes& der, const std::string& what);
// From PEM (the first in it) or DER.
Botan::X509_Certificate read_foreign(const std::filesystem::path& file);
Botan::X509_Certificate read_foreign_ca(const std::filesystem::path& file);

// Throws Failure (exists) when people.json has an entry of this name, or locks it out.
void demand_not_in_people(const std::filesystem::path& dir, const std::string& name);

struct CardPerson {
    std::string name;
    bool trust_key = false;
    bool card = false;
    bool another = false; // besides what the name has already
};
// Enters the certificate's key, and keeps a copy of it. False: it was there already, in the same way. Throws Failure
// (exists). To be called under the lock.
bool enter_key(const std::filesystem::path& dir, people::People& people, const Botan::X509_Certificate& certificate,
               const CardPerson& person);
// The copy, if there is one.
std::optional<Certified> kept_card(const std::filesystem::path& dir, const std::string& key_hash);

} // namespace cifra::admin
