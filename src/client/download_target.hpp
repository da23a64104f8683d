// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a download go: a file, or standard output. Counted in bytes, as the size of a chunk may be another
// one after a reconnection.
#pragma once

#include "client/interrupt.hpp"
#include "proto/messages.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace cifra::client {

class Target {
  public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;

    // A connection begins, with chunks of this size.
    virtual void begin(std::uint32_t chunk_size) = 0;
    virtual std::uint64_t next_byte() const = 0; // the first that is missing
    // What comes next; it may begin before next_byte(), as chunks do.
    virtual void write(std::uint64_t at, ByteView bytes) = 0;
    virtual std::uint64_t granted() const = 0; // bytes from the beginning that may be asked for
    virtual bool done() const = 0;
    // When done: makes it last. Throws Failure.
    virtual net::awaitable<void> finish(Interrupt& interrupt) = 0;
    // What to do when it stopped in the middle; may be empty.
    virtual std::string how_to_go_on() const = 0;
};

std::unique_ptr<Target> make_file_target(std::filesystem::path path, const proto::Manifest& manifest, bool force);
// `poke` is called, on any thread, when granted() or done() may have changed.
std::unique_ptr<Target> make_output_target(const proto::Manifest& manifest, std::function<void()> poke);

} // namespace cifra::client
