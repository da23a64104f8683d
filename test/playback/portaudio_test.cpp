// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PortAudio on ALSA's `file` plugin, which writes what was played into a pipe: the test reads it, so it is the clock of
// the device.
#include "client/playback/buffered_track.hpp"
#include "client/playback/memory_track.hpp"
#include "client/playback/player.hpp"
#include "client/playback/portaudio_sink.hpp"
#include "support.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <thread>

namespace cifra::playback {
namespace {

using namespace test;
using namespace std::chrono_literals;

class Device {
  public:
    Device() {
        const auto pipe = folder_ / "out";
        const auto config = folder_ / "asound.conf";
        REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
        std::ofstream(config) << "pcm.default { type file slave.pcm { type null } format \"raw\" file \""
                              << pipe.string() << "\" }\n";
        REQUIRE(setenv("ALSA_CONFIG_PATH", config.c_str(), 1) == 0);
        pipe_ = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(pipe_ >= 0);
        thread_ = std::thread([this] { run(); });
    }
    ~Device() { finish(); }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    // Everything that was played; the sink must be closed.
    Samples finish() {
        is_stopping_ = true;
        if (thread_.joinable()) thread_.join();
        if (pipe_ >= 0) close(pipe_);
        pipe_ = -1;
        Samples samples(bytes_.size() / 2);
        std::memcpy(samples.data(), bytes_.data(), samples.size() * 2);
        return samples;
    }

  private:
    // Up to 8 MB a second, many times faster than a sound card, so that silence does not fill the memory.
    void run() {
        std::array<std::uint8_t, 8192> block{};
        for (;;) {
            const bool is_last = is_stopping_;
            const auto count = ::read(pipe_, block.data(), block.size());
            if (count > 0) {
                bytes_.insert(bytes_.end(), block.begin(), block.begin() + count);
            } else if (is_last) {
                return;
            }
            std::this_thread::sleep_for(1ms);
        }
    }

