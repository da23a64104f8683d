// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/media_tags.hpp"

namespace cifra::media {

// By libmpg123: MPEG audio of layer III.
std::optional<MediaFacts> read_mp3(ByteSource& source);

std::uint32_t milliseconds(std::uint64_t frames, std::uint32_t rate);

} // namespace cifra::media
