// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl person disable, enable, remove: people.json alone, so none of them asks for a passphrase.
#include "admin/failure.hpp"
#include "admin/lock.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/people_file.hpp"
#include "admin/verbs.hpp"
#include "proto/utf8.hpp"

#include <algorithm>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    Common common;
    std::string name;
    std::string reason;
    bool rule = false;    // the name is that of a rule
    bool by_rule = false; // the name is that of somebody whom a rule lets in, and nobody's on record
};

[[noreturn]] void refuse_unknown(const std::string& what, const std::string& name,
                                 const std::vector<std::string>& names, const std::string& remedy) {
    const auto near = nearest(name, names);
    throw Failure(Exit::bad_input, "there is no " + what + " '" + name + "'",
                  near.empty() ? remedy : "did you mean '" + near + "'?");
}

people::Rule& demand_rule(people::People& people, const std::string& name) {
    if (auto* rule = people.rule(name)) return *rule;
    std::vector<std::string> names;
    for (const auto& one : people.rules()) names.push_back(one.name);
    refuse_unknown("rule", name, names, "see: cifractl person rules");
}

void demand_person(const Options& options, people::People& people) {
    const auto names = names_on_record(options.common.dir, people);
    if (std::ranges::find(names, options.name) != names.end() || options.by_rule) return;
    if (people.rule(options.name) != nullptr)
        throw Failure(Exit::bad_input, "there is no person '" + options.name + "', but a rule", "for the rule: --rule");
    refuse_unknown("person", options.name, names,
                   people.rules().empty() ? "see: cifractl person list"
                                          : "see: cifractl person list; for somebody whom a rule lets in: --by-rule");
}

void report(const Options& options, const std::string& done, bool disabled) {
    if (options.common.json) {
        return print(boost::json::object{
            {"name", options.name}, {"rule", options.rule}, {"disabled", disabled}, {"done", done}});
    }
    print(people_file(options.common.dir).string());
    say((options.rule ? "Rule '" : "Person '") + options.name + "' is " + done);
    say_copy_people(options.common.dir);
}

void set_disabled(const Options& options, bool disabled) {
    const auto& dir = options.common.dir;
    if (!proto::is_utf8(options.reason) || proto::has_control_characters(options.reason) || options.reason.size() > 256)
        throw Failure(Exit::usage, "the reason is not plain text of at most 256 bytes");
    demand_name(options.rule ? "rule" : "person", options.name);
    load_people(dir);
    const Lock lock(dir);
    auto people = load_people(dir);
    if (options.rule) {
        demand_rule(people, options.name).disabled = disabled;
    } else {
        demand_person(options, people);
        auto& entry = people.entry(options.name);
        entry.disabled = disabled;
        entry.reason = disabled ? options.reason : "";
        // An entry that says nothing is none.
        if (!disabled && entry.keys.empty()) people.remove_entry(options.name);
    }
    save_people(dir, people);
    report(options, disabled ? "disabled" : "enabled", disabled);
}

void remove(const Options& options) {
    const auto& dir = options.common.dir;
    load_people(dir);
    const Lock lock(dir);
    auto people = load_people(dir);
    if (options.rule) {
        demand_rule(people, options.name);
        people.remove_rule(options.name);
        save_people(dir, people);
        return report(options, "removed", false);
    }
    demand_person(options, people);
    const auto* entry = people.by_name(options.name);
    if (entry == nullptr || entry->keys.empty())
        throw Failure(Exit::bad_input, "person '" + options.name + "' has no certificate that others made",
                      "one that was issued here is revoked: cifractl person revoke '" + options.name + "'");
    const bool disabled = entry->disabled;
    // Who was locked out stays so: a rule or a certificate issued here could let her in again.
    if (disabled) {
        people.entry(options.name).keys.clear();
    } else {
        people.remove_entry(options.name);
    }
    save_people(dir, people);
    report(options, disabled ? "removed, and stays disabled" : "removed", disabled);
}

std::shared_ptr<Options> add_verb(CLI::App& person, const std::string& name, const std::string& description,
                                  const std::string& examples, const std::function<void(const Options&)>& action,
                                  const std::function<void(CLI::App&, Options&)>& more) {
    auto options = std::make_shared<Options>();
    auto& verb = *person.add_subcommand(name, description);
    verb.footer("Examples:\n" + examples);
    options->common.add_to(verb, false);
    verb.add_option("name", options->name, "Name of the person")->type_name("NAME")->required();
    verb.add_flag("--rule", options->rule, "The name is that of a rule");
    more(verb, *options);
    verb.callback([options, action] { action(*options); });
    return options;
}

void by_rule(CLI::App& verb, Options& options) {
    verb.add_flag("--by-rule", options.by_rule, "The name is that of somebody whom a rule lets in, as the log has it");
}

} // namespace

void add_disable(CLI::App& person) {
    add_verb(
        person, "disable", "Lock a person out, at once",
        "  cifractl person disable \"a listener\" --reason \"card reported lost\"\n"
        "  cifractl person disable readers --rule             whoever this rule lets in",
        [](const Options& options) { set_disabled(options, true); },
        [](CLI::App& verb, Options& options) {
            by_rule(verb, options);
            verb.add_option("--reason", options.reason, "For 'list'; nobody else is told")->type_name("TEXT");
        });
    add_verb(
        person, "enable", "Let a person in again", "  cifractl person enable \"a listener\"",
        [](const Options& options) { set_disabled(options, false); }, by_rule);
    add_verb(person, "remove", "Take a certificate that others made out of people.json, or a rule",
             "  cifractl person remove \"a listener\"\n  cifractl person remove readers --rule", remove,
             [](CLI::App&, Options&) {});
}

} // namespace cifra::admin
