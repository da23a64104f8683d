// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Brings one track from the server to the player: turns what the player's buffer demands into OPEN, READ and CLOSE.
#pragma once

#include "client/app.hpp"
#include "client/playback/buffered_track.hpp"

namespace cifra::client {

class Feed : public std::enable_shared_from_this<Feed> {
  public:
    // `poke` is called on the io thread when there may be something to do.
    static std::shared_ptr<Feed> make(net::asio::io_context& io, const proto::Entry& entry, std::function<void()> poke);

    const std::shared_ptr<playback::BufferedTrack>& track() const { return track_; }
    // Whether serve() has something to do.
    bool waiting(const Link& link) const;
    // Does it. Throws Lost.
    net::awaitable<void> serve(Link& link);
    // Whether all has come that was asked for.
    bool satisfied(const Link& link) const;
    // A new connection: what was open is not any more. `status` is shown until the track is open again.
    void lost(const std::string& status);

  private:
    std::uint64_t wanted(const Link& link) const;
    explicit Feed(const proto::Entry& entry) : entry_(entry) {}
    net::awaitable<void> open(Link& link);
    net::awaitable<void> follow(Link& link);
    void grant(Link& link);
    void take(const playback::Demand& demand);

    proto::Entry entry_;
    proto::Id16 play_{};
    std::shared_ptr<playback::BufferedTrack> track_;
    playback::Demand demand_;
    std::uint32_t stream_ = 0;          // 0: not open at the server
    std::uint64_t generation_ = 0;      // that the present READ serves
    std::uint64_t first_ = 0, end_ = 0; // its window, chunks
    // What the track was when it was first opened, until the player leaves it: it may not become another one meanwhile.
    std::optional<proto::Manifest> manifest_;
    std::uint32_t chunk_size_ = 0; // of the present connection
    std::uint64_t chunks_ = 0;
    std::uint64_t failed_ = 0; // the generation of the demand that cannot be served; a later one is tried again
};

} // namespace cifra::client
