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
    static std::shared_ptr<Feed> make(App& app, const proto::Entry& entry, std::function<void()> poke);

    const std::shared_ptr<playback::BufferedTrack>& track() const { return track_; }
    // Whether serve() has something to do.
    bool waiting(const Link& link) const;
    // Does it. Throws Lost.
    net::awaitable<void> serve(Link& link);
    // Whether all has come that was asked for.
    bool satisfied(const Link& link) const;
    // Why the track failed, when the server refused it.
    const std::optional<Failure>& refusal() const { return refusal_; }
    // A new connection: what was open is not any more. `status` is shown until the track is open again.
    void lost(const std::string& status);

  private:
    std::uint64_t wanted(const Link& link) const;
    Feed(App& app, const proto::Entry& entry);
    net::awaitable<void> open(Link& link);
    net::awaitable<void> follow(Link& link);
    net::awaitable<std::optional<Failure>> try_to_follow(Link& link);
    net::awaitable<std::optional<Failure>> after_denial(Link& link, const Failure& denial);
    void begin_play();
    void grant(Link& link);
    void take(const playback::Demand& demand);

    App& app_;
    proto::Entry entry_;
    // Of all streams from an OPEN to the CLOSE: a seek, a pause or a reconnection is no new play, to come back is one.
    proto::Id16 play_{};
    bool begun_ = false;   // this play was granted
    bool renewed_ = false; // the licence was, for want of which a stream ended
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
    std::optional<Failure> refusal_;
};

} // namespace cifra::client
