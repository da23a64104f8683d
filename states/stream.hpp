// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a session knows of one stream: its state, its item's form, and the window that READ opened.
#pragma once

#include "proto/messages.hpp"
#include "states/machine.hpp"

namespace cifra::states {

struct StreamInfo {
    StreamInfo(Role role, Direction direction, std::uint32_t stream) : id(stream), machine(role, direction) {}

    std::uint32_t id;
    StreamMachine machine;
    std::uint64_t size = 0;       // of the item, bytes
    std::uint32_t chunk_size = 0; // bytes
    std::uint64_t chunks = 0;     // of the item

    std::uint32_t read_id = 0; // 0: no READ yet
    std::uint64_t first = 0;   // of the window
    std::uint64_t end = 0;     // behind its last chunk
    std::uint64_t next = 0;    // to be sent or received

    std::uint64_t sent = 0, received = 0; // DATA, for CLOSE

    bool sends(Role me) const { return (machine.direction() == Direction::download) == (me == Role::server); }
    bool ready() const { return machine.state() == Stream::data && next < end; }
    void describe(const proto::Manifest& manifest) {
        size = manifest.size;
        chunk_size = manifest.chunk_size;
        chunks = proto::chunk_count(size, chunk_size);
    }
    // A READ that arrived. False: R-45 is broken.
    bool accept(const proto::Read& read);
    // A DATA that arrived: take it, discard it (older read id), or refuse it.
    enum class Verdict : std::uint8_t { take, discard, refuse };
    Verdict accept(const proto::Data& data);
};

} // namespace cifra::states
