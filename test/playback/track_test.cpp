// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/buffered_track.hpp"
#include "client/playback/memory_track.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <thread>

namespace cifra::playback {
namespace {

using namespace test;
using Status = ReadResult::Status;

TrackInfo about(std::uint64_t size) {
    TrackInfo info;
    info.name = "track";
    info.size = size;
    return info;
}

Bytes counting(std::size_t size) {
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

struct Rig {
    explicit Rig(std::size_t size, std::size_t capacity = 100)
        : content(counting(size)), track(about(size), capacity, [this](const Demand& d) { demands.push_back(d); }) {}

    Demand demand() const { return demands.back(); }
    bool push(std::uint64_t offset, std::size_t count) {
        return track.push(demand().generation, offset,
                          ByteView(content).subspan(static_cast<std::size_t>(offset), count));
    }
    Bytes read(std::size_t count) {
        Bytes out(count);
        const auto result = track.read(out);
        last = result.status;
        out.resize(result.count);
        return out;
    }

    Bytes content;
    std::vector<Demand> demands;
    Status last = Status::data;
    BufferedTrack track;
};

Bytes range(std::size_t from, std::size_t to) {
    const auto all = counting(to);
    return Bytes(all.begin() + static_cast<std::ptrdiff_t>(from), all.end());
}

TEST_CASE("a prepared track asks for its beginning, as much as there is room for") {
    Rig rig(1000);
    REQUIRE(rig.demands.empty());
    rig.track.prepare();
    rig.track.prepare();
    REQUIRE(rig.demands.size() == 1);
    REQUIRE(rig.demand().open);
    REQUIRE(rig.demand().from == 0);
    REQUIRE(rig.demand().until == 100);
}

TEST_CASE("bytes come out as they went in, and room is asked for again a quarter at a time") {
    Rig rig(130);
    rig.track.prepare();
    rig.track.opened(about(130));
    REQUIRE(rig.push(0, 60));
    REQUIRE(rig.push(60, 40));
    REQUIRE(rig.track.buffered() == 100);
    REQUIRE(rig.read(10) == range(0, 10));
    REQUIRE(rig.demands.size() == 1);
    REQUIRE(rig.read(50) == range(10, 60));
    REQUIRE(rig.demands.size() == 2);
    REQUIRE(rig.demand().until == 130);
    REQUIRE(rig.demand().generation == rig.demands.front().generation);
    REQUIRE(rig.track.expected() == 100);
    REQUIRE(rig.push(100, 30));
    REQUIRE(rig.read(100) == range(60, 100));
    REQUIRE(rig.read(100) == range(100, 130));
    REQUIRE(rig.read(100).empty());
    REQUIRE(rig.last == Status::end);
}

TEST_CASE("a push is refused when nothing waits for it") {
    Rig rig(1000);
    REQUIRE_FALSE(rig.track.push(0, 0, range(0, 10)));
    rig.track.prepare();
    REQUIRE_FALSE(rig.push(0, 10)); // not opened yet
    rig.track.opened(about(1000));
    REQUIRE_FALSE(rig.track.push(rig.demand().generation - 1, 0, range(0, 10)));
    REQUIRE_FALSE(rig.push(1, 10)); // leaves a gap
    REQUIRE(rig.push(0, 90));
    REQUIRE(rig.push(90, 50)); // begins within the room, so it is taken whole
    REQUIRE_FALSE(rig.push(140, 10));
    REQUIRE(rig.push(120, 20)); // known already
    REQUIRE(rig.track.buffered() == 140);
    rig.track.close();
    REQUIRE_FALSE(rig.push(0, 10));
}

TEST_CASE("a seek asks anew, and takes a chunk that begins before the wanted byte") {
    Rig rig(1000);
    rig.track.prepare();
    rig.track.opened(about(1000));
    REQUIRE(rig.push(0, 50));
    rig.track.seek(530);
    REQUIRE(rig.demand().generation == rig.demands.front().generation + 1);
    REQUIRE(rig.demand().from == 530);
    REQUIRE(rig.demand().until == 630);
    REQUIRE(rig.track.buffered() == 0);
    REQUIRE_FALSE(rig.track.push(rig.demands.front().generation, 50, range(50, 60)));
    REQUIRE(rig.push(500, 100));
    REQUIRE(rig.read(1000) == Bytes(rig.content.begin() + 530, rig.content.begin() + 600));
}

TEST_CASE("a seek within what is there asks for nothing") {
    Rig rig(1000);
    rig.track.prepare();
    rig.track.opened(about(1000));
    REQUIRE(rig.push(0, 30));
    REQUIRE(rig.push(30, 30));
    rig.track.seek(40);
    REQUIRE(rig.demands.size() == 1);
    REQUIRE(rig.read(100) == range(40, 60));
}

TEST_CASE("a seek behind the end is the end") {
    Rig rig(50);
    rig.track.prepare();
    rig.track.opened(about(50));
    rig.track.seek(60);
    REQUIRE(rig.read(10).empty());
    REQUIRE(rig.last == Status::end);
}

TEST_CASE("a failure shows behind the bytes that came before it, until the track is closed") {
    Rig rig(1000);
    rig.track.prepare();
    rig.track.opened(about(1000));
    REQUIRE(rig.push(0, 30));
    rig.track.set_status("reconnecting");
    REQUIRE(rig.track.status() == "reconnecting");
    rig.track.fail("no plays left");
    REQUIRE(rig.read(100).size() == 30);
    REQUIRE(rig.read(100).empty());
    REQUIRE(rig.last == Status::failed);
    REQUIRE(rig.track.error() == "no plays left");
    rig.track.close();
    REQUIRE_FALSE(rig.demand().open);
    rig.track.prepare();
    REQUIRE(rig.demand().open);
    REQUIRE(rig.demand().from == 0);
    REQUIRE(rig.track.error().empty());
}

TEST_CASE("a wake ends the read that waits, or the next one, once") {
    Rig rig(1000);
    rig.track.prepare();
    rig.track.opened(about(1000));
    std::thread waker([&] { rig.track.wake(); });
    REQUIRE(rig.read(10).empty());
    REQUIRE(rig.last == Status::woken);
    waker.join();
    REQUIRE(rig.push(0, 10));
    REQUIRE(rig.read(10).size() == 10);
}

TEST_CASE("a track from a file reads, seeks and ends") {
    MemoryTrack track(recording("mono-24k.mp3"));
    const auto content = read_file(recording("mono-24k.mp3"));
    REQUIRE(track.info().name == "mono-24k.mp3");
    REQUIRE(track.info().size == content.size());
    Bytes out(content.size() + 1);
    REQUIRE(track.read(out).count == content.size());
    REQUIRE(track.read(out).status == Status::end);
    track.seek(content.size() - 3);
    REQUIRE(track.buffered() == 3);
    REQUIRE(track.read(out).count == 3);
    REQUIRE(std::equal(content.end() - 3, content.end(), out.begin()));
    REQUIRE_THROWS_AS(MemoryTrack(std::filesystem::path("/nonexistent")), std::system_error);
}

} // namespace
} // namespace cifra::playback
