// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// people.json: {"version": 1, "people": [...], "rules": [...]}
#include "crypto/certificate_form.hpp"
#include "people/json_text.hpp"
#include "people/people.hpp"
#include "proto/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace cifra::people {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_text = 256;
constexpr std::array<std::string_view, 8> attributes{"CN", "serialNumber", "GN", "SN", "O", "OU", "C", "T"};

std::string name_in(const Object& object) {
    auto name = object.text("name", longest_name);
    if (!crypto::is_plain_name(name))
        object.fail("name", "not a name: 1 to 64 bytes of text without control characters");
    return name;
}

// For people to read: it may be empty.
std::string words_in(const Object& object, std::string_view member) {
    auto words = object.text(member, longest_text);
    if (!proto::is_utf8(words) || proto::has_control_characters(words))
        object.fail(member, "not text, or with control characters");
    return words;
}

Trust trust_in(const Object& object) {
    const auto word = object.text("trust", longest_text);
    if (word != "path" && word != "key") object.fail("trust", "neither \"path\" nor \"key\"");
    return word == "key" ? Trust::key : Trust::path;
}

Entry entry_in(const Object& object) {
    object.demand_only({"name", "disabled", "reason", "keys", "trust", "card"});
    Entry entry;
    entry.name = name_in(object);
    entry.disabled = object.boolean("disabled");
    entry.reason = words_in(object, "reason");
    entry.keys = object.texts("keys", longest_name);
    for (std::size_t i = 0; i < entry.keys.size(); ++i) {
        if (!is_key_hash(entry.keys[i]))
            object.fail("keys[" + std::to_string(i) + "]", "not 64 lower-case hexadecimal digits");
    }
    entry.trust = trust_in(object);
    entry.card = object.boolean("card");
    return entry;
}

Rule rule_in(const Object& object) {
    object.demand_only({"name", "disabled", "card", "issuer", "issuer_name", "attribute", "values"});
    Rule rule;
    rule.name = name_in(object);
    rule.disabled = object.boolean("disabled");
    rule.card = object.boolean("card");
    rule.issuer = object.text("issuer", longest_name);
    if (!is_key_hash(rule.issuer)) object.fail("issuer", "not 64 lower-case hexadecimal digits");
    rule.issuer_name = words_in(object, "issuer_name");
    rule.attribute = object.text("attribute", longest_name);
    if (!rule.attribute.empty() && std::find(attributes.begin(), attributes.end(), rule.attribute) == attributes.end())
        object.fail("attribute", "not one of CN, serialNumber, GN, SN, O, OU, C, T");
    rule.values = object.texts("values", longest_text);
    if (rule.attribute.empty() && !rule.values.empty()) object.fail("values", "values of no attribute");
    return rule;
}

// Two meanings of one name or key would let the order in the file decide.
class Once {
  public:
    void demand(const Object& object, std::string_view member, const std::string& value) {
        if (!seen_.insert(value).second) object.fail(member, "the same as in another entry");
    }

  private:
    std::set<std::string> seen_;
};

json::array array_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::object json_of(const Entry& entry) {
    return {{"name", entry.name},
            {"disabled", entry.disabled},
            {"reason", entry.reason},
            {"keys", array_of(entry.keys)},
            {"trust", entry.trust == Trust::key ? "key" : "path"},
            {"card", entry.card}};
}

json::object json_of(const Rule& rule) {
    return {{"name", rule.name},
            {"disabled", rule.disabled},
            {"card", rule.card},
            {"issuer", rule.issuer},
            {"issuer_name", rule.issuer_name},
            {"attribute", rule.attribute},
            {"values", array_of(rule.values)}};
}

// One entry a line, so that a change shows as one.
template <class List>
std::string lines_of(const List& list) {
    std::string text;
    for (const auto& one : list) text += (text.empty() ? "\n" : ",\n") + json::serialize(json_of(one));
    return "[" + text + "]";
}

} // namespace

People People::parse(std::string_view text) {
    const auto whole = parse_json(text, max_size);
    const Object root(whole, "");
    root.demand_only({"version", "people", "rules"});
    if (root.integer("version", 1'000'000) != 1) root.fail("version", "not 1: made by another version of cifractl");
    People people;
    Once names, keys, rules;
    for (const auto& object : root.objects("people")) {
        people.entries_.push_back(entry_in(object));
        names.demand(object, "name", people.entries_.back().name);
        for (const auto& key : people.entries_.back().keys) keys.demand(object, "keys", key);
    }
    for (const auto& object : root.objects("rules")) {
        people.rules_.push_back(rule_in(object));
        rules.demand(object, "name", people.rules_.back().name);
    }
    return people;
}

People People::load(const std::filesystem::path& file) {
    const auto text = read_file(file, max_size);
    try {
        return parse(text);
    } catch (const Wrong& wrong) {
        throw Wrong(file.string() + ": " + wrong.what());
    }
}

std::string People::to_json() const {
    auto text = "{\"version\":1,\n\"people\":" + lines_of(entries_) + ",\n\"rules\":" + lines_of(rules_) + "}\n";
    if (text.size() > max_size) throw Wrong("people.json would be larger than " + std::to_string(max_size) + " bytes");
    return text;
}

} // namespace cifra::people
