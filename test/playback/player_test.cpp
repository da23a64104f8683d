// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/player.hpp"

#include "client/playback/buffered_track.hpp"
#include "client/playback/file_sink.hpp"
#include "client/playback/memory_track.hpp"
#include "step_sink.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>

namespace cifra::playback {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr auto long_enough = 60s;

std::shared_ptr<MemoryTrack> track(const std::string& name) { return std::make_shared<MemoryTrack>(recording(name)); }

std::vector<std::shared_ptr<TrackSource>> tracks(std::initializer_list<const char*> names) {
    std::vector<std::shared_ptr<TrackSource>> list;
    for (const auto* name : names) list.push_back(track(name));
    return list;
}

struct Stepped {
    explicit Stepped(std::vector<std::shared_ptr<TrackSource>> list, Player::Options options = {})
        : Stepped(std::move(list), options, std::make_unique<StepSink>()) {}

    // Lets exactly this many frames be heard.
    void step(std::size_t frames) {
        const auto before = sink.taken().size();
        const auto channels = [&] { return sink.formats().empty() ? 0 : sink.formats().back().channels; };
        sink.allow(frames);
        REQUIRE(eventually([&] { return channels() > 0 && sink.taken().size() == before + frames * channels(); }));
    }
    bool reaches(PlayState state) {
        return eventually([&] { return player.snapshot().state == state; });
    }
    Samples rest() {
        sink.allow_all();
        REQUIRE(player.wait(long_enough));
        return sink.taken();
    }

    StepSink& sink;
    Player player;

