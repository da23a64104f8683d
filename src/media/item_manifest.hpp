// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What is said of an item, from its bytes.
#pragma once

#include "media/byte_source.hpp"
#include "proto/messages.hpp"

namespace cifra::media {

inline constexpr std::uint32_t audio_chunk_size = 16'384; // bytes
inline constexpr std::uint32_t file_chunk_size = 262'144; // bytes

struct ItemName {
    proto::Id16 item{};
    std::string name;
    proto::Sha256 sha256{};
    proto::Sha256 root{}; // zeros: nobody will sign it
};
// Kind, chunk size and tags are found in `bytes`.
proto::Manifest manifest_of(const ItemName& name, ByteSource& bytes);

} // namespace cifra::media