    const TempFolder folder_;
    int pipe_ = -1;
    std::atomic<bool> is_stopping_ = false;
    Bytes bytes_;
    std::thread thread_;
};

// Whether these are the expected samples in a row, with nothing but silence before and behind.
bool is_whole(const Samples& played, const Samples& expected) {
    const auto is_sound = [](std::int16_t sample) { return sample != 0; };
    const auto first = std::find_if(played.begin(), played.end(), is_sound);
    const auto lead = std::find_if(expected.begin(), expected.end(), is_sound) - expected.begin();
    if (first - played.begin() < lead || played.end() - (first - lead) < std::ssize(expected)) return false;
    return std::equal(expected.begin(), expected.end(), first - lead) &&
           std::none_of(first - lead + std::ssize(expected), played.end(), is_sound);
}

// Whether these are the expected samples in order, with silence put in between.
bool is_whole_but_for_silence(const Samples& played, const Samples& expected) {
    std::size_t next = 0;
    for (const auto sample : played) {
        if (next < expected.size() && sample == expected[next]) {
            ++next;
        } else if (sample != 0) {
            return false;
        }
    }
    return next == expected.size();
}

TEST_CASE("the comparisons see a lost and a changed sample") {
    const Samples expected{0, 1, 2, 0, 3};
    REQUIRE(is_whole({0, 0, 1, 2, 0, 3, 0}, expected));
    REQUIRE_FALSE(is_whole({0, 0, 1, 2, 3, 0}, expected));
    REQUIRE_FALSE(is_whole({0, 0, 1, 0, 2, 0, 3}, expected));
    REQUIRE_FALSE(is_whole({0, 1, 2, 0}, expected));
    REQUIRE(is_whole_but_for_silence({0, 0, 1, 0, 0, 2, 0, 3, 0}, expected));
    REQUIRE_FALSE(is_whole_but_for_silence({0, 0, 1, 0, 3}, expected));
    REQUIRE_FALSE(is_whole_but_for_silence({0, 0, 1, 2, 4, 0, 3}, expected));
}

TEST_CASE("PortAudio plays exactly the samples of short tracks, one behind the other") {
    Device device;
    const auto name = GENERATE(as<std::string>(), "mono-24k.mp3", "stereo-48k.mp3");
    {
        const std::vector<std::shared_ptr<TrackSource>> list{std::make_shared<MemoryTrack>(recording(name)),
                                                             std::make_shared<MemoryTrack>(recording(name))};
        // All of it is decoded before the sound starts, so nothing can run empty, however busy the machine is.
        Player player(list, make_sink("default"), {.first = 0, .volume = 100, .prebuffer = 10s});
        REQUIRE(player.wait(60s));
        REQUIRE(player.snapshot().state == PlayState::finished);
        REQUIRE(player.snapshot().underruns == 0);
    }
    const auto expected = reference(recording(name));
    REQUIRE(is_whole(device.finish(), joined(expected, expected)));
}

TEST_CASE("PortAudio plays a long track, through a pause, a change of format and what underruns there are") {
    Device device;
    {
        std::vector<std::shared_ptr<TrackSource>> list{std::make_shared<MemoryTrack>(recording("gunroar-0-part-1.mp3")),
                                                       std::make_shared<MemoryTrack>(recording("stereo-48k.mp3"))};
        Player player(list, make_sink("default"), {});
        REQUIRE(eventually([&] { return player.snapshot().position_ms > 500; }));
        player.pause();
        REQUIRE(eventually([&] { return player.snapshot().state == PlayState::paused; }));
        const auto position = player.snapshot().position_ms;
        std::this_thread::sleep_for(20ms);
        REQUIRE(player.snapshot().position_ms <= position + 100);
        player.resume();
        REQUIRE(player.wait(60s));
        REQUIRE(player.snapshot().state == PlayState::finished);
    }
    const auto expected = joined(reference(recording("gunroar-0-part-1.mp3")), reference(recording("stereo-48k.mp3")));
    REQUIRE(is_whole_but_for_silence(device.finish(), expected));
}

TEST_CASE("a seek drops what is queued and goes on exactly") {
    Device device;
    const auto expected = reference(recording("gunroar-2.mp3"));
    {
        Player player({std::make_shared<MemoryTrack>(recording("gunroar-2.mp3"))}, make_sink("default"), {});
        REQUIRE(eventually([&] { return player.snapshot().position_ms > 100; }));
        player.pause();
        REQUIRE(eventually([&] { return player.snapshot().state == PlayState::paused; }));
        player.seek_to(38'000);
        REQUIRE(eventually([&] { return player.snapshot().position_ms == 38'000; }));
        player.resume();
        REQUIRE(player.wait(60s));
    }
    const auto played = device.finish();
    const auto tail = from(expected, 38 * 44'100);
    REQUIRE(std::search(played.begin(), played.end(), tail.begin(), tail.begin() + 10'000) != played.end());
}

TEST_CASE("an empty queue is counted as an underrun, and what comes later is still played") {
    Device device;
    const auto content = read_file(recording("gunroar-0-part-1.mp3"));
    TrackInfo info;
    info.size = content.size();
    std::atomic<std::uint64_t> generation = 0;
    auto track = std::make_shared<BufferedTrack>(info, content.size(),
                                                 [&](const Demand& demand) { generation = demand.generation; });
    {
        Player player({track}, make_sink("default"), {});
        REQUIRE(eventually([&] { return generation == 1; }));
        track->opened(info);
        REQUIRE(track->push(1, 0, ByteView(content).first(50'000)));
        REQUIRE(eventually([&] { return player.snapshot().underruns == 1; }));
        REQUIRE(eventually([&] { return player.snapshot().state == PlayState::buffering; }));
        REQUIRE(track->push(1, 50'000, ByteView(content).subspan(50'000)));
        REQUIRE(player.wait(60s));
        REQUIRE(player.snapshot().state == PlayState::finished);
    }
    REQUIRE(is_whole_but_for_silence(device.finish(), reference(recording("gunroar-0-part-1.mp3"))));
}

TEST_CASE("without a device there is a clear error, and nothing on stderr") {
    const TempFolder folder;
    const auto config = folder / "asound.conf";
    // No configuration at all, or one whose default device cannot be opened.
    const bool is_configured = GENERATE(false, true);
    std::ofstream(config) << "pcm.nothing { type hw card 31 }\n" << (is_configured ? "pcm.default nothing\n" : "");
    REQUIRE(setenv("ALSA_CONFIG_PATH", config.c_str(), 1) == 0);
    const auto path = folder / "stderr";
    const int saved = dup(STDERR_FILENO);
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(dup2(file, STDERR_FILENO) == STDERR_FILENO);
    std::string problem;
    try {
        make_sink("default");
    } catch (const NoAudioDevice& error) {
        problem = error.what();
    }
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(file);
    REQUIRE(problem == (is_configured ? "no audio device was found" : "no audio device is configured"));
    REQUIRE(std::string(NoAudioDevice::remedy()).find("aplay -l") != std::string::npos);
    REQUIRE(std::filesystem::file_size(path) == 0);
}

} // namespace
} // namespace cifra::playback
