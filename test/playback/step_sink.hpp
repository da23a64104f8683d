// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A sink whose clock is the test: it takes as many frames as it was allowed to, and keeps them.
#pragma once

#include "client/playback/audio_sink.hpp"
#include "support.hpp"

#include <mutex>

namespace cifra::playback::test {

class StepSink final : public AudioSink {
  public:
    void allow(std::size_t frames);
    void allow_all() { allow(std::size_t{1} << 40); }
    Samples taken() const;
    std::vector<AudioFormat> formats() const;

    void open(const AudioFormat& format) override;
    std::size_t write(std::span<const std::int16_t> samples) override;
    void discard() override {}
    void finish() override {}
    bool is_drained() const override { return true; }
    void close() noexcept override {}
    std::uint64_t consumed() const override { return consumed_; }

  private:
    mutable std::mutex mutex_;
    std::size_t allowed_ = 0;
    Samples taken_;
    std::vector<AudioFormat> formats_;
    std::atomic<std::uint64_t> consumed_ = 0;
};

} // namespace cifra::playback::test
