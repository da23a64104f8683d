// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What libmpg123 finds in an MP3.
#pragma once

#include "proto/messages.hpp"

namespace cifra::server {

// Fills the audio fields of `manifest` (its size is set already) when the file is MPEG audio of layer III by its
// contents, and says whether it is. Reads the whole file and moves the position of `fd`.
bool read_mp3(int fd, proto::Manifest& manifest);

} // namespace cifra::server
