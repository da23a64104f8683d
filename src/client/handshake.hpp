// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A connection that is no login: it looks at the server's certificates, or asks to be enrolled, and is over.
#pragma once

#include "client/dial.hpp"
#include "client/link.hpp"

namespace cifra::client {

class Handshake final : public net::Handler, public std::enable_shared_from_this<Handshake> {
  public:
    // Whether this server is the right one. Nothing: it is not, and learns no more of us.
    using Trust = std::function<std::optional<crypto::PeerVerified>(const std::vector<Bytes>& chain)>;
    struct Outcome {
        std::vector<Bytes> server_chain; // what it showed, leaf first; empty: it did not come to that
        bool takes_enrolment = false;
        std::optional<proto::EnrolmentStatus> answer;
    };

    // Only looks: no device is shown. Throws Lost, Failure.
    static net::awaitable<Outcome> look(const Settings& settings, Interrupt& interrupt, Trust trust);
    // sends `request` to a server that is trusted. Throws Lost, Failure.
    static net::awaitable<Outcome> enrol(const Settings& settings, Interrupt& interrupt, Trust trust,
                                         const proto::Enrolment& request, crypto::Signer& device);

  private:
    Handshake(states::ClientOffer offer, Trust trust, crypto::Signer* device,
              const net::asio::any_io_executor& executor);
    static net::awaitable<Outcome> run(const Settings& settings, Interrupt& interrupt, states::ClientOffer offer,
                                       Trust trust, crypto::Signer* device);
    void on_event(states::Event& event) override;
    void on_end(const states::event::Ended& end) override;
    bool read_chunk(std::uint32_t, std::uint64_t, MutableBytes, MutableBytes) override { return false; }
    void verify(const states::event::VerifyPeer& request);
    void sign(const states::event::Sign& request);
    [[noreturn]] void tell() const;

    Botan::AutoSeeded_RNG rng_;
    states::ClientSession session_;
    Trust trust_;
    crypto::Signer* device_;
    bool only_looks_;
    std::weak_ptr<net::Connection> connection_;
    net::asio::steady_timer over_;
    Outcome outcome_;
    std::optional<states::event::Ended> end_;
    std::optional<Failure> failure_;
};

} // namespace cifra::client
