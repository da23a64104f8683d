// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a Link makes of a server that is logged in and behaves badly, or has reason to be asked again.
#include "rogue_server.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;
using net::awaitable;

namespace {

// A catalogue of two pages, each with one item that bears the revision's number.
void two_pages(Visit& visit, const proto::List& list, std::uint64_t revision) {
    proto::Catalogue page;
    page.request = list.request;
    page.revision = revision;
    page.total = 2;
    page.next_cursor = list.cursor == 0 ? 1 : 0;
    page.entries = {entry_of(static_cast<std::uint8_t>(list.cursor), "of " + std::to_string(revision))};
    visit.session.reply(page);
}

awaitable<void> list_all(App& app, std::vector<std::string>& names) {
    auto link = co_await log_in(app);
    const auto entries = co_await link->list("");
    for (const auto& entry : entries) names.push_back(entry.name);
}

struct Listed : Meeting {
    std::optional<Failure> list() {
        return run([this](App& present) { return list_all(present, names); });
    }
    std::vector<std::string> names;
};

} // namespace

TEST_CASE("a listing begins again when the catalogue changed between two pages") {
    Listed meeting;
    std::uint64_t revision = 1;
    meeting.server.manners.list = [&](Visit& visit, const proto::List& list) {
        if (list.cursor != 0 && revision == 1) {
            revision = 2;
            visit.session.refuse(list.request, proto::ErrorCode::stale_cursor);
            return;
        }
        two_pages(visit, list, revision);
    };
    const auto failure = meeting.list();
    REQUIRE_FALSE(failure);
    CHECK(meeting.names == std::vector<std::string>{"of 2", "of 2"});
}

TEST_CASE("a catalogue that changes again and again is given up") {
    Listed meeting;
    std::size_t requests = 0;
    meeting.server.manners.list = [&](Visit& visit, const proto::List& list) {
        ++requests;
        if (list.cursor != 0)
            visit.session.refuse(list.request, proto::ErrorCode::stale_cursor);
        else
            two_pages(visit, list, requests);
    };
    const auto failure = meeting.list();
    REQUIRE(failure);
    CHECK(failure->status == Exit::refused);
    CHECK_THAT(failure->what(), Catch::Contains("changed again and again"));
    CHECK(requests == 16);
}

TEST_CASE("a catalogue whose pages do not come to an end is a violation") {
    Listed meeting;
    std::size_t requests = 0;
    meeting.server.manners.list = [&](Visit& visit, const proto::List& list) {
        proto::Catalogue page;
        page.request = list.request;
        page.revision = page.total = 1;
        page.next_cursor = ++requests == 1 ? 5 : 6;
        visit.session.reply(page);
    };
    const auto failure = meeting.list();
    REQUIRE(failure);
    CHECK(failure->status == Exit::integrity);
    CHECK(requests == 3);
}

TEST_CASE("a request without an answer is given up in time, and the connection with it") {
    Listed meeting;
    meeting.app.settings.answer_within = std::chrono::seconds(0);
    const auto failure = meeting.list();
    REQUIRE(failure);
    CHECK(failure->status == Exit::lost);
    CHECK_THAT(failure->what(), Catch::Contains("did not answer in time"));
}
