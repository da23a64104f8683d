// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codec.hpp"
#include "proto/frame.hpp"
#include "proto/messages.hpp"

namespace cifra::proto {

void write_data_header(std::span<std::uint8_t, data_header_size> out, const DataHeader& header, std::size_t hashes) {
    Writer::require(hashes <= max_path);
    const auto bytes = Writer(data_header_size)
                           .u32(header.stream)
                           .u32(header.read_id)
                           .u64(header.index)
                           .u8(static_cast<std::uint8_t>(hashes))
                           .take();
    std::ranges::copy(bytes, out.begin());
}

Result<Data> decode_data(ByteView body) {
    Reader reader(body);
    Data message;
    message.header.stream = reader.u32();
    message.header.read_id = reader.u32();
    message.header.index = reader.u64();
    const std::size_t hashes = reader.u8();
    reader.demand(hashes <= max_path, Fault::too_large);
    message.path = reader.bytes(hashes * path_hash_size);
    reader.demand(reader.remaining() <= max_chunk, Fault::too_large);
    message.chunk = reader.rest();
    return reader.finish(message);
}

} // namespace cifra::proto
