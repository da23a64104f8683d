// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl audit show.
#include "admin/audit_log.hpp"
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"
#include "licence/hex.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <deque>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    Selection selection;
    std::optional<std::size_t> last;
};

std::string member(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool fits(const licence::AuditRecord& record, const licence::PlayFilter& filter) {
    if (record.entry.time < filter.from || record.entry.time >= filter.until) return false;
    if (filter.person && member(record.details, "person") != *filter.person) return false;
    return !filter.item || member(record.details, "item") == licence::to_hex(*filter.item);
}

std::string item_of(const licence::AuditRecord& record, ItemNames& items) {
    const auto id = licence::id_of(member(record.details, "item"));
    return id ? items.name_of(*id) : std::string();
}

boost::json::object json_of(const licence::AuditRecord& record, ItemNames& items) {
    boost::json::object value{{"seq", record.entry.seq},
                              {"time", date_time_of(record.entry.time)},
                              {"event", licence::name_of(record.entry.event)}};
    auto details = record.details;
    if (const auto person = member(details, "person"); !person.empty()) value["person"] = person;
    if (const auto item = item_of(record, items); !item.empty()) {
        value["item"] = item;
        value["item_id"] = member(details, "item");
    }
    details.erase("person");
    details.erase("item");
    value["details"] = std::move(details);
    return value;
}

std::string text_of(const licence::AuditRecord& record, ItemNames& items) {
    auto text = std::to_string(record.entry.seq) + "  " + date_time_of(record.entry.time) + "  " +
                std::string(licence::name_of(record.entry.event));
    if (const auto person = member(record.details, "person"); !person.empty()) text += "  " + person;
    if (const auto item = item_of(record, items); !item.empty()) text += "  " + item;
    for (const auto& [key, value] : record.details) {
        // The state that a licence was left in is long, and for programs.
        if (key == "person" || key == "item" || key == "usage") continue;
        text += "  " + std::string(key) + "=" +
                (value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value));
    }
    return text;
}

std::deque<licence::AuditRecord> find(OpenLedger& lending, const Options& options) {
    const auto filter = options.selection.filter(lending);
    std::deque<licence::AuditRecord> found;
    demand(lending.sound().audit(1, [&](const licence::AuditRecord& record) {
        if (fits(record, filter)) found.push_back(record);
        if (options.last && found.size() > *options.last) found.pop_front();
        return true;
    }));
    return found;
}

void run(const Options& options) {
    options.selection.check();
    OpenLedger lending(options.lending);
    const auto found = find(lending, options);
    if (options.lending.common.json) {
        boost::json::array list;
        for (const auto& record : found) list.push_back(json_of(record, lending.items()));
        return print(list);
    }
    for (const auto& record : found) print(text_of(record, lending.items()));
    if (found.empty()) say("no such entry");
}

} // namespace

void add_audit_show(CLI::App& audit) {
    auto options = std::make_shared<Options>();
    auto& verb = *audit.add_subcommand("show", "Show what was done: number, time, event, person, item, details");
    verb.footer(
        "Examples:\n"
        "  cifractl audit show --last 20\n"
        "  cifractl audit show --person \"a listener\" --from 2027-01-01 --until 2027-01-31");
    options->lending.add_to(verb);
    options->selection.add_to(verb, "Entries");
    verb.add_option("--last", options->last, "The last so many of them alone")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}));
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
