// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl licence explain: what the server would answer, and why.
#include "admin/licence_text.hpp"
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"
#include "admin/people_file.hpp"
#include "licence/hex.hpp"
#include "licence/words.hpp"

#include <boost/json/array.hpp>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    std::string person, item;
    std::string right = "play";
};

// What stands in the way besides licences, or instead of them.
struct Obstruction {
    std::string reason; // as the listener's error has it
    std::string words;
    std::string remedy;
};

struct Explained {
    Id16 item{};
    licence::Right right{};
    std::vector<licence::Holding> held;
    std::vector<licence::Decision> decisions; // of each of them
    std::optional<licence::Choice> choice;    // what the server would say of them
    std::optional<licence::Licence> first;    // what it would issue by itself
    std::vector<Obstruction> obstructions;

    bool granted() const { return obstructions.empty() && (first || (choice && choice->decision)); }
};

class Explaining {
  public:
    Explaining(OpenLedger& lending, const Options& options) : lending_(lending), options_(options) {}

    Explained run() {
        found_.item = lending_.demand_item(options_.item, true);
        found_.right = licence::right_of(options_.right).value();
        look_at_person();
        if (!lending_.items().has(found_.item))
            obstruct("UNAVAILABLE", "there is no such item in the vault", "see: cifractl media list");
        found_.held = demand(lending_.ledger().held(options_.person, found_.item, lending_.now()));
        if (found_.held.empty()) {
            look_at_policy();
        } else {
            look_at_licences();
        }
        look_at_person_limit();
        return std::move(found_);
    }

  private:
    void obstruct(std::string reason, std::string words, std::string remedy) {
        found_.obstructions.push_back({std::move(reason), std::move(words), std::move(remedy)});
    }

    void look_at_person() {
        const auto& dir = options_.lending.common.dir;
        std::error_code ignored;
        if (!std::filesystem::is_directory(dir / "ca", ignored)) return; // it is not known here
        const auto people = load_people(dir);
        const auto* entry = people.by_name(options_.person);
        if (entry != nullptr && entry->disabled)
            obstruct("LOGIN_REFUSED",
                     "'" + options_.person + "' is disabled" + (entry->reason.empty() ? "" : ": " + entry->reason),
                     "cifractl person enable '" + options_.person + "'");
    }

    void look_at_policy() {
        const auto& policy = lending_.config().first;
        const std::string remedy = "cifractl licence issue '" + options_.person + "' '" + options_.item + "'";
        if (!policy) return obstruct("UNAVAILABLE", "the server's policy is not known here", "see: cifrad -t");
        if (policy->rights == 0)
            return obstruct("UNAVAILABLE", "there is no licence, and the server gives none by itself", remedy);
        auto first = licence::first_licence(*policy, {}, options_.person, found_.item, lending_.now());
        const auto decision = licence::decide(*first, {}, found_.right, lending_.now(), 0);
        if (!decision)
            obstruct(std::string(licence::name_of(decision.error().reason)),
                     "there is no licence, and the one that the server gives by itself (" + policy->name +
                         ") gives no right to " + options_.right,
                     remedy + " --rights play," + options_.right);
        found_.first = std::move(first);
    }

    void look_at_licences() {
        std::vector<licence::Held> held;
        for (const auto& one : found_.held) {
            held.push_back({&one.licence, &one.usage, one.running});
            found_.decisions.push_back(
                licence::decide(one.licence, one.usage, found_.right, lending_.now(), one.running));
        }
        found_.choice = licence::choose(held, found_.right, lending_.now());
    }

    // Over all items.
    void look_at_person_limit() {
        const auto limit = lending_.config().person_concurrent;
        if (limit == 0 || !licence::cost_of(found_.right).play) return;
        std::uint64_t running = 0;
        for (const auto& held : demand(lending_.ledger().all(lending_.now()))) {
            if (held.licence.person == options_.person) running += held.running;
        }
        if (running >= limit)
            obstruct("CONCURRENT",
                     std::to_string(running) + " plays of '" + options_.person +
                         "' are going on, and the server allows " + std::to_string(limit) + " at a time",
                     "one of them has to end");
    }

