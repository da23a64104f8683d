// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/playback/audio_sink.hpp"
#include "client/playback/sample_ring.hpp"

namespace cifra::playback {

// The default output device. Samples wait in a ring of fixed size, from which PortAudio's callback takes them.
class PortAudioSink final : public AudioSink {
  public:
    // Throws NoAudioDevice. What ALSA and JACK print while they look for devices is suppressed.
    PortAudioSink();
    ~PortAudioSink() override;

    void open(const AudioFormat& format) override;
    std::size_t write(std::span<const std::int16_t> samples) override;
    void discard() override;
    void finish() override;
    bool is_drained() const override;
    void close() noexcept override;
    std::uint64_t consumed() const override;

    // The audio callback: neither locks, allocates nor calls the system.
    void fill(std::int16_t* out, std::size_t frames) noexcept;

  private:
    void check_alive() const;

    void* stream_ = nullptr; // PaStream
    SampleRing ring_;
    std::atomic<std::uint64_t> opened_at_ = 0; // the ring's count of samples at open()
    std::atomic<unsigned> channels_ = 1;
    std::atomic<bool> is_finishing_ = false;
};

} // namespace cifra::playback
