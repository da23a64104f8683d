// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// people.json as text: what is written is read again, what is wrong is told with its place.
#include "folder.hpp"
#include "people/people.hpp"

#include <catch2/catch.hpp>

#include <system_error>

using namespace cifra::people;
using Catch::Matchers::Contains;

namespace {

const std::string key(64, 'a');
const std::string good_entry =
    R"({"name":"ada","disabled":false,"reason":"","keys":[")" + key + R"("],"trust":"path","card":true})";
const std::string good_rule = R"({"name":"readers","disabled":false,"card":true,"issuer":")" + key +
                              R"(","issuer_name":"for people","attribute":"serialNumber","values":["A1"]})";

std::string file_of(const std::string& people, const std::string& rules) {
    return R"({"version":1,"people":[)" + people + R"(],"rules":[)" + rules + "]}";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    return text.replace(text.find(what), what.size(), by);
}

std::string fault_of(const std::string& text) {
    try {
        People::parse(text);
    } catch (const std::runtime_error& wrong) {
        return wrong.what();
    }
    return "none";
}

} // namespace

TEST_CASE("what is written is read again") {
    People people;
    const std::string name = "ada \"\u00e9\"";
    people.entry("bob"); // first: an entry moves when another one is added
    auto& ada = people.entry(name);
    ada.disabled = true;
    ada.reason = "left";
    ada.keys = {key, std::string(64, 'b')};
    ada.trust = Trust::key;
    ada.card = true;
    people.add_rule({"readers", true, true, key, "for people", "serialNumber", {"A1", "A2"}});
    people.add_rule({"all", false, false, key, "", "", {}});
    const auto text = people.to_json();
    const auto again = People::parse(text);
    CHECK(again.to_json() == text);
    REQUIRE(again.entries().size() == 2);
    CHECK(again.entries()[1].keys == ada.keys);
    CHECK(again.entries()[1].trust == Trust::key);
    CHECK(again.entries()[1].disabled);
    REQUIRE(again.rules().size() == 2);
    CHECK(again.rules()[0].values == std::vector<std::string>{"A1", "A2"});
    CHECK(People::parse(People().to_json()).entries().empty());
}

TEST_CASE("entries are changed and removed by name") {
    People people;
    people.entry("ada").reason = "one";
    people.entry("ada").reason += " two";
    CHECK(people.by_name("ada")->reason == "one two");
    CHECK(people.remove_entry("ada"));
    CHECK_FALSE(people.remove_entry("ada"));
    people.add_rule({"readers", false, false, key, "", "", {}});
    CHECK(people.rule("nobody") == nullptr);
    CHECK(people.remove_rule("readers"));
    CHECK_FALSE(people.remove_rule("readers"));
}

TEST_CASE("the good file is good, with white space too") {
    CHECK(fault_of(file_of(good_entry, good_rule)) == "none");
    CHECK(fault_of(" \n\t" + file_of(good_entry, good_rule) + "\r\n") == "none");
}

