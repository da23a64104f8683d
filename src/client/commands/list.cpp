// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/commands.hpp"
#include "client/output.hpp"

#include <boost/json.hpp>

namespace cifra::client {

namespace {

std::string_view name_of(proto::Kind kind) { return kind == proto::Kind::audio ? "audio" : "file"; }

boost::json::object to_json(const proto::Entry& entry) {
    return {{"id", hex(entry.item)}, {"kind", name_of(entry.kind)},      {"name", entry.name},
            {"title", entry.title},  {"artist", entry.artist},           {"album", entry.album},
            {"size", entry.size},    {"duration_ms", entry.duration_ms}, {"chunk_size", entry.chunk_size}};
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
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : entries)
        rows.push_back({entry.name, shown_title(entry),
                        entry.duration_ms == 0 ? "" : show_time(entry.duration_ms / 1000), show_bytes(entry.size)});
    print_table({"NAME", "TITLE", "TIME", "SIZE"}, rows);
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
    const auto line = [](std::string_view key, const std::string& value) {
        if (!value.empty()) print_line(std::string(key) + value);
    };
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
}

} // namespace cifra::client
