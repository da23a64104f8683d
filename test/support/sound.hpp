// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Sound files made and decoded by libsndfile itself, from and into memory: what tests play and compare with.
#pragma once

#include "proto/bytes.hpp"

#include <sndfile.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cifra::test {

struct SoundRecipe {
    int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    int rate = 44'100;
    int channels = 2;
    std::size_t frames = 44'100;
    std::string title, artist, album;
};

class SoundMemory {
  public:
    SoundMemory() = default;
    explicit SoundMemory(Bytes contents) : bytes(std::move(contents)) {}

    static SF_VIRTUAL_IO functions() {
        SF_VIRTUAL_IO io{};
        io.get_filelen = [](void* user) -> sf_count_t { return std::ssize(of(user).bytes); };
        io.seek = [](sf_count_t offset, int whence, void* user) -> sf_count_t {
            auto& self = of(user);
            const auto base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? self.at_ : std::ssize(self.bytes);
            return self.at_ = base + offset;
        };
        io.read = [](void* out, sf_count_t count, void* user) -> sf_count_t {
            auto& self = of(user);
            count = std::clamp<sf_count_t>(std::ssize(self.bytes) - self.at_, 0, count);
            std::memcpy(out, self.bytes.data() + self.at_, static_cast<std::size_t>(count));
            self.at_ += count;
            return count;
        };
        io.write = [](const void* in, sf_count_t count, void* user) -> sf_count_t {
            auto& self = of(user);
            self.bytes.resize(std::max(self.bytes.size(), static_cast<std::size_t>(self.at_ + count)));
            std::memcpy(self.bytes.data() + self.at_, in, static_cast<std::size_t>(count));
            self.at_ += count;
            return count;
        };
        io.tell = [](void* user) -> sf_count_t { return of(user).at_; };
        return io;
    }

    Bytes bytes;

  private:
    static SoundMemory& of(void* user) { return *static_cast<SoundMemory*>(user); }
    std::ptrdiff_t at_ = 0;
};

// Tones that move, with a little noise: no two places are alike.
inline std::vector<float> tones(const SoundRecipe& recipe) {
    std::vector<float> samples;
    std::uint32_t noise = 1;
    for (std::size_t frame = 0; frame < recipe.frames; ++frame) {
        const auto t = static_cast<double>(frame);
        for (int channel = 0; channel < recipe.channels; ++channel) {
            noise = noise * 1'664'525 + 1'013'904'223;
            const double hiss = static_cast<double>(noise >> 16) / 65'536 - 0.5;
            samples.push_back(
                static_cast<float>(0.6 * std::sin(t * (0.02 + 0.011 * channel) + t * t * 1e-8) + 0.05 * hiss));
        }
    }
    return samples;
}

inline Bytes make_sound(const SoundRecipe& recipe) {
    SoundMemory memory;
    auto io = SoundMemory::functions();
    SF_INFO info{};
    info.format = recipe.format;
    info.samplerate = recipe.rate;
    info.channels = recipe.channels;
    SNDFILE* file = sf_open_virtual(&io, SFM_WRITE, &info, &memory);
    INFO(sf_strerror(file));
    REQUIRE(file != nullptr);
    if (!recipe.title.empty()) sf_set_string(file, SF_STR_TITLE, recipe.title.c_str());
    if (!recipe.artist.empty()) sf_set_string(file, SF_STR_ARTIST, recipe.artist.c_str());
    if (!recipe.album.empty()) sf_set_string(file, SF_STR_ALBUM, recipe.album.c_str());
    const auto samples = tones(recipe);
    const auto channels = static_cast<std::size_t>(recipe.channels);
    // Not too much at a time: the Vorbis encoder keeps it on the stack.
    for (std::size_t frame = 0; frame < recipe.frames; frame += 1000) {
        const auto count = std::min<std::size_t>(1000, recipe.frames - frame);
        REQUIRE(sf_writef_float(file, samples.data() + frame * channels, static_cast<sf_count_t>(count)) ==
                static_cast<sf_count_t>(count));
    }
    sf_close(file);
    return memory.bytes;
}

// The whole file, decoded from beginning to end in one go.
inline std::vector<std::int16_t> decode_whole(const Bytes& sound) {
    SoundMemory memory(sound);
    auto io = SoundMemory::functions();
    SF_INFO info{};
    SNDFILE* file = sf_open_virtual(&io, SFM_READ, &info, &memory);
    REQUIRE(file != nullptr);
    const auto encoding = info.format & SF_FORMAT_SUBMASK;
    const bool is_float = encoding == SF_FORMAT_FLOAT || encoding == SF_FORMAT_DOUBLE || encoding == SF_FORMAT_VORBIS ||
                          encoding == SF_FORMAT_OPUS;
    std::vector<std::int16_t> samples(static_cast<std::size_t>(info.frames) * static_cast<std::size_t>(info.channels));
    if (is_float) {
        std::vector<float> floats(samples.size());
        REQUIRE(sf_readf_float(file, floats.data(), info.frames) == info.frames);
        std::transform(floats.begin(), floats.end(), samples.begin(), [](float sample) {
            return static_cast<std::int16_t>(std::lrint(std::clamp(sample * 32'768.0F, -32'768.0F, 32'767.0F)));
        });
    } else {
        REQUIRE(sf_readf_short(file, samples.data(), info.frames) == info.frames);
    }
    sf_close(file);
    return samples;
}

} // namespace cifra::test
