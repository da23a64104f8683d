// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a publisher has signed, and servers that hand out something else; licences.
#include "client/commands/commands.hpp"
#include "rogue_server.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;
using crypto::Party;

namespace {

// A server that hands out one signed item of 25 chunks.
struct Signed : Meeting {
    Signed() {
        server.manners.list = listing({entry});
        server.manners.chunk_limit = 65'536;
        server.manners.open = [this](Visit& visit, const proto::Open& open) {
            visit.altered = altered;
            auto opened = signed_by(visit, publisher, open, entry);
            if (change) change(opened);
            visit.session.reply_opened(opened);
        };
    }
    void trust() { app.settings.publisher_roots = Pki::shared().folder() / "roots.pem"; }
    std::optional<Failure> get() {
        return run([this](App& present) {
            GetOptions options;
            options.item = "it";
            options.target = target;
            return run_get(present, options);
        });
    }
    bool is_whole() const {
        std::ifstream file(target, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {}) == std::string(entry.size, 'x');
    }
    // Bytes of it that are on the disk, whole or in part.
    std::uintmax_t saved() const {
        std::uintmax_t bytes = 0;
        for (const auto& file : std::filesystem::directory_iterator(folder)) bytes += file.file_size();
        return bytes;
    }

    proto::Entry entry = entry_of(1, "it", 400'000);
    crypto::Credential publisher = Pki::shared().credential(Party::publisher);
    std::function<void(proto::Opened&)> change;
    std::uint64_t altered = UINT64_MAX;
    std::string target = folder / "saved";
};

void check_not_trusted(const std::optional<Failure>& failure, const std::string& words) {
    REQUIRE(failure);
    CHECK(failure->status == Exit::not_trusted);
    CHECK_THAT(failure->what(), Catch::Contains(words) && Catch::Contains("'it'"));
    CHECK_FALSE(failure->remedy.empty());
}

} // namespace

TEST_CASE("what a publisher has signed is fetched, in chunks of any size") {
    Signed meeting;
    meeting.trust();
    const auto chunk_size = GENERATE(16'384U, 32'768U, 65'536U);
    meeting.change = [&](proto::Opened& opened) { opened.chunk_size = chunk_size; };
    REQUIRE_FALSE(meeting.get());
    CHECK(meeting.is_whole());
}

TEST_CASE("R-59: with roots of publishers nothing is taken that none of them has signed") {
    Signed meeting;
    meeting.trust();
    SECTION("nobody has signed it") {
        meeting.change = [](proto::Opened& opened) {
            opened.signature = {};
            opened.manifest.root = {};
        };
        check_not_trusted(meeting.get(), "no publisher has signed");
    }
    SECTION("the manifest was altered") {
        meeting.change = [](proto::Opened& opened) { opened.manifest.title = "another"; };
        check_not_trusted(meeting.get(), "does not verify");
    }
    SECTION("its root was replaced") {
        meeting.change = [](proto::Opened& opened) { opened.manifest.root[7] ^= 1; };
        check_not_trusted(meeting.get(), "does not verify");
    }
    SECTION("the signature was altered") {
        meeting.change = [](proto::Opened& opened) { opened.signature.signature.back() ^= 1; };
        check_not_trusted(meeting.get(), "does not verify");
    }
    SECTION("a server, a device or a person has signed it") {
        meeting.publisher = Pki::shared().credential(GENERATE(Party::server, Party::device, Party::user));
        check_not_trusted(meeting.get(), "made for another role");
    }
    CHECK(meeting.saved() == 0);
}

TEST_CASE("without roots of publishers unsigned items are taken, and signed ones held to their tree") {
    Signed meeting;
    SECTION("nobody has signed it") {
        meeting.change = [](proto::Opened& opened) {
            opened.signature = {};
            opened.manifest.root = {};
        };
        REQUIRE_FALSE(meeting.get());
        CHECK(meeting.is_whole());
    }
    SECTION("somebody has") {
        meeting.publisher = Pki::shared().credential(Party::user);
        REQUIRE_FALSE(meeting.get());
        CHECK(meeting.is_whole());
    }
    SECTION("somebody has, and one bit is another") {
        meeting.publisher = Pki::shared().credential(Party::user);
        meeting.altered = 3;
        const auto failure = meeting.get();
        REQUIRE(failure);
        CHECK(failure->status == Exit::integrity);
    }
}

TEST_CASE("R-60: of a chunk with one wrong bit no byte is kept, and the chunks before it are the publisher's") {
    Signed meeting;
    meeting.trust();
    meeting.altered = GENERATE(0U, 1U, 24U);
    const auto failure = meeting.get();
    REQUIRE(failure);
    CHECK(failure->status == Exit::integrity);
    CHECK_THAT(failure->what(), Catch::Contains("something else than the publisher signed"));
    CHECK(meeting.saved() == meeting.altered * 16'384);
    CHECK_FALSE(std::filesystem::exists(meeting.target));
}

TEST_CASE("a licence is asked for, and what the server says is told") {
    Signed meeting;
    proto::LicenceRequest asked;
    bool refuse = false;
    meeting.server.manners.licence = [&](Visit& visit, const proto::LicenceRequest& request) {
        asked = request;
        proto::Terms terms;
        terms.state = proto::TermsState::ready;
        terms.plays = 3;
        if (refuse)
            visit.session.refuse(request.request, proto::ErrorCode::voucher_refused);
        else
            visit.session.reply(proto::LicenceReply{request.request, request.item, terms});
    };
    std::optional<proto::LicenceReply> reply;
    const std::function<net::awaitable<void>(App&)> ask = [&](App& app) -> net::awaitable<void> {
        const auto link = co_await log_in(app);
        reply = co_await link->licence(proto::LicenceAction::renew, meeting.entry.item, "ABCD-1234");
        co_await link->bye();
    };
    REQUIRE_FALSE(meeting.run(ask));
    CHECK(asked.voucher == "ABCD-1234");
    CHECK(asked.item == meeting.entry.item);
    REQUIRE(reply);
    CHECK(reply->terms.plays == 3);

    refuse = true;
    const auto failure = meeting.run(ask);
    REQUIRE(failure);
    CHECK(failure->status == Exit::licence);
    CHECK_THAT(failure->what(), Catch::Contains("VOUCHER_REFUSED"));
}
