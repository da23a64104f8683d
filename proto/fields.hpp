// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_proto. Fields that several messages share: section 8.1 and 8.2.
#pragma once

#include "proto/codec.hpp"
#include "proto/frame.hpp"
#include "proto/messages.hpp"

#include <bit>

namespace cifra::proto {

inline std::uint32_t read_chunk_size(Reader& reader) {
    const auto size = reader.u32();
    reader.demand(size >= min_chunk && size <= max_chunk && std::has_single_bit(size));
    return size;
}

//
inline std::string read_plain_text(Reader& reader, std::size_t at_most = 0xFFFF) {
    auto text = reader.str16(at_most);
    reader.demand(!has_control_characters(text), Fault::bad_text);
    return text;
}

inline std::string read_item_name(Reader& reader) {
    auto name = read_plain_text(reader, max_item_name);
    reader.demand(!name.empty());
    return name;
}

// terms.cpp
void write_terms(Writer& writer, const Terms& terms);
Terms read_terms(Reader& reader);

// n u8 (0 to 4) ‖ n × bytes24 ‖ [n > 0: scheme u16 ‖ signature bytes16]. signed_manifest.cpp.
void write_signature(Writer& writer, const ManifestSignature& signature);
ManifestSignature read_signature(Reader& reader);

} // namespace cifra::proto
