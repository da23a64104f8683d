// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a session knows of one stream: its state, its item's form, and the window that READ opened.
#pragma once

#include "crypto/hash_tree.hpp"
#include "proto/messages.hpp"
#include "states/machine.hpp"

namespace cifra::states {

struct StreamInfo {
    StreamInfo(Role role, Direction direction, std::uint32_t stream) : id(stream), machine(role, direction) {}

    std::uint32_t id;
    StreamMachine machine;
    std::uint64_t size = 0;               // of the item, bytes
    std::uint32_t chunk_size = 0;         // bytes
    std::uint64_t chunks = 0;             // of the item
    std::optional<crypto::TreeHash> root; // of a signed item

    std::uint32_t read_id = 0; // 0: no READ yet
    std::uint64_t first = 0;   // of the window
    std::uint64_t end = 0;     // behind its last chunk
    std::uint64_t next = 0;    // to be sent or received

    std::uint64_t sent = 0, received = 0;   // DATA, for CLOSE
    std::optional<std::uint64_t> allowance; // DATA that may still be sent; none: as many as are asked for

    bool sends(Role me) const { return (machine.direction() == Direction::download) == (me == Role::server); }
    bool ready() const { return machine.state() == Stream::data && next < end && allowance != 0U; }
    void describe(const proto::Opened& opened) {
        size = opened.manifest.size;
        chunk_size = opened.chunk_size;
        chunks = proto::chunk_count(size, chunk_size);
        if (opened.is_signed()) root = opened.manifest.root;
    }
    // Bytes of the path of a chunk.
    std::size_t path_size(std::uint64_t index) const {
        return root ? crypto::path_length(size, chunk_size, index) * proto::path_hash_size : 0;
    }
    // A READ that arrived. False: R-45 is broken.
    bool accept(const proto::Read& read);
    // A DATA that arrived: take it, discard it (older read id), or refuse it.
    enum class Verdict : std::uint8_t { take, discard, refuse };
    Verdict accept(const proto::Data& data);
    bool proven(const proto::Data& data) const {
        return !root || crypto::proves(*root, size, chunk_size, data.header.index, data.chunk, data.path);
    }
};

} // namespace cifra::states
