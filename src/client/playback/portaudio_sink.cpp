// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/portaudio_sink.hpp"

#include <alsa/asoundlib.h>
#include <fcntl.h>
#include <portaudio.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace cifra::playback {
namespace {

constexpr std::size_t ring_samples = std::size_t{1} << 18; // 2.7 s of stereo at 48 kHz
constexpr std::chrono::milliseconds wait_for_room{5};

// ALSA and JACK report each missing device on stderr themselves, in the middle of the player's display.
class SilentStderr {
  public:
    SilentStderr() : saved_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
        const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (saved_ >= 0 && null >= 0) dup2(null, STDERR_FILENO);
        if (null >= 0) ::close(null);
    }
    ~SilentStderr() {
        if (saved_ < 0) return;
        dup2(saved_, STDERR_FILENO);
        ::close(saved_);
    }
    SilentStderr(const SilentStderr&) = delete;
    SilentStderr& operator=(const SilentStderr&) = delete;

  private:
    int saved_;
};

// PortAudio 19.6 aborts the program when ALSA's configuration names no device at all.
bool has_default_device() {
    snd_config_t* found = nullptr;
    return snd_config_update() >= 0 && snd_config_search(snd_config, "pcm.default", &found) == 0;
}

int fill_output(const void*, void* out, unsigned long frames, const PaStreamCallbackTimeInfo*, PaStreamCallbackFlags,
                void* sink) {
    static_cast<PortAudioSink*>(sink)->fill(static_cast<std::int16_t*>(out), frames);
    return paContinue;
}

} // namespace

PortAudioSink::PortAudioSink() : ring_(ring_samples) {
    const SilentStderr silent;
    if (!has_default_device()) throw NoAudioDevice("no audio device is configured");
    const PaError error = Pa_Initialize();
    if (error != paNoError) throw NoAudioDevice(std::string("no audio system: ") + Pa_GetErrorText(error));
    if (Pa_GetDefaultOutputDevice() == paNoDevice) {
        Pa_Terminate();
        throw NoAudioDevice("no audio device was found");
    }
}

PortAudioSink::~PortAudioSink() {
    close();
    const SilentStderr silent;
    Pa_Terminate();
}

void PortAudioSink::open(const AudioFormat& format) {
    close();
    hold(true);
    ring_.discard();
    ring_.skip(); // the callback does not run
    opened_at_ = ring_.written();
    channels_ = format.channels;
    is_finishing_ = false;

    const SilentStderr silent;
    const PaDeviceIndex device = Pa_GetDefaultOutputDevice();
    const PaDeviceInfo* about = device == paNoDevice ? nullptr : Pa_GetDeviceInfo(device);
    if (about == nullptr) throw NoAudioDevice("no audio device was found");
    const PaStreamParameters output{.device = device,
                                    .channelCount = static_cast<int>(format.channels),
                                    .sampleFormat = paInt16,
                                    .suggestedLatency = about->defaultHighOutputLatency,
                                    .hostApiSpecificStreamInfo = nullptr};
    PaError error = Pa_OpenStream(&stream_, nullptr, &output, format.rate, paFramesPerBufferUnspecified,
                                  paClipOff | paDitherOff, fill_output, this);
    if (error == paNoError) error = Pa_StartStream(stream_);
    if (error == paNoError) return;
    close();
    throw SinkError("the audio device '" + std::string(about->name) + "' cannot be opened for " +
                    std::to_string(format.rate) + " Hz: " + Pa_GetErrorText(error));
}

std::size_t PortAudioSink::write(std::span<const std::int16_t> samples) {
    const std::size_t channels = channels_;
    const auto room = ring_.capacity() - ring_.size();
    const auto count = std::min(room, samples.size()) / channels * channels;
    if (count == 0) {
        check_alive();
        std::this_thread::sleep_for(wait_for_room);
        return 0;
    }
    return ring_.write(samples.first(count));
}

void PortAudioSink::discard() {
    ring_.discard();
    is_finishing_ = false;
}

void PortAudioSink::finish() { is_finishing_ = true; }

bool PortAudioSink::is_drained() const {
    if (stream_ == nullptr || ring_.size() == 0) return true;
    check_alive();
    return false;
}

void PortAudioSink::check_alive() const {
    if (Pa_IsStreamActive(stream_) != 1) throw SinkError("the audio device has stopped");
}

void PortAudioSink::close() noexcept {
    if (stream_ == nullptr) return;
    // Stopping plays what the device holds, as at the end of the last track; aborting does not, as the listener wants
    // it when there is still something left.
    ring_.size() == 0 ? Pa_StopStream(stream_) : Pa_AbortStream(stream_);
    Pa_CloseStream(stream_);
    stream_ = nullptr;
}

std::uint64_t PortAudioSink::consumed() const { return (ring_.read_count() - opened_at_) / channels_; }

void PortAudioSink::fill(std::int16_t* out, std::size_t frames) noexcept {
    const std::span<std::int16_t> wanted(out, frames * channels_.load(std::memory_order_relaxed));
    std::size_t count = 0;
    if (is_held()) {
        ring_.skip();
    } else {
        count = ring_.read(wanted);
        scale(wanted.first(count));
    }
    const auto rest = wanted.subspan(count);
    std::fill(rest.begin(), rest.end(), std::int16_t{0});
    if (rest.empty() || is_held() || is_finishing_) return;
    count_underrun();
    hold(true);
}

} // namespace cifra::playback
