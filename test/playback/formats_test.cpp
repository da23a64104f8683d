// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The player on tracks of every format, fed as by the network.
#include "feeder.hpp"
#include "support/sound.hpp"

namespace cifra::playback {
namespace {

using namespace test;
using cifra::test::decode_whole;
using cifra::test::make_sound;
using cifra::test::SoundRecipe;

constexpr int flac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16, vorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS,
              opus = SF_FORMAT_OGG | SF_FORMAT_OPUS, wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

Bytes sound_of(int format, std::size_t seconds) {
    SoundRecipe made;
    made.format = format;
    made.rate = 48'000;
    made.frames = 48'000 * seconds + 77;
    made.title = "A title";
    return make_sound(made);
}

TEST_CASE("a stream of every format is heard whole, from few bytes on, and paused without a loss") {
    const auto format = GENERATE(flac, vorbis, opus, wav);
    const auto sound = sound_of(format, 20);
    Feeder feeder("track", sound, {}, 64 * 1024, 16 * 1024);
    feeder.stop_at(sound.size() / 2);
    Fed fed({feeder.track});
    fed.step(20'000);
    REQUIRE(feeder.track->expected() <= sound.size() / 2 + 16 * 1024);
    REQUIRE(fed.player.snapshot().title == "A title");
    fed.player.pause();
    REQUIRE(fed.reaches(PlayState::paused));
    fed.player.resume();
    feeder.stop_at(SIZE_MAX / 2);
    fed.sink.allow_all();
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    REQUIRE(fed.player.snapshot().state == PlayState::finished);
    REQUIRE(difference(fed.sink.taken(), decode_whole(sound)) == "");
    REQUIRE(feeder.opened() == 1);
    const auto demands = feeder.demands();
    REQUIRE(std::count_if(demands.begin(), demands.end(), [](const auto& demand) { return demand.open; }) > 1);
    for (const auto& demand : demands) REQUIRE(demand.from == 0); // nothing was asked for twice, or out of turn
    REQUIRE(feeder.is_closed());
}

TEST_CASE("a stream of every format is sought in, exactly") {
    const auto sound = sound_of(GENERATE(flac, vorbis, opus, wav), 40);
    Feeder feeder("track", sound, {}, 64 * 1024, 16 * 1024);
    Fed fed({feeder.track});
    fed.step(2000);
    fed.player.seek_to(35'000);
    REQUIRE(eventually([&] { return fed.player.snapshot().position_ms == 35'000; }));
    fed.step(2000);
    fed.player.seek_to(500);
    REQUIRE(eventually([&] { return fed.player.snapshot().position_ms == 500; }));
    fed.sink.allow_all();
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    const auto all = decode_whole(sound);
    const auto expected = joined(Samples(all.begin(), all.begin() + 4000),
                                 Samples(all.begin() + 35 * 48'000 * 2, all.begin() + 35 * 48'000 * 2 + 4000));
    REQUIRE(difference(fed.sink.taken(), joined(expected, from(all, 48'000))) == "");
    REQUIRE(feeder.opened() == 1);
}

TEST_CASE("tracks of different formats follow each other without a gap") {
    const auto first = sound_of(flac, 2), second = sound_of(opus, 2), third = sound_of(vorbis, 2),
               fourth = sound_of(wav, 2);
    Feeder a("a", first, {}, 64 * 1024, 16 * 1024), b("b", second, {}, 64 * 1024, 16 * 1024),
        c("c", third, {}, 64 * 1024, 16 * 1024), d("d", fourth, {}, 64 * 1024, 16 * 1024);
    Fed fed({a.track, b.track, c.track, d.track});
    fed.sink.allow_all();
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    const auto expected =
        joined(joined(decode_whole(first), decode_whole(second)), joined(decode_whole(third), decode_whole(fourth)));
    REQUIRE(difference(fed.sink.taken(), expected) == "");
    REQUIRE(fed.sink.formats().size() == 1);
}

TEST_CASE("commands do not wait for bytes of any format") {
    const auto sound = sound_of(GENERATE(flac, vorbis, opus, wav), 20);
    Feeder stalled("track", sound, {}, 64 * 1024, 16 * 1024);
    stalled.stop_at(GENERATE(0U, 16'384U, 50'000U));
    {
        Fed fed({stalled.track});
        REQUIRE(eventually([&] { return !stalled.demands().empty(); }));
        fed.player.seek_to(10'000);
        fed.player.seek_to(5'000);
        fed.player.stop();
        REQUIRE(fed.player.wait(std::chrono::seconds(60)));
        REQUIRE(fed.player.snapshot().state == PlayState::stopped);
    }
    REQUIRE(stalled.is_closed());
}

TEST_CASE("a stream of no format says what can be played") {
    SoundRecipe made;
    made.format = SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM;
    made.channels = 1;
    Feeder feeder("track", make_sound(made), {}, 64 * 1024, 16 * 1024);
    Fed fed({feeder.track});
    REQUIRE(fed.player.wait(std::chrono::seconds(60)));
    REQUIRE(fed.player.snapshot().state == PlayState::failed);
    REQUIRE(fed.player.snapshot().error ==
            "this is no recording in a format that can be played: FLAC, MP3, Ogg Vorbis, Opus or WAV");
}

} // namespace
} // namespace cifra::playback
