// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Whom people.json and the policy let in, under which name.
#include "people/people.hpp"

#include <catch2/catch.hpp>

using namespace cifra::people;

namespace {

const std::string user_ca(64, '1');
const std::string card_ca(64, '2');
const std::string own_key(64, 'a');
const std::string card_key(64, 'b');

UserFacts issued(const std::string& name) {
    UserFacts user;
    user.name = name;
    user.key_hash = own_key;
    user.issued = true;
    user.attributes = {{"CN", name}};
    user.authorities = {{"Cifra person CA", user_ca}, {"Cifra root", std::string(64, '3')}};
    return user;
}

UserFacts card(const std::string& name, const std::string& number) {
    UserFacts user;
    user.name = name;
    user.key_hash = card_key;
    user.attributes = {{"C", "PT"}, {"CN", name}, {"serialNumber", number}};
    user.authorities = {{"Authentication 0018", card_ca}, {"Root of the state", std::string(64, '4')}};
    return user;
}

UserFacts without_path(UserFacts user) {
    user.authorities.clear();
    return user;
}

// What a decision says in one word.
std::string verdict(const Decision& decision) {
    if (!decision) return std::string(describe(decision.error()));
    return decision->name + (decision->card ? " by card" : "");
}

std::string verdict(const People& people, const UserFacts& user, const Policy& policy = {}) {
    return verdict(people.decide(user, policy));
}

const std::string unknown(describe(Refusal::unknown));
const std::string disabled(describe(Refusal::disabled));
const std::string card_required(describe(Refusal::card_required));
const std::string issuer_refused(describe(Refusal::issuer_refused));

Policy cards_only() {
    Policy policy;
    policy.card_required = true;
    return policy;
}

Policy from(const std::string& issuer) {
    Policy policy;
    policy.issuers = {issuer};
    return policy;
}

People with_rule(const std::string& attribute, const std::vector<std::string>& values, bool on_card = true) {
    People people;
    people.add_rule({"readers", false, on_card, card_ca, "Authentication 0018", attribute, values});
    return people;
}

People with_key(Trust trust, bool on_card = true) {
    People people;
    auto& entry = people.entry("ada");
    entry.keys = {card_key};
    entry.trust = trust;
    entry.card = on_card;
    return people;
}

} // namespace

TEST_CASE("somebody issued by the user CA needs no entry") {
    People people;
    CHECK(verdict(people, issued("ada")) == "ada");
    CHECK(verdict(people, card("ada", "A1")) == unknown);
    CHECK(verdict(people, without_path(issued("ada"))) == unknown);
    CHECK(verdict(people, issued("")) == unknown);
    Policy policy;
    policy.issued = false;
    CHECK(verdict(people, issued("ada"), policy) == unknown);
    CHECK(verdict(people, issued("ada"), cards_only()) == card_required);
}

TEST_CASE("an entry that is disabled locks the name out, and only that name") {
    People people;
    people.entry("ada").disabled = true;
    CHECK(verdict(people, issued("ada")) == disabled);
    CHECK(verdict(people, issued("Ada")) == "Ada");
    CHECK(verdict(people, issued("bob")) == "bob");
    people.entry("ada").disabled = false;
    CHECK(verdict(people, issued("ada")) == "ada");
}

TEST_CASE("an exact key") {
    auto people = with_key(Trust::path);
    CHECK(verdict(people, card("ADA LOVELACE", "A1")) == "ada by card");
    CHECK(verdict(people, card("ADA LOVELACE", "A1"), cards_only()) == "ada by card");
    CHECK(verdict(people, without_path(card("ADA LOVELACE", "A1"))) == unknown);
    auto other = card("ADA LOVELACE", "A1");
    other.key_hash = own_key;
    CHECK(verdict(people, other) == unknown);
    people.entry("ada").disabled = true;
    CHECK(verdict(people, card("ADA LOVELACE", "A1")) == disabled);
    CHECK(verdict(with_key(Trust::key), without_path(card("", ""))) == "ada by card");
    CHECK(verdict(with_key(Trust::path, false), card("x", "A1"), cards_only()) == card_required);
    CHECK(people.by_key(card_key)->name == "ada");
    CHECK(people.by_key(own_key) == nullptr);
}

TEST_CASE("a key on record under one name, issued under another that is disabled") {
    People people;
    people.entry("ada").keys = {own_key};
    CHECK(verdict(people, issued("bob")) == "ada");
    people.entry("bob").disabled = true;
    CHECK(verdict(people, issued("bob")) == disabled);
}

