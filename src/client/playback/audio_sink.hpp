// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Where samples go. Three forms: a PortAudio device, nothing, a file.
#pragma once

#include "client/playback/audio_format.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cifra::playback {

class SinkError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// There is nothing to play on. what() is the problem, remedy() what the listener can do about it.
class NoAudioDevice : public SinkError {
  public:
    using SinkError::SinkError;
    static const char* remedy() noexcept;
};

// One thread, the writer, calls everything but what is marked "any thread".
class AudioSink {
  public:
    AudioSink() = default;
    AudioSink(const AudioSink&) = delete;
    AudioSink& operator=(const AudioSink&) = delete;
    virtual ~AudioSink() = default;

    // Starts, held, with nothing queued. A sink that is open is closed first. Throws SinkError.
    virtual void open(const AudioFormat& format) = 0;
    // Takes whole frames, as many as there is room for, and returns the number of samples taken. When there is no room
    // it waits a few milliseconds and returns 0. Throws SinkError if the device has gone.
    virtual std::size_t write(std::span<const std::int16_t> samples) = 0;
    // Drops what is queued, and takes finish() back.
    virtual void discard() = 0;
    // Nothing more will be written: running empty is no underrun.
    virtual void finish() = 0;
    // Whether everything written has been given to the device. Throws SinkError if the device has gone.
    virtual bool is_drained() const = 0;
    // Lets the device play what it was given.
    virtual void close() noexcept = 0;

    // Frames that have left the queue since open(), discarded ones included. Any thread.
    virtual std::uint64_t consumed() const = 0;
    // Times that the queue ran empty while it should not. Any thread.
    std::uint64_t underruns() const { return underruns_; }

    // A held sink keeps what is queued and is silent. A sink holds itself after an underrun. Any thread.
    void hold(bool is_held) { is_held_ = is_held; }
    bool is_held() const { return is_held_; }

    // 0 to 100 percent of the samples' values; 100 leaves every bit as it is. Any thread.
    void set_volume(unsigned percent) { volume_ = percent < 100 ? percent : 100; }
    unsigned volume() const { return volume_; }

  protected:
    // In place, at the present volume.
    void scale(std::span<std::int16_t> samples) const;
    void count_underrun() { ++underruns_; }

  private:
    std::atomic<bool> is_held_ = true;
    std::atomic<unsigned> volume_ = 100;
    std::atomic<std::uint64_t> underruns_ = 0;
};

// "default": the default audio device; "null": nothing, in real time; "file:NAME": as fast as possible, as WAV if NAME
// ends in .wav, else raw (signed 16 bit, little endian, interleaved). Throws SinkError, for another name too, and
// NoAudioDevice: before any track is opened.
std::unique_ptr<AudioSink> make_sink(std::string_view name);

} // namespace cifra::playback
