// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/audio_sink.hpp"

#include "client/playback/file_sink.hpp"
#include "client/playback/portaudio_sink.hpp"

namespace cifra::playback {

const char* NoAudioDevice::remedy() noexcept {
    return "connect one and see that `aplay -l` lists it, or play to a file with --output file:NAME.wav";
}

void AudioSink::scale(std::span<std::int16_t> samples) const {
    const int percent = static_cast<int>(volume());
    if (percent == 100) return;
    for (auto& sample : samples) sample = static_cast<std::int16_t>(sample * percent / 100);
}

std::unique_ptr<AudioSink> make_sink(std::string_view name) {
    constexpr std::string_view file = "file:";
    if (name == "default") return std::make_unique<PortAudioSink>();
    if (name == "null") return std::make_unique<NullSink>(Pace::real_time);
    if (name.starts_with(file) && name.size() > file.size()) {
        return std::make_unique<FileSink>(std::string(name.substr(file.size())), Pace::unlimited);
    }
    throw SinkError("unknown audio output '" + std::string(name) + "': use default, null or file:NAME");
}

} // namespace cifra::playback
