// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A server on loopback that logs everybody in and then does what the test says, in the io_context of the client's
// commands; and a client's App that dials it.
#pragma once

#include "client/app.hpp"
#include "crypto/hash_tree.hpp"
#include "net/connection.hpp"
#include "states/server_session.hpp"
#include "test/support/pki.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace cifra::test {

struct Visit;

// What it does. Left empty: it says nothing.
struct Manners {
    std::function<void(Visit&, const proto::List&)> list;
    std::function<void(Visit&, const proto::Open&)> open;
    std::function<void(Visit&, const proto::LicenceRequest&)> licence;
    std::function<void(Visit&, std::uint32_t stream)> upload_closed, closed;
    std::uint8_t content = 'x'; // of every byte of every item
    Bytes recording;            // what is sent instead, if it is not empty; its hash is not right
    std::uint32_t chunk_limit = 16'384;
};

struct Visit final : net::Handler {
    Visit(Manners& manners_, std::size_t number_);
    void on_event(states::Event& event) override;
    void on_end(const states::event::Ended&) override {}
    bool read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes chunk) override;

    Manners& manners;
    std::size_t number; // of the connection, from 0
    states::ServerSession session;
    std::weak_ptr<net::Connection> connection;
    std::uint64_t chunks_left = UINT64_MAX;  // then the connection is cut
    std::optional<proto::ErrorCode> verdict; // or that alone, on the stream
    std::optional<crypto::HashTree> tree;    // of the signed item that is handed out
    std::uint64_t altered = UINT64_MAX;      // this chunk of it has one wrong bit
};

class RogueServer {
  public:
    explicit RogueServer(net::asio::io_context& io);
    Manners manners;
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t visits() const { return visits_; }

  private:
    void accept();
    net::tcp::acceptor acceptor_;
    std::size_t visits_ = 0;
};

// A client and its server in a fresh folder.
struct Meeting {
    Meeting();
    ~Meeting();
    // Runs a command, or whatever takes the App; gives what it threw, if it did.
    std::optional<client::Failure> run(const std::function<net::awaitable<void>(client::App&)>& work);

    net::asio::io_context io{1};
    client::App app{io};
    RogueServer server{io};
    std::filesystem::path folder;
};

proto::Entry entry_of(std::uint8_t item, const std::string& name, std::uint64_t size = 40'000);
proto::Manifest manifest_of(const proto::Entry& entry, std::uint8_t content);
// The same, signed; its tree is the visit's.
proto::Opened signed_by(Visit& visit, const crypto::Credential& publisher, const proto::Open& open,
                        const proto::Entry& entry);
// Answers with these terms.
void allow(Visit& visit, const proto::Open& open, const proto::Entry& entry, const proto::Terms& terms);
void answer(Visit& visit, const proto::LicenceRequest& request, const proto::Terms& terms);
// One page with these entries.
std::function<void(Visit&, const proto::List&)> listing(std::vector<proto::Entry> entries);

} // namespace cifra::test
