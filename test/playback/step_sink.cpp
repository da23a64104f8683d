// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "step_sink.hpp"

#include <chrono>
#include <thread>

namespace cifra::playback::test {

void StepSink::allow(std::size_t frames) {
    const std::lock_guard lock(mutex_);
    allowed_ += frames;
}

Samples StepSink::taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
}

std::vector<AudioFormat> StepSink::formats() const {
    const std::lock_guard lock(mutex_);
    return formats_;
}

void StepSink::open(const AudioFormat& format) {
    const std::lock_guard lock(mutex_);
    formats_.push_back(format);
    consumed_ = 0;
    hold(true);
}

std::size_t StepSink::write(std::span<const std::int16_t> samples) {
    {
        const std::lock_guard lock(mutex_);
        const auto frames = is_held() ? 0 : std::min(allowed_, samples.size() / formats_.back().channels);
        const auto count = frames * formats_.back().channels;
        taken_.insert(taken_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
        allowed_ -= frames;
        consumed_ += frames;
        if (count > 0) return count;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return 0;
}

} // namespace cifra::playback::test
