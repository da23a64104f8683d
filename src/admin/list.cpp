// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl server list, cifractl device list, cifractl person list, cifractl publisher list.
#include "admin/output.hpp"
#include "admin/people_file.hpp"
#include "admin/revocations.hpp"
#include "admin/verbs.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <ctime>
#include <map>

namespace cifra::admin {

namespace {

// One line: a certificate, or an entry of people.json whose certificate is not kept here.
struct Line {
    std::string name;
    std::optional<Record> record;
    std::string known_by = "issued"; // "issued", "certificate": made by others, "entry": in people.json alone
    std::string key;
    const people::Entry* entry = nullptr;
    std::optional<Revocation> revoked;
    bool expired = false;
};

class Listing {
  public:
    Listing(const Common& common, Party party) : party_(party), revocations_(Revocations::load(common.dir)) {
        if (party == Party::user) people_ = load_people(common.dir);
        for (const auto& one : issued(common.dir, party)) add(one.record, key_hash(one.certificate));
        add_revoked();
        for (const auto& entry : people_.entries()) add_entry(common.dir, entry);
        // By name, else as they came. Not std::stable_sort: libstdc++ 12 has it use what clang finds deprecated.
        std::multimap<std::string, Line> sorted;
        for (auto& line : lines_) sorted.emplace(line.name, std::move(line));
        lines_.clear();
        for (auto& [name, line] : sorted) lines_.push_back(std::move(line));
    }

    const std::vector<Line>& lines() const { return lines_; }

  private:
    bool ended(const Record& record) const { return record.not_after < now_; }

    void add(const Record& record, const std::string& key) {
        Line line{record.name, record, "issued", key, people_.by_name(record.name), {}, ended(record)};
        if (const auto* revoked = revocations_.find(record.serial)) line.revoked = *revoked;
        lines_.push_back(std::move(line));
    }

    // Until they would have ended, and one for each name and day: renewed certificates are revoked with the last.
    void add_revoked() {
        for (const auto& one : revocations_.all()) {
            const bool known = std::ranges::any_of(lines_, [&](const Line& line) {
                return line.revoked && line.revoked->name == one.name && line.revoked->time == one.time;
            });
            if (one.party != party_ || one.not_after < now_ || known) continue;
            Record record;
            record.name = one.name;
            record.serial = one.serial;
            record.not_after = one.not_after;
            lines_.push_back({one.name, record, "issued", {}, nullptr, one, false});
        }
    }

    void add_entry(const std::filesystem::path& dir, const people::Entry& entry) {
        for (const auto& key : entry.keys) {
            Line line{entry.name, {}, "certificate", key, &entry, {}, false};
            if (const auto kept = kept_card(dir, key)) {
                line.record = kept->record;
                line.expired = ended(kept->record);
            }
            lines_.push_back(std::move(line));
        }
        const bool shown = std::ranges::any_of(
            lines_, [&](const Line& line) { return line.name == entry.name && line.entry == &entry; });
        if (!shown) lines_.push_back({entry.name, {}, "entry", {}, &entry, {}, false});
    }

    Party party_;
    Revocations revocations_;
    people::People people_;
    std::int64_t now_ = std::time(nullptr);
    std::vector<Line> lines_;
};

boost::json::object json_of(const Line& line) {
    auto value = line.record ? json_of(*line.record) : boost::json::object();
    value["name"] = line.name;
    value["expired"] = line.expired;
    value["known_by"] = line.known_by;
    if (line.revoked && line.record && line.record->not_before == 0) {
        value.erase("not_before");
        value.erase("fingerprint");
    }
    if (!line.key.empty()) value["key"] = line.key;
    value["revoked"] = line.revoked.has_value();
    if (line.revoked) {
        value["revoked_at"] = date_time_of(line.revoked->time);
        value["reason"] = line.revoked->reason;
    }
    value["disabled"] = line.entry != nullptr && line.entry->disabled;
    if (line.entry != nullptr && line.entry->disabled) value["disabled_reason"] = line.entry->reason;
    if (line.known_by == "certificate") {
        value["trust"] = line.entry->trust == people::Trust::key ? "key" : "path";
        value["card"] = line.entry->card;
    }
    return value;
}

std::string text_of(const Line& line) {
    const std::string no_date(10, '-');
    const bool dated = line.record.has_value();
    auto text = (dated && line.record->not_before != 0 ? date_of(line.record->not_before) : no_date) + "  " +
                (dated ? date_of(line.record->not_after) : no_date) + "  " + line.name;
    if (line.known_by == "certificate") {
        text += line.entry->card ? "  by card" : "  by certificate";
        if (line.entry->trust == people::Trust::key) text += ", key alone";
    }
    if (line.known_by == "entry") text += "  no certificate here";
    if (line.revoked) text += "  revoked " + date_of(line.revoked->time) + " " + line.revoked->reason;
    if (line.expired) text += "  expired";
    if (line.entry != nullptr && line.entry->disabled && !line.revoked)
        text += "  disabled" + (line.entry->reason.empty() ? "" : ": " + line.entry->reason);
    return text;
}

void run(const Common& common, Party party) {
    const Listing listing(common, party);
    if (common.json) {
        boost::json::array list;
        for (const auto& line : listing.lines()) list.push_back(json_of(line));
        return print(list);
    }
    for (const auto& line : listing.lines()) print(text_of(line));
    if (listing.lines().empty()) say("none yet: cifractl " + std::string(layout::singular(party)) + " add NAME");
}

} // namespace

void add_list(CLI::App& noun, Party party) {
    auto common = std::make_shared<Common>();
    const std::string what(layout::singular(party));
    auto& verb = *noun.add_subcommand("list", "Show the certificates: first day, last day, name, state");
    verb.footer("Examples:\n  cifractl " + what + " list\n  cifractl " + what + " list --json | jq -r '.[].name'");
    common->add_to(verb, false);
    verb.callback([common, party] { run(*common, party); });
}

} // namespace cifra::admin
