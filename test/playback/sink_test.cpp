// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/audio_sink.hpp"
#include "client/playback/file_sink.hpp"
#include "client/playback/sample_ring.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace cifra::playback {
namespace {

using namespace test;

constexpr AudioFormat stereo{.rate = 48000, .channels = 2};

void write_all(AudioSink& sink, std::span<const std::int16_t> samples) {
    while (!samples.empty()) samples = samples.subspan(sink.write(samples));
}

TEST_CASE("the ring gives what it took, in order, across two threads") {
    SampleRing ring(64);
    constexpr int total = 200'000;
    std::thread writer([&] {
        Samples piece(37);
        for (int next = 0; next < total;) {
            const auto count = std::min<std::size_t>(piece.size(), static_cast<std::size_t>(total - next));
            for (std::size_t i = 0; i < count; ++i) piece[i] = static_cast<std::int16_t>(next + static_cast<int>(i));
            next += static_cast<int>(ring.write(std::span(piece).first(count)));
        }
    });
    Samples piece(23);
    int next = 0;
    int wrong = 0;
    while (next < total) {
        const auto count = ring.read(piece);
        for (std::size_t i = 0; i < count; ++i) wrong += piece[i] != static_cast<std::int16_t>(next++) ? 1 : 0;
    }
    writer.join();
    REQUIRE(wrong == 0);
    REQUIRE(ring.size() == 0);
}

TEST_CASE("the ring never takes more than its capacity, and discards what was written") {
    SampleRing ring(8);
    const Samples ten(10, 1);
    REQUIRE(ring.write(ten) == 8);
    REQUIRE(ring.write(ten) == 0);
    ring.discard();
    REQUIRE(ring.is_discarding());
    Samples out(10);
    REQUIRE(ring.read(out) == 0);
    REQUIRE_FALSE(ring.is_discarding());
    const Samples two(2, 7);
    REQUIRE(ring.write(two) == 2);
    REQUIRE(ring.read(out) == 2);
    REQUIRE(out[0] == 7);
    REQUIRE(ring.read_count() == 10);
}

TEST_CASE("a held sink takes nothing") {
    NullSink sink(Pace::unlimited);
    sink.open(stereo);
    const Samples samples(10);
    REQUIRE(sink.write(samples) == 0);
    sink.hold(false);
    REQUIRE(sink.write(samples) == 10);
    REQUIRE(sink.consumed() == 5);
}

TEST_CASE("a raw file holds the samples of several formats") {
    const TempFolder folder;
    const auto path = folder / "out.raw";
    const auto samples = reference(recording("stereo-48k.mp3"));
    {
        FileSink sink(path, Pace::unlimited);
        sink.open(stereo);
        sink.hold(false);
        write_all(sink, samples);
        sink.open({.rate = 24000, .channels = 1});
        sink.hold(false);
        write_all(sink, samples);
    }
    REQUIRE(difference(read_samples(path), joined(samples, samples)) == "");
}

TEST_CASE("a WAV file is the one that the mpg123 program writes") {
    const TempFolder folder;
    const auto path = folder / "out.wav";
    const auto expected = folder / "expected.wav";
    const auto source = recording("stereo-48k.mp3");
    REQUIRE(std::system(("mpg123 -q -w '" + expected.string() + "' '" + source.string() + "'").c_str()) == 0);
    {
        FileSink sink(path, Pace::unlimited);
        sink.open(stereo);
        sink.hold(false);
        write_all(sink, reference(source));
    }
    REQUIRE(read_file(path).size() > 44);
    REQUIRE((read_file(path) == read_file(expected)));
}

TEST_CASE("a WAV file refuses a second format") {
    const TempFolder folder;
    FileSink sink(folder / "out.wav", Pace::unlimited);
    sink.open(stereo);
    sink.open(stereo);
    REQUIRE_THROWS_AS(sink.open({.rate = 44100, .channels = 2}), SinkError);
}

TEST_CASE("full volume changes no bit, less scales, zero is silence") {
    const TempFolder folder;
    const auto path = folder / "out.raw";
    Samples all(65536);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int16_t>(static_cast<int>(i) - 32768);
    FileSink sink(path, Pace::unlimited);
    sink.open({.rate = 44100, .channels = 1});
    sink.hold(false);
    for (const unsigned volume : {100U, 50U, 0U, 1000U}) {
        sink.set_volume(volume);
        write_all(sink, all);
    }
    sink.close();
    const auto out = read_samples(path);
    REQUIRE(out.size() == 4 * all.size());
    REQUIRE(difference(Samples(out.begin(), out.begin() + 65536), all) == "");
    REQUIRE(out[65536] == -16384);
    REQUIRE(out[2 * 65536 - 1] == 16383);
    REQUIRE(difference(Samples(out.begin() + 2 * 65536, out.begin() + 3 * 65536), Samples(65536, 0)) == "");
    REQUIRE(difference(from(out, 3 * 65536), all) == "");
    REQUIRE(sink.volume() == 100);
}

TEST_CASE("a sink in real time does not run ahead of the clock") {
    NullSink sink(Pace::real_time);
    sink.open(stereo);
    sink.hold(false);
    const Samples second(96000);
    const auto began = std::chrono::steady_clock::now();
    write_all(sink, second);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    REQUIRE(took.count() > 0.85); // it may lead by a tenth of a second
}

TEST_CASE("sinks are made by name") {
    const TempFolder folder;
    REQUIRE(dynamic_cast<NullSink*>(make_sink("null").get()) != nullptr);
    REQUIRE(dynamic_cast<FileSink*>(make_sink("file:" + (folder / "x.wav").string()).get()) != nullptr);
    REQUIRE_THROWS_AS(make_sink("file:/nonexistent/x.wav"), SinkError);
    REQUIRE_THROWS_AS(make_sink("file:"), SinkError);
    REQUIRE_THROWS_WITH(make_sink("loud"), Catch::Contains("unknown audio output 'loud'"));
}

} // namespace
} // namespace cifra::playback
