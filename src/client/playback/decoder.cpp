// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/decoder.hpp"

#include "client/playback/mp3_decoder.hpp"
#include "client/playback/sound_decoder.hpp"

namespace cifra::playback {

std::unique_ptr<Decoder> make_decoder(media::SoundFormat format, const TrackInfo& info) {
    switch (format) {
        case media::SoundFormat::mp3:
            return std::make_unique<Mp3Decoder>(info.size, info.index);
        case media::SoundFormat::other:
            return nullptr;
        default:
            return std::make_unique<SoundDecoder>(format, info.size);
    }
}

} // namespace cifra::playback
