// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// `cifra get` and a server that changes between two connections.
#include "client/commands/commands.hpp"
#include "rogue_server.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;

namespace {

constexpr std::uint64_t size = 400'000; // bytes: 25 chunks of 16 KiB

struct Fetched : Meeting {
    Fetched() {
        server.manners.list = listing({entry});
        server.manners.open = [this](Visit& visit, const proto::Open& open) { serve(visit, open); };
    }
    void serve(Visit& visit, const proto::Open& open) {
        const auto chunks = cut_after.size() > visit.number ? cut_after[visit.number] : UINT64_MAX;
        visit.chunks_left = chunks;
        visit.session.reply_opened(proto::plain_opened(open.request, manifest_of(entry, server.manners.content)));
    }
    std::optional<Failure> get(const std::string& item = "it") {
        return run([&](App& present) {
            GetOptions options;
            options.item = item;
            options.target = target;
            return run_get(present, options);
        });
    }
    bool is_whole() const {
        std::ifstream file(target, std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        return text == std::string(entry.size, static_cast<char>(server.manners.content));
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& file : std::filesystem::directory_iterator(folder)) names.push_back(file.path().filename());
        return names;
    }

    proto::Entry entry = entry_of(1, "it", size);
    std::vector<std::uint64_t> cut_after; // chunks of each connection
    std::string target = folder / "saved";
};

} // namespace

TEST_CASE("BUSY is for now: the same is asked for again") {
    Fetched meeting;
    std::size_t asked = 0;
    meeting.server.manners.list = [&](Visit& visit, const proto::List& list) {
        if (asked++ == 0) {
            visit.session.refuse(list.request, proto::ErrorCode::busy);
            return;
        }
        listing({meeting.entry})(visit, list);
    };
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        if (asked++ == 2)
            visit.session.refuse(open.request, proto::ErrorCode::busy);
        else
            meeting.serve(visit, open);
    };
    REQUIRE_FALSE(meeting.get());
    CHECK(meeting.is_whole());
    CHECK(asked == 4); // LIST, LIST, OPEN, OPEN
}

TEST_CASE("chunks of another size after a reconnection go where their bytes belong") {
    Fetched meeting;
    meeting.cut_after = {7, 2};
    meeting.server.manners.chunk_limit = 65'536;
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        const std::array<std::uint32_t, 3> sizes{16'384, 65'536, 32'768};
        meeting.entry.chunk_size = sizes.at(visit.number);
        meeting.serve(visit, open);
    };
    REQUIRE_FALSE(meeting.get());
    CHECK(meeting.server.visits() == 3);
    CHECK(meeting.is_whole());
    CHECK(meeting.files() == std::vector<std::string>{"saved"});
}

TEST_CASE("what several connections brought is kept only when its hash is right") {
    Fetched meeting;
    meeting.cut_after = {7};
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        const auto manifest = manifest_of(meeting.entry, 'x');
        visit.chunks_left = visit.number == 0 ? 7 : UINT64_MAX;
        meeting.server.manners.content = visit.number == 0 ? 'x' : 'y'; // under the hash of before
        visit.session.reply_opened(proto::plain_opened(open.request, manifest));
    };
    const auto failure = meeting.get();
    REQUIRE(failure);
    CHECK(failure->status == Exit::integrity);
    CHECK(meeting.files().empty());
}

TEST_CASE("an item of another size or content after a reconnection is another item") {
    Fetched meeting;
    meeting.cut_after = {7};
    const bool shorter = GENERATE(true, false);
    meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
        if (visit.number != 0 && shorter) meeting.entry.size -= 1;
        if (visit.number != 0 && !shorter) meeting.server.manners.content = 'y';
        meeting.serve(visit, open);
    };
    const auto failure = meeting.get();
    REQUIRE(failure);
    CHECK(failure->status == Exit::refused);
    CHECK_THAT(failure->what(), Catch::Contains("changed on the server"));
    CHECK_FALSE(std::filesystem::exists(meeting.target));
}

TEST_CASE("logins and the beginnings of chunks are not worth another try for ever") {
    Fetched meeting;
    meeting.cut_after = {3, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto failure = meeting.get();
    REQUIRE(failure);
    CHECK(failure->status == Exit::lost);
    CHECK_THAT(failure->what(), Catch::Contains("gave up after 1 s"));
}

TEST_CASE("a server cannot choose the name of the file") {
    Fetched meeting;
    meeting.target = meeting.folder;
    SECTION("the item is opened under another name than it has in the catalogue") {
        meeting.server.manners.open = [&](Visit& visit, const proto::Open& open) {
            auto manifest = manifest_of(meeting.entry, 'x');
            manifest.name = "other";
            visit.session.reply_opened(proto::plain_opened(open.request, manifest));
        };
        const auto failure = meeting.get();
        REQUIRE(failure);
        CHECK(failure->status == Exit::integrity);
        CHECK_THAT(failure->what(), Catch::Contains("'it'") && Catch::Contains("'other'"));
    }
    SECTION("a name that hides, or leads elsewhere") {
        meeting.entry.name = GENERATE(".profile", "..", "../up", "/tmp/abs", "a/b");
        meeting.server.manners.list = listing({meeting.entry});
        const auto failure = meeting.get(meeting.entry.name);
        REQUIRE(failure);
        CHECK(failure->status == Exit::usage);
        CHECK_THAT(failure->remedy, Catch::Contains("--output"));
        CHECK(meeting.files().empty());
        meeting.target = meeting.folder / "given";
        REQUIRE_FALSE(meeting.get(meeting.entry.name));
        CHECK(meeting.is_whole());
    }
    CHECK_FALSE(std::filesystem::exists(meeting.folder / "other"));
}
