// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A byte queue without zero-filling: bytes are written at its end and taken from its front. Holds no memory while empty
// and released, so that an idle connection costs none.
#pragma once

#include "proto/bytes.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace cifra::states {

class Buffer {
  public:
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    std::size_t capacity() const { return capacity_; }
    MutableBytes view() { return {data_.get() + begin_, size()}; }
    ByteView view() const { return {data_.get() + begin_, size()}; }

    // Room for `count` bytes behind the end, not initialised; valid until the next call that is not const.
    MutableBytes append(std::size_t count) {
        reserve(count);
        const MutableBytes room{data_.get() + end_, count};
        end_ += count;
        return room;
    }
    void append(ByteView bytes) {
        const auto room = append(bytes.size());
        if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
    }
    // Takes back the last `count` bytes.
    void drop_back(std::size_t count) { end_ -= std::min(count, size()); }
    void consume(std::size_t count) {
        begin_ += std::min(count, size());
        if (begin_ == end_) begin_ = end_ = 0;
    }
    // Room behind the end without taking it: for reading from a socket; then commit what came.
    MutableBytes prepare(std::size_t count) {
        reserve(count);
        return {data_.get() + end_, capacity_ - end_};
    }
    void commit(std::size_t count) { end_ += count; }
    // Gives the memory back when empty.
    void release() {
        if (!empty()) return;
        data_.reset();
        begin_ = end_ = capacity_ = 0;
    }

  private:
    void reserve(std::size_t count) {
        if (capacity_ - end_ >= count) return;
        const std::size_t have = size();
        if (capacity_ >= have + count && begin_ >= have) { // moving down is cheap and needs no overlap
            std::memcpy(data_.get(), data_.get() + begin_, have);
        } else {
            const std::size_t wanted =
                std::max(have + count, std::min(capacity_ * 2, have + count + (std::size_t{1} << 20)));
            auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(wanted);
            if (have != 0) std::memcpy(larger.get(), data_.get() + begin_, have);
            data_ = std::move(larger);
            capacity_ = wanted;
        }
        begin_ = 0;
        end_ = have;
    }

    std::unique_ptr<std::uint8_t[]> data_;
    std::size_t begin_ = 0, end_ = 0, capacity_ = 0;
};

} // namespace cifra::states