TEST_CASE("each fault is told with its place") {
    const auto entry = [](const std::string& what, const std::string& by) {
        return fault_of(
            file_of(good_entry + "," + replaced(replaced(good_entry, key, std::string(64, 'b')), what, by), ""));
    };
    const auto rule = [](const std::string& what, const std::string& by) {
        return fault_of(file_of("", replaced(good_rule, what, by)));
    };
    CHECK(entry("ada", "bob") == "none");
    CHECK_THAT(entry("ada", "ada"), Contains("people[1].name: the same as in another entry"));
    CHECK_THAT(entry("\"card\":true", "\"card\":true,\"extra\":1"),
               Contains("people[1].extra: there is no such member"));
    CHECK_THAT(entry("\"card\":true", "\"cards\":true"), Contains("people[1].cards"));
    CHECK_THAT(entry(",\"card\":true", ""), Contains("people[1].card: is missing"));
    CHECK_THAT(entry("\"card\":true", "\"card\":1"), Contains("people[1].card: neither true nor false"));
    CHECK_THAT(entry("\"ada\"", "\"\""), Contains("people[1].name: not a name"));
    CHECK_THAT(entry("\"ada\"", "\"a\\nb\""), Contains("people[1].name: not a name"));
    CHECK_THAT(entry("ada", std::string(65, 'x')), Contains("people[1].name: longer than 64 bytes"));
    CHECK_THAT(entry("\"ada\"", "1"), Contains("people[1].name: not a text"));
    CHECK_THAT(entry("\"path\"", "\"both\""), Contains("people[1].trust"));
    CHECK_THAT(entry("bbbb", "BBBB"), Contains("people[1].keys[0]: not 64"));
    CHECK_THAT(entry("[\"", "[\"\",\""), Contains("people[1].keys[0]: not 64"));
    CHECK_THAT(entry("\"reason\":\"\"", "\"reason\":\"\\u001b\""), Contains("people[1].reason"));
    CHECK_THAT(fault_of(file_of(good_entry + "," + replaced(good_entry, "ada", "bob"), "")),
               Contains("people[1].keys: the same as in another entry"));
    CHECK_THAT(fault_of(file_of("7", "")), Contains("people[0]: not an object"));
    CHECK_THAT(rule("serialNumber", "serial"), Contains("rules[0].attribute"));
    CHECK_THAT(rule("\"serialNumber\"", "\"\""), Contains("rules[0].values: values of no attribute"));
    CHECK_THAT(rule("aaaa", "AAAA"), Contains("rules[0].issuer"));
    CHECK_THAT(rule("[\"A1\"]", "\"A1\""), Contains("rules[0].values: not an array"));
    CHECK_THAT(rule("[\"A1\"]", "[\"A1\",2]"), Contains("rules[0].values[1]: not a text"));
    CHECK_THAT(rule("A1", std::string(257, 'x')), Contains("rules[0].values[0]: longer than 256 bytes"));
    CHECK_THAT(fault_of(file_of("", good_rule + "," + good_rule)), Contains("rules[1].name: the same"));
}

TEST_CASE("faults of the whole file") {
    CHECK_THAT(fault_of(""), Contains("line 1: not JSON"));
    CHECK_THAT(fault_of("{\n\n\"version\":1,}"), Contains("line 3: not JSON"));
    CHECK_THAT(fault_of(file_of("", "") + "x"), Contains("not JSON"));
    CHECK_THAT(fault_of("[]"), Contains("not one object"));
    CHECK_THAT(fault_of("{\"version\":1,\"version\":1,\"people\":[],\"rules\":[]}"), Contains("occurs twice"));
    CHECK_THAT(fault_of("{\"version\":2,\"people\":[],\"rules\":[]}"), Contains("version: not 1"));
    CHECK_THAT(fault_of("{\"version\":-1,\"people\":[],\"rules\":[]}"), Contains("version: not an integer"));
    CHECK_THAT(fault_of("{\"version\":1,\"people\":[]}"), Contains("rules: is missing"));
    CHECK_THAT(fault_of("{\"version\":1,\"people\":{},\"rules\":[]}"), Contains("people: not an array"));
    CHECK_THAT(fault_of("{\"version\":1,\"people\":[],\"rules\":[],\"more\":[]}"),
               Contains("more: there is no such member"));
    CHECK_THAT(fault_of(std::string(People::max_size + 1, ' ')), Contains("larger than 4194304 bytes"));
    CHECK(fault_of(std::string(People::max_size - 64, ' ') + file_of("", "")) == "none");
}

TEST_CASE("files") {
    const test::Folder folder;
    CHECK(People::load(folder.write("people.json", file_of(good_entry, good_rule))).by_name("ada") != nullptr);
    CHECK_THROWS_AS(People::load(folder / "none.json"), std::system_error);
    CHECK_THROWS_WITH(People::load(folder / "."), Contains("not a file"));
    CHECK_THROWS_WITH(People::load(folder.write("bad.json", "{")), Contains("bad.json: line 1: not JSON"));
    CHECK_THROWS_WITH(People::load(folder.write("big.json", std::string(People::max_size + 1, ' '))),
                      Contains("larger"));
}

TEST_CASE("no file is written that could not be read") {
    People people;
    people.add_rule({"readers", false, false, key, "", "CN", {}});
    people.rule("readers")->values.assign(20'000, std::string(250, 'x'));
    CHECK_THROWS_WITH(people.to_json(), Contains("larger"));
}
