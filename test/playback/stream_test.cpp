// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The player on tracks that a second thread feeds, as the network does.
#include "feeder.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>

namespace cifra::playback {
namespace {

using namespace test;

TEST_CASE("streamed tracks follow each other without a gap, each opened and closed once") {
    Feeder first("gunroar-0-part-1.mp3", 64 * 1024, 16 * 1024);
    Feeder second("gunroar-0-part-2.mp3", 40'000, 10'000);
    {
        Fed fed({first.track, second.track});
        fed.step(100'000);
        REQUIRE(second.demands().empty()); // not opened, so not paid for, before the first is nearly over
        fed.sink.allow_all();
        REQUIRE(fed.player.wait(std::chrono::seconds(60)));
        const auto expected =
            joined(reference(recording("gunroar-0-part-1.mp3")), reference(recording("gunroar-0-part-2.mp3")));
        REQUIRE(difference(fed.sink.taken(), expected) == "");
    }
    REQUIRE(first.opened() == 1);
    REQUIRE(second.opened() == 1);
    REQUIRE(first.is_closed());
    REQUIRE(second.is_closed());
    for (const auto& demand : first.demands()) REQUIRE(demand.until <= first.size());
}

TEST_CASE("seeking a stream asks for the bytes there and goes on exactly") {
    Feeder feeder("gunroar-2.mp3", 64 * 1024, 16 * 1024);
    Fed fed({feeder.track});
    fed.step(1000);
    fed.player.seek_to(35'000);
    REQUIRE(eventually([&] { return fed.player.snapshot().position_ms == 35'000; }));
    fed.step(1000);
    fed.player.seek_to(500);
    REQUIRE(eventually([&] { return fed.player.snapshot().position_ms == 500; }));
    fed.sink.allow_all();
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    const auto all = reference(recording("gunroar-2.mp3"));
    auto expected = joined(Samples(all.begin(), all.begin() + 1000),
                           Samples(all.begin() + 35 * 44'100, all.begin() + 35 * 44'100 + 1000));
    REQUIRE(difference(fed.sink.taken(), joined(expected, from(all, 22'050))) == "");
    const auto demands = feeder.demands();
    REQUIRE(std::any_of(demands.begin(), demands.end(), [&](const auto& demand) {
        return demand.from > feeder.size() * 3 / 4 && demand.from < feeder.size();
    }));
    REQUIRE(feeder.opened() == 1);
}

TEST_CASE("what is shown while bytes are missing is true") {
    Feeder feeder("gunroar-2.mp3", 256 * 1024, 16 * 1024);
    feeder.stop_at(0);
    Fed fed({feeder.track});
    REQUIRE(fed.player.snapshot().state == PlayState::buffering);
    REQUIRE(fed.player.snapshot().buffered_ms == 0);
    REQUIRE(fed.player.snapshot().title == "gunroar-2.mp3");
    feeder.stop_at(320'000); // of 641 kB, so 20 of 40 seconds, of which 256 KiB are let in: 16 seconds
    fed.step(44'100);
    REQUIRE(eventually([&] { return fed.player.snapshot().buffered_ms > 14'000; }));
    REQUIRE(fed.player.snapshot().buffered_ms < 18'000);
    REQUIRE(fed.player.snapshot().position_ms == 1000);
    REQUIRE(fed.player.snapshot().duration_ms == 40'000);
    feeder.track->set_status("reconnecting");
    REQUIRE(fed.player.snapshot().status == "reconnecting");
}

TEST_CASE("commands do not wait for bytes") {
    Feeder stalled("gunroar-2.mp3", 64 * 1024, 16 * 1024);
    stalled.stop_at(0);
    Feeder other("mono-24k.mp3", 64 * 1024, 4 * 1024);
    Fed fed({stalled.track, other.track});
    REQUIRE(eventually([&] { return !stalled.demands().empty(); }));
    fed.player.next();
    fed.step(28'800);
    REQUIRE(difference(fed.sink.taken(), reference(recording("mono-24k.mp3"))) == "");
    REQUIRE(stalled.is_closed());
    fed.player.previous();
    REQUIRE(eventually([&] { return stalled.opened() == 2; }));
    fed.player.stop();
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    REQUIRE(fed.player.snapshot().state == PlayState::stopped);
}

TEST_CASE("a transfer that fails is heard as far as it came, then reported") {
    Feeder feeder("gunroar-2.mp3", 1024 * 1024, 16 * 1024);
    feeder.stop_at(320'000);
    Fed fed({feeder.track});
    REQUIRE(eventually([&] { return feeder.track->expected() >= 320'000; }));
    feeder.track->fail("the server cannot read the item");
    fed.sink.allow_all();
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    REQUIRE(fed.player.snapshot().state == PlayState::failed);
    REQUIRE(fed.player.snapshot().error == "the server cannot read the item");
    REQUIRE(feeder.is_closed());
    auto expected = reference(recording("gunroar-2.mp3"));
    REQUIRE(fed.sink.taken().size() > 19 * 44'100);
    expected.resize(fed.sink.taken().size());
    REQUIRE(difference(fed.sink.taken(), expected) == "");
}

} // namespace
} // namespace cifra::playback
