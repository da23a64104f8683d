// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The sinks without a device: they queue nothing.
#pragma once

#include "client/playback/audio_sink.hpp"

#include <chrono>
#include <fstream>
#include <vector>

namespace cifra::playback {

enum class Pace { unlimited, real_time };

class NullSink : public AudioSink {
  public:
    explicit NullSink(Pace pace) : pace_(pace) {}

    void open(const AudioFormat& format) override;
    std::size_t write(std::span<const std::int16_t> samples) override;
    void discard() override {}
    void finish() override {}
    bool is_drained() const override { return true; }
    void close() noexcept override {}
    std::uint64_t consumed() const override { return consumed_; }

  protected:
    // Called with at least one sample, at the volume that was set.
    virtual void put(std::span<const std::int16_t>) {}
    const AudioFormat& format() const { return format_; }

  private:
    std::size_t frames_due();

    const Pace pace_;
    AudioFormat format_;
    std::atomic<std::uint64_t> consumed_ = 0;
    std::chrono::steady_clock::time_point paced_until_;
    std::vector<std::int16_t> scaled_;
};

// WAV if the name ends in .wav, else raw; signed 16 bit, little endian. A WAV has one format: open() with another
// throws SinkError. That it can be written is found out by the constructor (throws SinkError); what the file held stays
// until the first open().
class FileSink final : public NullSink {
  public:
    FileSink(std::string path, Pace pace);
    ~FileSink() override;

    void open(const AudioFormat& format) override;
    void finish() override;
    void close() noexcept override;

  protected:
    void put(std::span<const std::int16_t> samples) override;

  private:
    void write_header();
    [[noreturn]] void fail() const;

    const std::string path_;
    const bool is_wav_;
    const bool was_there_;
    std::ofstream file_;
    std::uint64_t bytes_ = 0; // of samples
};

} // namespace cifra::playback