TEST_CASE("a rule by issuer alone, by attribute, by value") {
    CHECK(verdict(with_rule("", {}), card("Maria", "A1")) == "Maria [A1] by card");
    CHECK(verdict(with_rule("serialNumber", {}), card("Maria", "A1")) == "Maria [A1] by card");
    CHECK(verdict(with_rule("O", {}), card("Maria", "A1")) == unknown);
    CHECK(verdict(with_rule("serialNumber", {"A0", "A1"}), card("Maria", "A1")) == "Maria [A1] by card");
    CHECK(verdict(with_rule("serialNumber", {"A0", "A11"}), card("Maria", "A1")) == unknown);
    CHECK(verdict(with_rule("CN", {"A1"}), card("Maria", "A1")) == unknown);
    auto elsewhere = card("Maria", "A1");
    elsewhere.authorities.front().key_hash = user_ca; // a CA of the same name with another key
    CHECK(verdict(with_rule("", {}), elsewhere) == unknown);
    CHECK(verdict(with_rule("", {}), without_path(card("Maria", "A1"))) == unknown);
    Policy policy;
    policy.rules = false;
    CHECK(verdict(with_rule("", {}), card("Maria", "A1"), policy) == unknown);
}

TEST_CASE("rules that are disabled, people who are, and cards that are required") {
    auto people = with_rule("", {});
    people.rule("readers")->disabled = true;
    CHECK(verdict(people, card("Maria", "A1")) == disabled);
    people.add_rule({"all", false, false, card_ca, "", "", {}});
    CHECK(verdict(people, card("Maria", "A1")) == "Maria [A1]");
    CHECK(verdict(people, card("Maria", "A1"), cards_only()) == card_required);
    people.entry("Maria [A1]").disabled = true;
    CHECK(verdict(people, card("Maria", "A1")) == disabled);
    CHECK(verdict(people, card("Maria", "A2")) == "Maria [A2]");
}

TEST_CASE("a rule may be of our own CA, and then the name stays") {
    People people;
    people.add_rule({"tokens", false, true, user_ca, "Cifra person CA", "CN", {"ada"}});
    CHECK(verdict(people, issued("ada")) == "ada");
    CHECK(verdict(people, issued("ada"), cards_only()) == "ada by card");
    CHECK(verdict(people, issued("bob"), cards_only()) == card_required);
    people.entry("ada").disabled = true;
    CHECK(verdict(people, issued("ada"), cards_only()) == disabled);
}

TEST_CASE("issuers that the policy names must be on the path, whichever way somebody is known") {
    CHECK(verdict(People(), issued("ada"), from("Cifra root")) == "ada");
    CHECK(verdict(People(), issued("ada"), from("Another root")) == issuer_refused);
    CHECK(verdict(with_key(Trust::path), card("x", "A1"), from("Root of the state")) == "ada by card");
    CHECK(verdict(with_key(Trust::path), card("x", "A1"), from("Cifra root")) == issuer_refused);
    CHECK(verdict(with_key(Trust::key), without_path(card("x", "A1")), from("Cifra root")) == issuer_refused);
    CHECK(verdict(with_rule("", {}), card("x", "A1"), from("Cifra root")) == issuer_refused);
}

TEST_CASE("names of people whom a rule lets in") {
    CHECK(name_by_attributes(card("Maria", "A1")) == "Maria [A1]");
    const auto by_key = "[key " + card_key.substr(0, 16) + "]";
    CHECK(name_by_attributes(card("Maria", "")) == "Maria " + by_key); // "Maria" may be one whom we issued
    CHECK(name_by_attributes(card("", "A1")) == by_key);
    CHECK(name_by_attributes(card("Maria [A1]", "")) == by_key); // nobody takes the name of another one
    CHECK(name_by_attributes(card("Maria", "A1] [x")) == by_key);
    CHECK(name_by_attributes(card("Maria\n", "A1")) == by_key);
    CHECK(name_by_attributes(card("Maria", "A\n1")) == "Maria " + by_key);
    const std::string longest(64, 'x');
    CHECK(name_by_attributes(card(longest, "1")) == longest.substr(0, 41) + " " + by_key);
    std::string accents;
    for (int i = 0; i < 40; ++i) accents += "\u00e9";
    CHECK(name_by_attributes(card(accents, "1")) == accents.substr(0, 40) + " " + by_key);
    auto two = card("Maria", "A1");
    two.attributes.push_back({"serialNumber", "A2"});
    CHECK(name_by_attributes(two) != name_by_attributes(card("Maria", "A1")));
}
