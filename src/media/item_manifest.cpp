// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/item_manifest.hpp"

#include "media/media_tags.hpp"

namespace cifra::media {

proto::Manifest manifest_of(const ItemName& name, ByteSource& bytes) {
    proto::Manifest manifest;
    manifest.item = name.item;
    manifest.name = name.name;
    manifest.size = bytes.size();
    manifest.sha256 = name.sha256;
    manifest.root = name.root;
    auto facts = read_facts(bytes);
    manifest.chunk_size = facts ? audio_chunk_size : file_chunk_size;
    if (facts) describe(manifest, std::move(*facts));
    return manifest;
}

} // namespace cifra::media
