// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace cifra::playback {

// Samples are always signed 16 bit, interleaved. A frame is a sample of each channel.
struct AudioFormat {
    std::uint32_t rate = 0; // frames a second
    unsigned channels = 1;  // 1 or 2

    bool is_known() const { return rate != 0; }
    bool operator==(const AudioFormat&) const = default;
};

} // namespace cifra::playback
