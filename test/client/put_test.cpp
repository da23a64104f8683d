// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// `cifra put` to a server that lives but does not answer.
#include "client/commands/commands.hpp"
#include "rogue_server.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;
using namespace cifra::test;

namespace {

struct Sent : Meeting {
    Sent() {
        app.settings.answer_within = std::chrono::seconds(1);
        std::ofstream(folder / "mine") << std::string(100'000, 'x');
    }
    std::optional<Failure> put() {
        return run([this](App& present) {
            PutOptions options;
            options.file = folder / "mine";
            return run_put(present, options);
        });
    }
};

} // namespace

TEST_CASE("an OPEN without an answer is given up") {
    Sent meeting;
    const auto failure = meeting.put();
    REQUIRE(failure);
    CHECK(failure->status == Exit::lost);
    CHECK_THAT(failure->what(), Catch::Contains("did not answer in time"));
}

TEST_CASE("an upload that is never said to be durable is given up") {
    Sent meeting;
    std::size_t whole = 0;
    meeting.server.manners.open = [](Visit& visit, const proto::Open& open) {
        proto::Manifest manifest;
        manifest.size = open.upload.size;
        manifest.chunk_size = open.upload.chunk_size;
        manifest.sha256 = open.upload.sha256;
        manifest.name = open.upload.name;
        visit.session.reply_opened(proto::plain_opened(open.request, manifest));
        const auto chunks = proto::chunk_count(manifest.size, manifest.chunk_size);
        visit.session.read(open.request, 0, static_cast<std::uint32_t>(chunks));
    };
    meeting.server.manners.upload_closed = [&](Visit&, std::uint32_t) { ++whole; };
    const auto failure = meeting.put();
    REQUIRE(failure);
    CHECK(failure->status == Exit::lost);
    CHECK_THAT(failure->what(), Catch::Contains("did not answer in time; gave up"));
    CHECK(whole >= 1);
}
