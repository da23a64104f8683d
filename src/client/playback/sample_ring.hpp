// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cifra::playback {

// A queue of samples between one writing and one reading thread. Nothing here locks, allocates (but for the
// constructor) or calls the system, as the reader is the audio callback.
class SampleRing {
  public:
    explicit SampleRing(std::size_t capacity) : samples_(std::bit_ceil(capacity)) {}

    std::size_t capacity() const { return samples_.size(); }
    std::size_t size() const { return static_cast<std::size_t>(written() - read_.load(std::memory_order_acquire)); }
    // Samples since the beginning; those skipped count as read. The writer may call both.
    std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
    std::uint64_t read_count() const { return read_.load(std::memory_order_acquire); }

    // Writer. Takes as many as there is room for.
    std::size_t write(std::span<const std::int16_t> in) {
        const auto end = written_.load(std::memory_order_relaxed);
        const auto room = capacity() - static_cast<std::size_t>(end - read_.load(std::memory_order_acquire));
        const auto count = std::min(room, in.size());
        const auto at = index(end);
        const auto first = std::min(count, capacity() - at);
        std::copy_n(in.begin(), first, samples_.begin() + static_cast<std::ptrdiff_t>(at));
        std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(first), count - first, samples_.begin());
        written_.store(end + count, std::memory_order_release);
        return count;
    }
    // Writer. The reader passes over everything written so far, at its next read().
    void discard() { skip_to_.store(written_.load(std::memory_order_relaxed), std::memory_order_release); }
    // Writer. Whether a discard() is still to be carried out.
    bool is_discarding() const { return read_count() < skip_to_.load(std::memory_order_relaxed); }

    // Reader. Gives as many as there are.
    std::size_t read(std::span<std::int16_t> out) {
        skip();
        const auto begin = read_.load(std::memory_order_relaxed);
        const auto there = static_cast<std::size_t>(written_.load(std::memory_order_acquire) - begin);
        const auto count = std::min(there, out.size());
        const auto at = index(begin);
        const auto first = std::min(count, capacity() - at);
        std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(at), first, out.begin());
        std::copy_n(samples_.begin(), count - first, out.begin() + static_cast<std::ptrdiff_t>(first));
        read_.store(begin + count, std::memory_order_release);
        return count;
    }
    // Reader. Carries out a discard() without reading.
    void skip() {
        const auto skip_to = skip_to_.load(std::memory_order_acquire);
        if (read_.load(std::memory_order_relaxed) < skip_to) read_.store(skip_to, std::memory_order_release);
    }

  private:
    std::size_t index(std::uint64_t position) const { return static_cast<std::size_t>(position) & (capacity() - 1); }

    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
    std::vector<std::int16_t> samples_;
    alignas(64) std::atomic<std::uint64_t> written_ = 0;
    alignas(64) std::atomic<std::uint64_t> read_ = 0;
    alignas(64) std::atomic<std::uint64_t> skip_to_ = 0;
};

} // namespace cifra::playback
