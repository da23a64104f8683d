// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The player on tracks that a second thread feeds, as the network does.
#include "client/playback/buffered_track.hpp"
#include "client/playback/player.hpp"
#include "step_sink.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace cifra::playback {
namespace {

using namespace test;

// Serves a recording in chunks, from the demands of its track, on a thread of its own.
class Feeder {
  public:
    Feeder(const std::string& name, std::size_t capacity, std::size_t chunk)
        : content_(read_file(recording(name))), chunk_(chunk) {
        info_.name = name;
        info_.size = content_.size();
        track = std::make_shared<BufferedTrack>(info_, capacity, [this](const Demand& demand) { on_demand(demand); });
        info_.index = scan_index(recording(name));
        thread_ = std::thread([this] { run(); });
    }
    ~Feeder() {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Feeder(const Feeder&) = delete;
    Feeder& operator=(const Feeder&) = delete;

    // Sends nothing from this byte on until it is called again.
    void stop_at(std::size_t byte) {
        {
            const std::lock_guard lock(mutex_);
            stop_at_ = byte;
        }
        changed_.notify_all();
    }
    std::vector<Demand> demands() const {
        const std::lock_guard lock(mutex_);
        return demands_;
    }
    std::size_t opened() const {
        const auto all = demands();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(),
            [last = false](const Demand& demand) mutable { return !std::exchange(last, demand.open) && demand.open; }));
    }
    bool is_closed() const { return !demands().empty() && !demands().back().open; }
    std::size_t size() const { return content_.size(); }

    std::shared_ptr<BufferedTrack> track;

  private:
    void on_demand(const Demand& demand) {
        {
            const std::lock_guard lock(mutex_);
            demands_.push_back(demand);
        }
        changed_.notify_all();
    }

    void run() {
        std::uint64_t generation = 0;
        std::uint64_t next = 0;
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] {
                if (is_stopping_) return true;
                if (demands_.empty()) return false;
                const auto& wanted = demands_.back();
                const auto from = wanted.generation == generation ? next : wanted.from / chunk_ * chunk_;
                return wanted.open && from < std::min<std::uint64_t>({wanted.until, content_.size(), stop_at_});
            });
            if (is_stopping_) return;
            const auto wanted = demands_.back();
            if (wanted.generation != generation) {
                if (wanted.from == 0) track->opened(info_);
                next = wanted.from / chunk_ * chunk_;
            }
            generation = wanted.generation;
            const auto count = std::min<std::size_t>(chunk_, content_.size() - static_cast<std::size_t>(next));
            const auto piece = ByteView(content_).subspan(static_cast<std::size_t>(next), count);
            lock.unlock();
            track->push(generation, next, piece);
            next += count;
            lock.lock();
        }
    }

    TrackInfo info_;
    const Bytes content_;
    const std::size_t chunk_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Demand> demands_;
    std::size_t stop_at_ = std::size_t{1} << 40;
    bool is_stopping_ = false;
    std::thread thread_;
};

// Opaque: the frames of the first track that are played before something else happens.
struct Fed {
    explicit Fed(std::vector<std::shared_ptr<TrackSource>> list) : Fed(std::move(list), std::make_unique<StepSink>()) {}
    void step(std::size_t samples) {
        const auto before = sink.taken().size();
        sink.allow(samples);
        REQUIRE(eventually([&] { return sink.taken().size() == before + samples; }));
    }
    bool reaches(PlayState state) {
        return eventually([&] { return player.snapshot().state == state; });
    }
    StepSink& sink;
    Player player;

  private:
    Fed(std::vector<std::shared_ptr<TrackSource>> list, std::unique_ptr<StepSink> made)
        : sink(*made), player(std::move(list), std::move(made), {}) {}
};

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
