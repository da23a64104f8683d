// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Tracks that a second thread feeds, as the network does, and a player of them.
#pragma once

#include "client/playback/buffered_track.hpp"
#include "client/playback/player.hpp"
#include "step_sink.hpp"
#include "support.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace cifra::playback::test {

// Serves a recording in chunks, from the demands of its track, on a thread of its own.
class Feeder {
  public:
    Feeder(const std::string& name, std::size_t capacity, std::size_t chunk)
        : Feeder(name, read_file(recording(name)), scan_index(recording(name)), capacity, chunk) {}
    Feeder(const std::string& name, Bytes content, SeekIndex index, std::size_t capacity, std::size_t chunk)
        : content_(std::move(content)), chunk_(chunk) {
        info_.name = name;
        info_.size = content_.size();
        track = std::make_shared<BufferedTrack>(info_, capacity, [this](const Demand& demand) { on_demand(demand); });
        info_.index = std::move(index);
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
    void step(std::size_t frames) {
        const auto before = sink.taken().size();
        sink.allow(frames);
        REQUIRE(eventually([&] {
            const auto formats = sink.formats();
            return !formats.empty() && sink.taken().size() == before + frames * formats.back().channels;
        }));
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

} // namespace cifra::playback::test
