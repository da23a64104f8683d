// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl person add-rule, cifractl person rules.
#include "admin/failure.hpp"
#include "admin/lock.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/people_file.hpp"
#include "admin/verbs.hpp"
#include "crypto/certificate_path.hpp"
#include "people/json_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    std::string name;
    fs::path issuer;
    std::string attribute;
    std::vector<std::string> values;
    fs::path values_file;
    bool card = false;
};

// One a line; what is empty or begins with '#' is none.
std::vector<std::string> read_values(const fs::path& file) {
    std::string text;
    try {
        text = people::read_file(file, people::People::max_size);
    } catch (const people::Wrong& wrong) {
        throw Failure(Exit::bad_input, wrong.what());
    }
    std::vector<std::string> values;
    for (std::size_t from = 0; from < text.size();) {
        const auto to = std::min(text.find('\n', from), text.size());
        auto line = text.substr(from, to - from);
        line.erase(line.find_last_not_of(" \t\r") + 1);
        line.erase(0, line.find_first_not_of(" \t"));
        if (!line.empty() && line.front() != '#') values.push_back(std::move(line));
        from = to + 1;
    }
    if (values.empty()) throw Failure(Exit::bad_input, file.string() + ": no value in it", "one a line");
    return values;
}

people::Rule rule_of(const Options& options) {
    if (options.attribute.empty() && (!options.values.empty() || !options.values_file.empty()))
        throw Failure(Exit::usage, "values of which attribute?",
                      "give --attribute serialNumber, or CN, GN, SN, O, OU, C, T");
    const auto issuer = read_foreign_ca(options.issuer);
    people::Rule rule;
    rule.name = options.name;
    rule.card = options.card;
    rule.issuer = key_hash(issuer);
    rule.issuer_name = crypto::common_name(issuer);
    rule.attribute = options.attribute;
    rule.values = options.values;
    if (!options.values_file.empty()) {
        const auto more = read_values(options.values_file);
        rule.values.insert(rule.values.end(), more.begin(), more.end());
    }
    return rule;
}

boost::json::object json_of(const people::Rule& rule) {
    return {{"name", rule.name},
            {"disabled", rule.disabled},
            {"card", rule.card},
            {"issuer", rule.issuer},
            {"issuer_name", rule.issuer_name},
            {"attribute", rule.attribute},
            {"values", boost::json::array(rule.values.begin(), rule.values.end())}};
}

// What a rule lets in, in words.
std::string words_of(const people::Rule& rule) {
    auto words = "issued by '" + rule.issuer_name + "' (" + rule.issuer.substr(0, 16) + ")";
    if (!rule.attribute.empty()) words += ", " + rule.attribute;
    if (!rule.values.empty()) words += " = " + rule.values.front();
    if (rule.values.size() > 1) words += " or one of " + std::to_string(rule.values.size() - 1) + " more";
    return words + (rule.card ? ", by card" : "") + (rule.disabled ? "  disabled" : "");
}

void add(const Options& options) {
    const auto& dir = options.common.dir;
    demand_name("rule", options.name);
    load_people(dir);
    const auto rule = rule_of(options);
    const Lock lock(dir);
    auto people = load_people(dir);
    if (people.rule(rule.name) != nullptr)
        throw Failure(Exit::exists, "rule '" + rule.name + "' exists already",
                      "choose another name, or: cifractl person remove '" + rule.name + "' --rule");
    people.add_rule(rule);
    try {
        people::People::parse(people.to_json()); // what cifrad would refuse is not written
    } catch (const people::Wrong& wrong) {
        throw Failure(Exit::bad_input, wrong.what());
    }
    save_people(dir, people);
    if (options.common.json) return print(json_of(rule));
    print(people_file(dir).string());
    say("Rule '" + rule.name + "' lets in: " + words_of(rule));
    say("card_roots of cifrad.toml must hold the root of this CA");
    say_copy_people(dir);
}

void show(const Common& common) {
    const auto people = load_people(common.dir);
    if (common.json) {
        boost::json::array list;
        for (const auto& rule : people.rules()) list.push_back(json_of(rule));
        return print(list);
    }
    for (const auto& rule : people.rules()) print(rule.name + "  " + words_of(rule));
    if (people.rules().empty()) say("none yet: cifractl person add-rule NAME --issuer FILE");
}

} // namespace

void add_rules(CLI::App& person) {
    auto options = std::make_shared<Options>();
    auto& verb = *person.add_subcommand("add-rule", "Let in whomever a CA of others certifies, or some of them");
    verb.footer(
        "Examples:\n  cifractl person add-rule readers --issuer ca.pem --card --attribute serialNumber --values-file "
        "numbers\n"
        "  cifractl person add-rule staff --issuer ca.pem --attribute O --value \"Sound Archive\"");
    options->common.add_to(verb, false);
    verb.add_option("name", options->name, "Name of the rule")->type_name("NAME")->required();
    verb.add_option("--issuer", options->issuer, "Certificate of the CA")->type_name("FILE")->required();
    verb.add_option("--attribute", options->attribute, "That the subject must have")
        ->type_name("ATTRIBUTE")
        ->check(CLI::IsMember({"CN", "serialNumber", "GN", "SN", "O", "OU", "C", "T"}));
    verb.add_option("--value", options->values, "One that it may have; again for more")
        ->type_name("VALUE")
        ->allow_extra_args(false);
    verb.add_option("--values-file", options->values_file, "Those that it may have, one a line")->type_name("FILE");
    verb.add_flag("--card", options->card, "These certificates are on cards");
    verb.callback([options] { add(*options); });

    auto common = std::make_shared<Common>();
    auto& rules = *person.add_subcommand("rules", "Show the rules");
    rules.footer("Examples:\n  cifractl person rules\n  cifractl person rules --json | jq '.[].values'");
    common->add_to(rules, false);
    rules.callback([common] { show(*common); });
}

} // namespace cifra::admin
