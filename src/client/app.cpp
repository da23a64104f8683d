// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/app.hpp"

#include "proto/utf8.hpp"

#include <algorithm>

namespace cifra::client {

using net::awaitable;

std::string hex(ByteView bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string describe(const Link& link) {
    const auto& agreed = link.session().agreement();
    auto text = std::string(name_of(agreed.suite)) + ", " + std::string(name_of(agreed.group)) + ", device " +
                link.who().device;
    if (!link.who().person.empty()) text += ", person " + link.who().person;
    return text;
}

void load_identity(App& app) { app.identity.emplace(Identity::load(app.settings, &app.prompter, &app.terminal)); }

awaitable<std::shared_ptr<Link>> log_in(App& app) {
    if (!app.identity) load_identity(app);
    app.interrupt.start();
    std::optional<Failure> failure;
    try {
        auto link = co_await Link::connect(app.settings, *app.identity, app.interrupt);
        if (app.settings.verbose) app.terminal.say("logged in: " + describe(*link));
        co_return link;
    } catch (const Lost& lost) {
        failure.emplace(lost.status, lost.what(), lost.remedy);
    }
    throw Failure(*failure);
}

void demand_text(const std::string& text) {
    if (!proto::is_utf8(text) || proto::has_control_characters(text))
        throw Failure(Exit::usage, "what was given is not plain UTF-8 text, as names are", "'cifra list' shows them");
}

void demand_item(const std::string& wanted) {
    demand_text(wanted);
    if (wanted.empty()) throw Failure(Exit::usage, "an empty text names no item", "'cifra list' shows the names");
}

awaitable<proto::Entry> find_item(Link& link, const std::string& wanted) {
    // An id or an exact name needs the whole list; a query that the server refuses as too long can only be a name.
    const auto is_id = [&](const proto::Entry& entry) { return hex(entry.item) == wanted; };
    const auto is_name = [&](const proto::Entry& entry) { return entry.name == wanted; };
    const bool looks_like_id = wanted.size() == 32 && wanted.find_first_not_of("0123456789abcdef") == std::string::npos;
    // A name of its own: g++ 12 destroys a temporary of a conditional expression inside co_await twice.
    const std::string query = looks_like_id || wanted.size() > proto::max_query ? "" : wanted;
    const auto entries = co_await link.list(query);
    auto found = std::find_if(entries.begin(), entries.end(), is_name);
    if (found == entries.end()) found = std::find_if(entries.begin(), entries.end(), is_id);
    if (found != entries.end()) co_return *found;
    if (query.empty() || entries.empty())
        throw Failure(Exit::refused, "no item '" + wanted + "' is there for you", "'cifra list' shows what is");
    if (entries.size() == 1) co_return entries.front();
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(entries.size(), 10); ++i) names += "\n  " + entries[i].name;
    if (entries.size() > 10) names += "\n  …";
    throw Failure(Exit::refused, "'" + wanted + "' fits " + std::to_string(entries.size()) + " items:" + names,
                  "give one whole name");
}

} // namespace cifra::client
