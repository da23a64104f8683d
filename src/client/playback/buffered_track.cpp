// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/buffered_track.hpp"

#include <algorithm>
#include <utility>

namespace cifra::playback {

BufferedTrack::BufferedTrack(TrackInfo info, std::size_t capacity, OnDemand on_demand)
    : capacity_(capacity), on_demand_(std::move(on_demand)), info_(std::move(info)) {}

void BufferedTrack::opened(TrackInfo info) {
    {
        const std::lock_guard lock(mutex_);
        info_ = std::move(info);
        is_described_ = true;
    }
    changed_.notify_all();
}

bool BufferedTrack::push(std::uint64_t generation, std::uint64_t offset, ByteView bytes) {
    {
        const std::lock_guard lock(mutex_);
        const bool is_wanted = demand_.open && is_described_ && generation == demand_.generation && error_.empty();
        if (!is_wanted || offset > end_) return false;
        const auto known = end_ - offset;
        if (known >= bytes.size()) return true;
        if (end_ >= demand_.until) return false;
        const auto fresh = bytes.subspan(static_cast<std::size_t>(known));
        chunks_.emplace_back(fresh.begin(), fresh.end());
        end_ += fresh.size();
    }
    changed_.notify_all();
    return true;
}

std::uint64_t BufferedTrack::expected() const {
    const std::lock_guard lock(mutex_);
    return end_;
}

void BufferedTrack::fail(std::string text) {
    {
        const std::lock_guard lock(mutex_);
        error_ = text.empty() ? "the transfer failed" : std::move(text);
    }
    changed_.notify_all();
}

void BufferedTrack::set_status(std::string text) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(text);
}

void BufferedTrack::prepare() {
    Demand demand;
    {
        const std::lock_guard lock(mutex_);
        if (demand_.open) return;
        is_described_ = false;
        error_.clear();
        demand = restart(true, 0);
    }
    on_demand_(demand);
}

ReadResult BufferedTrack::read(MutableBytes out) {
    Demand demand;
    std::size_t count = 0;
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_woken_ || begin_ < end_ || !error_.empty() || at_end(); });
        if (std::exchange(is_woken_, false)) return {ReadResult::Status::woken, 0};
        if (at_end()) return {ReadResult::Status::end, 0};
        if (begin_ == end_) return {ReadResult::Status::failed, 0};
        count = take(out);
        if (!extend()) return {ReadResult::Status::data, count};
        demand = demand_;
    }
    on_demand_(demand);
    return {ReadResult::Status::data, count};
}

void BufferedTrack::seek(std::uint64_t byte_offset) {
    Demand demand;
    {
        const std::lock_guard lock(mutex_);
        if (byte_offset >= begin_ && byte_offset <= end_) {
            skip(static_cast<std::size_t>(byte_offset - begin_));
            return;
        }
        demand = restart(demand_.open, byte_offset);
    }
    on_demand_(demand);
}

void BufferedTrack::close() {
    Demand demand;
    {
        const std::lock_guard lock(mutex_);
        if (!demand_.open) return;
        demand = restart(false, 0);
    }
    on_demand_(demand);
}

TrackInfo BufferedTrack::info() const {
    const std::lock_guard lock(mutex_);
    return info_;
}

void BufferedTrack::wake() {
    {
        const std::lock_guard lock(mutex_);
        is_woken_ = true;
    }
    changed_.notify_all();
}

std::uint64_t BufferedTrack::buffered() const {
    const std::lock_guard lock(mutex_);
    return end_ - begin_;
}

std::string BufferedTrack::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

std::string BufferedTrack::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

Demand BufferedTrack::restart(bool open, std::uint64_t from) {
    chunks_.clear();
    taken_ = 0;
    begin_ = end_ = from;
    demand_ = {.generation = demand_.generation + 1, .open = open, .from = from, .until = open ? limit() : 0};
    return demand_;
}

std::uint64_t BufferedTrack::limit() const {
    const auto limit = begin_ + capacity_;
    return is_described_ ? std::min(limit, std::max(begin_, info_.size)) : limit;
}

bool BufferedTrack::extend() {
    const auto until = limit();
    const bool is_rest = is_described_ && until == info_.size;
    // A quarter at a time: one READ for every few frames would be a waste.
    const auto least = is_rest ? 1 : std::max<std::size_t>(1, capacity_ / 4);
    if (until < demand_.until + least) return false;
    demand_.until = until;
    return true;
}

void BufferedTrack::skip(std::size_t count) {
    begin_ += count;
    taken_ += count;
    while (!chunks_.empty() && taken_ >= chunks_.front().size()) {
        taken_ -= chunks_.front().size();
        chunks_.pop_front();
    }
}

std::size_t BufferedTrack::take(MutableBytes out) {
    const auto& chunk = chunks_.front();
    const auto count = std::min(out.size(), chunk.size() - taken_);
    std::copy_n(chunk.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
    skip(count);
    return count;
}

} // namespace cifra::playback