    OpenLedger& lending_;
    const Options& options_;
    Explained found_;
};

std::string cost_text(licence::Right right) {
    const auto cost = licence::cost_of(right);
    if (cost.play) return "it costs one play, and the chunks and time that are sent";
    return cost.units ? "it costs no play, but the chunks that are sent" : "it costs nothing";
}

boost::json::object json_of(const Explained& found, const Options& options, OpenLedger& lending) {
    boost::json::array licences, obstructions;
    for (std::size_t i = 0; i < found.held.size(); ++i) {
        auto value = json_of(found.held[i], lending.items(), lending.now());
        const auto& decision = found.decisions[i];
        value["granted"] = decision.has_value();
        if (!decision) {
            value["reason"] = licence::name_of(decision.error().reason);
            value["remedy"] = name_of(decision.error().remedy);
        }
        licences.push_back(std::move(value));
    }
    for (const auto& one : found.obstructions)
        obstructions.push_back(
            boost::json::object{{"reason", one.reason}, {"text", one.words}, {"remedy", one.remedy}});
    boost::json::object value{
        {"person", options.person},       {"item", options.item},       {"item_id", licence::to_hex(found.item)},
        {"right", options.right},         {"granted", found.granted()}, {"obstructions", std::move(obstructions)},
        {"licences", std::move(licences)}};
    if (found.choice) value["licence"] = licence::to_hex(found.held[found.choice->index].licence.id);
    if (found.first) value["issues"] = found.first->origin;
    return value;
}

void print_all(const Explained& found, OpenLedger& lending) {
    for (const auto& one : found.obstructions) {
        print("refused  " + one.reason + ": " + one.words);
        say("  " + one.remedy);
    }
    for (std::size_t i = 0; i < found.held.size(); ++i) {
        const auto& held = found.held[i];
        const auto id = licence::to_hex(held.licence.id);
        const auto left = licence::remaining(held.licence, held.usage, lending.now());
        const auto& decision = found.decisions[i];
        print((decision ? "grants   " : "refuses  ") + id + "  " + std::string(licence::name_of(left.state)) + "  " +
              (decision ? licence::describe(left) : words_of(decision.error())));
        if (!decision) say("  " + remedy_of(decision.error(), id));
    }
}

std::string conclusion(const Explained& found, const Options& options, ItemNames& items) {
    const auto what = "'" + options.person + "' would be " + (found.granted() ? "let " : "refused to ") +
                      options.right + " '" + items.name_of(found.item) + "'";
    if (!found.granted()) return what;
    if (found.first) return what + ": the server issues a licence by its policy " + found.first->origin;
    const auto& held = found.held[found.choice->index];
    return what + " by licence " + licence::to_hex(held.licence.id) + ": " + cost_text(found.right);
}

void run(const Options& options) {
    OpenLedger lending(options.lending);
    const auto found = Explaining(lending, options).run();
    if (options.lending.common.json) {
        print(json_of(found, options, lending));
    } else {
        print_all(found, lending);
        print(conclusion(found, options, lending.items()));
    }
    if (!found.granted()) throw Told{Exit::refused};
}

} // namespace

void add_licence_explain(CLI::App& licence) {
    auto options = std::make_shared<Options>();
    auto& verb = *licence.add_subcommand("explain", "Say why a play would be granted or refused, licence by licence");
    verb.footer(
        "Examples:\n"
        "  cifractl licence explain \"a listener\" concert.flac\n"
        "  cifractl licence explain \"a listener\" concert.flac --right save && echo yes");
    options->lending.add_to(verb);
    verb.add_option("person", options->person, "Name of the person")->type_name("PERSON")->required();
    verb.add_option("item", options->item, "Name of the item")->type_name("ITEM")->required();
    verb.add_option("--right", options->right, "What she would do: play, save, bridge or preview")
        ->type_name("RIGHT")
        ->check(CLI::IsMember({"play", "save", "bridge", "preview"}))
        ->capture_default_str();
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