  private:
    Stepped(std::vector<std::shared_ptr<TrackSource>> list, Player::Options options, std::unique_ptr<StepSink> made)
        : sink(*made), player(std::move(list), std::move(made), options) {}
};

TEST_CASE("tracks of one format follow each other without a gap") {
    const TempFolder folder;
    const auto path = folder / "out.raw";
    {
        Player player(tracks({"gunroar-0-part-1.mp3", "gunroar-0-part-2.mp3"}),
                      std::make_unique<FileSink>(path, Pace::unlimited), {});
        REQUIRE(player.wait(long_enough));
        const auto shot = player.snapshot();
        REQUIRE(shot.state == PlayState::finished);
        REQUIRE(shot.track == 1);
        REQUIRE(shot.tracks == 2);
        REQUIRE(shot.position_ms == shot.duration_ms);
        REQUIRE(shot.duration_ms == 1'159'000 * 1000ULL / 44100);
        REQUIRE(shot.underruns == 0);
    }
    const auto expected =
        joined(reference(recording("gunroar-0-part-1.mp3")), reference(recording("gunroar-0-part-2.mp3")));
    REQUIRE(expected.size() == 1'160'000 + 1'159'000);
    REQUIRE(difference(read_samples(path), expected) == "");
}

TEST_CASE("a track of another format reopens the sink") {
    Stepped played(tracks({"stereo-48k.mp3", "mono-24k.mp3", "untagged.mp3"}));
    const auto samples = played.rest();
    const auto first = joined(reference(recording("stereo-48k.mp3")), reference(recording("mono-24k.mp3")));
    REQUIRE(difference(samples, joined(first, reference(recording("untagged.mp3")))) == "");
    REQUIRE(played.sink.formats() == std::vector<AudioFormat>{{48000, 2}, {24000, 1}});
}

TEST_CASE("a pause loses no sample") {
    Stepped played(tracks({"gunroar-0-part-1.mp3"}));
    played.step(100'001);
    REQUIRE(played.reaches(PlayState::playing));
    played.player.toggle_pause();
    REQUIRE(played.reaches(PlayState::paused));
    REQUIRE(played.sink.is_held());
    REQUIRE(played.player.snapshot().position_ms == 100'001 * 1000ULL / 44100);
    played.player.toggle_pause();
    REQUIRE(played.reaches(PlayState::playing));
    played.step(5);
    played.player.pause();
    played.player.pause();
    REQUIRE(played.reaches(PlayState::paused));
    played.player.resume();
    REQUIRE(difference(played.rest(), reference(recording("gunroar-0-part-1.mp3"))) == "");
}

TEST_CASE("seeking goes on with exactly the sample of that time") {
    const auto expected = reference(recording("gunroar-2.mp3"));
    Stepped played(tracks({"gunroar-2.mp3"}));
    played.step(1000);
    played.player.seek_to(30'000);
    REQUIRE(eventually([&] { return played.player.snapshot().position_ms == 30'000; }));
    played.step(44'100);
    played.player.seek_by(-11'000);
    REQUIRE(eventually([&] { return played.player.snapshot().position_ms == 20'000; }));
    auto wanted = Samples(expected.begin(), expected.begin() + 1000);
    wanted = joined(wanted, Samples(expected.begin() + 30 * 44'100, expected.begin() + 31 * 44'100));
    REQUIRE(difference(played.rest(), joined(wanted, from(expected, 20 * 44'100))) == "");
}

TEST_CASE("seeking works while paused, and stays paused") {
    Stepped played(tracks({"gunroar-2.mp3"}));
    played.step(10);
    played.player.pause();
    played.player.seek_to(10'000);
    REQUIRE(eventually([&] { return played.player.snapshot().position_ms == 10'000; }));
    REQUIRE(played.player.snapshot().state == PlayState::paused);
    played.player.resume();
    REQUIRE(difference(from(played.rest(), 10), from(reference(recording("gunroar-2.mp3")), 441'000)) == "");
}

TEST_CASE("seeking before the start is the start, behind the end the next track") {
    Stepped played(tracks({"gunroar-0-part-1.mp3", "gunroar-0-part-2.mp3"}));
    played.step(1000);
    played.player.seek_by(-5000);
    played.step(1000);
    const auto first = reference(recording("gunroar-0-part-1.mp3"));
    const Samples start(first.begin(), first.begin() + 1000);
    REQUIRE(difference(played.sink.taken(), joined(start, start)) == "");
    played.player.seek_by(60'000);
    REQUIRE(eventually([&] { return played.player.snapshot().track == 1; }));
    REQUIRE(difference(from(played.rest(), 2000), reference(recording("gunroar-0-part-2.mp3"))) == "");
}

TEST_CASE("back over the border of two tracks, and on over it again without a gap") {
    const auto first = reference(recording("gunroar-0-part-1.mp3"));
    const auto second = reference(recording("gunroar-0-part-2.mp3"));
    Stepped played(tracks({"gunroar-0-part-1.mp3", "gunroar-0-part-2.mp3"}));
    played.step(1'160'000);
    played.step(1000);
    REQUIRE(played.player.snapshot().track == 1);
    played.player.previous();
    REQUIRE(eventually([&] { return played.player.snapshot().track == 0; }));
    played.player.seek_to(26'000);
    REQUIRE(eventually([&] { return played.player.snapshot().position_ms == 26'000; }));
    REQUIRE(difference(from(played.rest(), 1'161'000), joined(from(first, 26 * 44'100), second)) == "");
}

TEST_CASE("next and previous") {
    Stepped played(tracks({"gunroar-0-part-1.mp3", "gunroar-0-part-2.mp3", "gunroar-2.mp3"}));
    const auto is_at = [&](std::size_t track) {
        return eventually([&] { return played.player.snapshot().track == track; });
    };
    played.step(100);
    played.player.next();
    REQUIRE(is_at(1));
    played.step(100);
    played.player.next();
    REQUIRE(is_at(2));
    played.step(5 * 44'100);
    played.player.previous(); // more than three seconds in: the same one from its start
    REQUIRE(eventually([&] { return played.player.snapshot().position_ms == 0; }));
    REQUIRE(played.player.snapshot().track == 2);
    played.step(100);
    played.player.previous();
    REQUIRE(is_at(1));
    played.step(100);
    const auto second = reference(recording("gunroar-0-part-2.mp3"));
    const auto third = reference(recording("gunroar-2.mp3"));
    Samples wanted = reference(recording("gunroar-0-part-1.mp3"));
    wanted.resize(100);
    wanted.insert(wanted.end(), second.begin(), second.begin() + 100);
    wanted.insert(wanted.end(), third.begin(), third.begin() + 5 * 44'100);
    wanted.insert(wanted.end(), third.begin(), third.begin() + 100);
    wanted.insert(wanted.end(), second.begin(), second.begin() + 100);
    REQUIRE(difference(played.sink.taken(), wanted) == "");
}

TEST_CASE("next from the last track finishes, and previous starts it again") {
    Stepped played(tracks({"mono-24k.mp3"}));
    played.step(100);
    played.player.next();
    REQUIRE(played.player.wait(long_enough));
    REQUIRE(played.player.snapshot().state == PlayState::finished);
    played.player.previous();
    REQUIRE(played.reaches(PlayState::playing));
    REQUIRE(difference(from(played.rest(), 100), reference(recording("mono-24k.mp3"))) == "");
    REQUIRE(played.player.snapshot().state == PlayState::finished);
}

TEST_CASE("a player begins with the track and the volume it was told") {
    Stepped played(tracks({"gunroar-2.mp3", "mono-24k.mp3"}), {.first = 1, .volume = 40, .prebuffer = 1ms});
    REQUIRE(played.player.snapshot().volume == 40);
    played.player.change_volume(-50);
    REQUIRE(played.sink.volume() == 0);
    played.player.change_volume(70);
    played.player.change_volume(70);
    REQUIRE(played.sink.volume() == 100);
    played.player.set_volume(30);
    REQUIRE(played.player.snapshot().volume == 30);
    REQUIRE(played.rest().size() == 28'800);
}

TEST_CASE("titles come from the catalogue, else from the tags, else from the name") {
    const auto bytes = read_file(recording("stereo-48k.mp3"));
    TrackInfo told;
    told.title = "Told";
    told.duration_ms = 1234;
    auto nameless = read_file(recording("untagged.mp3"));
    nameless.resize(nameless.size() - 128);
    TrackInfo named;
    named.name = "the name";
    Stepped played({std::make_shared<MemoryTrack>(told, bytes), track("stereo-48k.mp3"),
                    std::make_shared<MemoryTrack>(named, nameless)});
    played.step(10);
    REQUIRE(played.player.snapshot().title == "Told");
    REQUIRE(played.player.snapshot().artist == "Test tone");
    REQUIRE(played.player.snapshot().duration_ms == 1234);
    played.player.next();
    played.step(10);
    REQUIRE(played.player.snapshot().title == "Rising and falling");
    REQUIRE(played.player.snapshot().album == "Fixtures");
    REQUIRE(played.player.snapshot().duration_ms == 1500);
    played.player.next();
    played.step(10);
    REQUIRE(played.player.snapshot().title == "the name");
}

TEST_CASE("nothing to play is finished") {
    Stepped played({});
    REQUIRE(played.player.wait(long_enough));
    REQUIRE(played.player.snapshot().state == PlayState::finished);
    played.player.next();
    played.player.seek_to(1);
}

TEST_CASE("what is no recording fails, and the next track can still be played") {
    Stepped played({std::make_shared<MemoryTrack>(TrackInfo{}, Bytes(50'000, 0x55)), track("mono-24k.mp3")});
    REQUIRE(played.player.wait(long_enough));
    REQUIRE(played.player.snapshot().state == PlayState::failed);
    REQUIRE_FALSE(played.player.snapshot().error.empty());
    played.player.next();
    REQUIRE(played.reaches(PlayState::playing));
    REQUIRE(difference(played.rest(), reference(recording("mono-24k.mp3"))) == "");
    REQUIRE(played.player.snapshot().state == PlayState::finished);
}

TEST_CASE("what fails is passed over when asked for") {
    const auto bad = [] { return std::make_shared<MemoryTrack>(TrackInfo{}, Bytes(50'000, 0x55)); };
    Player::Options options;
    options.pass_over = true;
    Stepped played({bad(), track("mono-24k.mp3"), bad()}, options);
    REQUIRE(difference(played.rest(), reference(recording("mono-24k.mp3"))) == "");
    REQUIRE(played.player.snapshot().state == PlayState::finished);
    const auto failures = played.player.failures();
    REQUIRE(failures.size() == 2);
    REQUIRE(failures[0].track == 0);
    REQUIRE(failures[1].track == 2);
    REQUIRE_FALSE(failures[1].error.empty());
}

class BrokenSink final : public NullSink {
  public:
    BrokenSink() : NullSink(Pace::unlimited) {}
    void open(const AudioFormat&) override { throw SinkError("the audio device is on fire"); }
};

TEST_CASE("a sink that fails is reported") {
    Player player(tracks({"mono-24k.mp3"}), std::make_unique<BrokenSink>(), {});
    REQUIRE(player.wait(long_enough));
    REQUIRE(player.snapshot().state == PlayState::failed);
    REQUIRE(player.snapshot().error == "the audio device is on fire");
}

} // namespace
} // namespace cifra::playback
