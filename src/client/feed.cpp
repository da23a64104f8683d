// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/feed.hpp"

#include "client/denial.hpp"
#include "client/terms_text.hpp"

#include <utility>

namespace cifra::client {

using net::awaitable;

namespace {

constexpr std::size_t capacity = 1 << 20; // bytes of a track that may wait for the decoder: a minute at 128 kbit/s

playback::TrackInfo describe(const proto::Entry& entry) {
    playback::TrackInfo info;
    info.name = entry.name;
    info.title = entry.title;
    info.artist = entry.artist;
    info.album = entry.album;
    info.size = entry.size;
    info.duration_ms = entry.duration_ms;
    return info;
}

playback::TrackInfo describe(const proto::Manifest& manifest) {
    playback::TrackInfo info;
    info.name = manifest.name;
    info.title = manifest.title;
    info.artist = manifest.artist;
    info.album = manifest.album;
    info.size = manifest.size;
    info.duration_ms = manifest.duration_ms;
    info.index = {manifest.seek_step, manifest.seek_offsets};
    return info;
}

} // namespace

Feed::Feed(App& app, const proto::Entry& entry) : app_(app), entry_(entry), play_(fresh_play_id()) {}

std::shared_ptr<Feed> Feed::make(App& app, const proto::Entry& entry, std::function<void()> poke) {
    const std::shared_ptr<Feed> feed(new Feed(app, entry));
    feed->track_ = std::make_shared<playback::BufferedTrack>(
        describe(entry), capacity, [&io = app.io, weak = feed->weak_from_this(), poke](const playback::Demand& demand) {
            net::asio::post(io, [weak, demand, poke] {
                if (const auto self = weak.lock()) self->take(demand);
                poke();
            });
        });
    return feed;
}

void Feed::take(const playback::Demand& demand) {
    demand_ = demand;
    if (!demand.open) manifest_.reset();
}

bool Feed::waiting(const Link& link) const {
    if (demand_.open && failed_ == demand_.generation) return false;
    if (demand_.open != (stream_ != 0)) return true;
    if (stream_ == 0) return false;
    if (link.failed(stream_)) return true;
    if (link.session().stream(stream_) == nullptr) return false;
    return demand_.generation != generation_ || wanted(link) > end_;
}

// Where the window is to end, chunks: half a window at a time, for a READ for every chunk would cost more than it
// brings.
std::uint64_t Feed::wanted(const Link& link) const {
    const auto all = std::min(chunks_, (demand_.until + chunk_size_ - 1) / chunk_size_);
    const auto window = link.session().window(chunk_size_);
    const auto limit = std::max(demand_.from, track_->expected()) / chunk_size_ + window;
    if (all <= limit) return all;
    return demand_.generation != generation_ || limit >= end_ + window / 2 ? limit : end_;
}

bool Feed::satisfied(const Link& link) const {
    if (!demand_.open || failed_ == demand_.generation) return true;
    const auto* info = stream_ == 0 ? nullptr : link.session().stream(stream_);
    return info != nullptr && !waiting(link) && (info->read_id == 0 || info->next == info->end);
}

awaitable<void> Feed::open(Link& link) {
    const auto opened = co_await link.open(proto::Mode::play, entry_.item, play_);
    const auto& manifest = opened.manifest;
    if (manifest_ && (manifest_->sha256 != manifest.sha256 || manifest_->size != manifest.size ||
                      manifest_->root != manifest.root)) {
        manifest_.reset();
        begin_play();
        co_await link.close(opened.request);
        throw Failure(Exit::refused, "the item changed on the server");
    }
    manifest_ = manifest;
    stream_ = opened.request;
    renewed_ = false;
    if (!std::exchange(begun_, true)) {
        const auto left = show_left_behind(opened.terms, std::time(nullptr));
        if (!left.empty()) app_.terminal.say(entry_.name + ": " + left);
    }
    chunk_size_ = opened.chunk_size;
    chunks_ = proto::chunk_count(manifest.size, chunk_size_);
    generation_ = 0;
    end_ = 0;
    track_->opened(describe(manifest));
    track_->set_status("");
}

// The present one is over.
void Feed::begin_play() {
    play_ = fresh_play_id();
    begun_ = false;
}

awaitable<void> Feed::follow(Link& link) {
    if (stream_ != 0 && link.failed(stream_)) link.check(std::exchange(stream_, 0));
    if (demand_.open && stream_ == 0) {
        co_await open(link);
    } else if (!demand_.open && stream_ != 0) {
        begin_play();
        co_await link.close(std::exchange(stream_, 0));
        manifest_.reset();
        co_return;
    }
    grant(link);
}

// Nothing: done, or to be done again.
awaitable<std::optional<Failure>> Feed::try_to_follow(Link& link) {
    std::optional<Failure> refusal;
    try {
        co_await follow(link);
    } catch (const Failure& failure) {
        if (failure.status != Exit::refused && failure.status != Exit::licence) throw;
        refusal = failure;
    }
    co_return refusal;
}

awaitable<std::optional<Failure>> Feed::after_denial(Link& link, const Failure& denial) {
    // What ended for want of a licence may be over for the server although there is one again.
    if (denial.code == static_cast<std::uint16_t>(play_over) && std::exchange(renewed_, false)) {
        begin_play();
        co_return std::nullopt;
    }
    auto refusal = co_await answer_denial(app_, link, entry_, denial);
    renewed_ = !refusal;
    if (refusal) begin_play();
    co_return refusal;
}

awaitable<void> Feed::serve(Link& link) {
    const auto self = shared_from_this();
    const auto generation = demand_.generation;
    auto refusal = co_await try_to_follow(link);
    if (refusal && refusal->status == Exit::licence) {
        const Failure denial = *refusal;
        refusal = co_await after_denial(link, denial);
    }
    if (!refusal) co_return;
    failed_ = generation;
    refusal_ = refusal;
    const auto remedy = refusal->status == Exit::licence ? "; " + refusal->remedy : "";
    track_->fail(refusal->what() + remedy);
}

void Feed::grant(Link& link) {
    if (stream_ == 0 || !demand_.open) return;
    const auto until = wanted(link);
    if (demand_.generation != generation_) {
        generation_ = demand_.generation;
        // After a reconnection the buffer may hold more than the demand's beginning.
        first_ = std::max(demand_.from, track_->expected()) / chunk_size_;
        end_ = std::max(first_, until);
        if (first_ >= chunks_ || end_ == first_) return;
        link.read(stream_, first_, static_cast<std::uint32_t>(end_ - first_),
                  [track = track_, generation = generation_, size = chunk_size_](std::uint64_t index, ByteView bytes) {
                      track->push(generation, index * size, bytes);
                  });
    } else if (until > end_) {
        const bool begun = end_ > first_;
        end_ = until;
        const auto count = static_cast<std::uint32_t>(end_ - first_);
        if (begun) return link.extend(stream_, count);
        generation_ = 0; // the window was empty so far: it is opened like a new one
        grant(link);
    }
}

void Feed::lost(const std::string& status) {
    if (stream_ != 0) track_->set_status(status);
    stream_ = 0;
    generation_ = 0;
}

} // namespace cifra::client
