// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/commands.hpp"
#include "client/output.hpp"
#include "client/terms_text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cifra::client {

namespace {

std::string_view name_of(proto::Kind kind) { return kind == proto::Kind::audio ? "audio" : "file"; }

boost::json::object to_json(const proto::Entry& entry) {
    return {{"id", hex(entry.item)},
            {"kind", name_of(entry.kind)},
            {"name", entry.name},
            {"title", entry.title},
            {"artist", entry.artist},
            {"album", entry.album},
            {"size", entry.size},
            {"duration_ms", entry.duration_ms},
            {"chunk_size", entry.chunk_size},
            {"licence", client::to_json(entry.terms)}};
}

std::string shown_title(const proto::Entry& entry) {
    if (entry.artist.empty()) return entry.title;
    return entry.title.empty() ? entry.artist : entry.artist + " – " + entry.title;
}

net::awaitable<void> fetch(Link& link, std::string query, std::vector<proto::Entry>& entries) {
    entries = co_await link.list(query);
}

net::awaitable<void> fetch_one(Link& link, std::string item, proto::Entry& entry) {
    entry = co_await find_item(link, item);
}

bool needs_licence(const proto::Entry& entry) { return entry.terms.state != proto::TermsState::open; }

// As far as its licence goes.
bool is_usable(const proto::Entry& entry) {
    using proto::TermsState;
    const auto state = entry.terms.state;
    return state == TermsState::open || state == TermsState::ready || state == TermsState::active;
}

// What remains has a column where something is lent by licence.
void print(const std::vector<proto::Entry>& entries) {
    std::vector<std::string> heads{"NAME", "TITLE", "TIME", "SIZE"};
    const bool licences = std::any_of(entries.begin(), entries.end(), needs_licence);
    if (licences) heads.emplace_back("LICENCE");
    const auto now = std::time(nullptr);
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : entries) {
        rows.push_back({entry.name, shown_title(entry),
                        entry.duration_ms == 0 ? "" : show_time(entry.duration_ms / 1000), show_bytes(entry.size)});
        if (licences) rows.back().push_back(show_terms(entry.terms, now));
    }
    print_table(heads, rows);
}

void line(std::string_view key, const std::string& value) {
    if (!value.empty()) print_line(std::string(key) + value);
}

void print_licence(const proto::Entry& entry) {
    const auto now = std::time(nullptr);
    line("licence   ", needs_licence(entry) ? show_terms(entry.terms, now) : "none is needed");
    if (!needs_licence(entry)) return;
    line("allows    ", show_rights(entry.terms.rights));
    line("renewal   ", show_renewal(entry.terms));
    if (!is_usable(entry)) line("to do     ", next_step(entry.terms, word_for(entry), now));
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += (all.empty() ? "" : " ") + word;
    return all;
}

} // namespace

net::awaitable<void> run_list(App& app, ListOptions options) {
    const auto query = joined(options.words);
    demand_text(query);
    if (query.size() > proto::max_query)
        throw Failure(Exit::usage, "the search text is too long",
                      "use at most " + std::to_string(proto::max_query) + " bytes");
    auto link = co_await log_in(app);
    std::vector<proto::Entry> entries;
    const Attempt attempt = [&](Link& present) { return fetch(present, query, entries); };
    co_await with_reconnection(app, link, attempt);
    co_await link->bye();
    if (app.settings.json) {
        boost::json::array items;
        for (const auto& entry : entries) items.push_back(to_json(entry));
        print_line(boost::json::serialize(items));
        co_return;
    }
    print(entries);
    const auto idle =
        entries.size() - static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), is_usable));
    if (idle != 0)
        app.terminal.say(std::to_string(idle) + " of " + std::to_string(entries.size()) +
                         " cannot be used now: 'cifra info ITEM' says what to do");
    if (entries.empty()) app.terminal.say(query.empty() ? "the catalogue is empty" : "nothing matches '" + query + "'");
}

net::awaitable<void> run_info(App& app, InfoOptions options) {
    demand_item(options.item);
    auto link = co_await log_in(app);
    proto::Entry entry;
    const Attempt attempt = [&](Link& present) { return fetch_one(present, options.item, entry); };
    co_await with_reconnection(app, link, attempt);
    co_await link->bye();
    if (app.settings.json) {
        print_line(boost::json::serialize(to_json(entry)));
        co_return;
    }
    line("name      ", entry.name);
    line("title     ", entry.title);
    line("artist    ", entry.artist);
    line("album     ", entry.album);
    line("kind      ", std::string(name_of(entry.kind)));
    line("duration  ", entry.duration_ms == 0 ? "" : show_time(entry.duration_ms / 1000));
    line("size      ", show_bytes(entry.size) + " (" + std::to_string(entry.size) + " bytes)");
    line("chunks    ",
         std::to_string(proto::chunk_count(entry.size, entry.chunk_size)) + " of " + show_bytes(entry.chunk_size));
    line("id        ", hex(entry.item));
    print_licence(entry);
}

} // namespace cifra::client
