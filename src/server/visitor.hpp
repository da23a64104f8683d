// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One client's connection: answers what its session asks, and logs.
#pragma once

#include "net/connection.hpp"
#include "server/service.hpp"

#include <botan/auto_rng.h>
#include <boost/asio/strand.hpp>

#include <map>

namespace cifra::server {

class Visitor final : public net::Handler, public std::enable_shared_from_this<Visitor> {
  public:
    Visitor(net::tcp::socket& socket, Service& service, std::uint64_t number, HalfOpen::Place place);
    ~Visitor() override;

    // Call on the thread of the socket.
    void start(net::tcp::socket socket);
    // Any thread. The server stops: without a stream the session ends at once, else when its streams do and what was to
    // be said of them is said; `now` waits for nobody.
    void drain(bool now);
    // Any thread. The session ends at once if device or person are no longer let in.
    void examine();

  private:
    void on_event(states::Event& event) override;
    void on_end(const states::event::Ended& end) override;
    void after_step() override;
    void on_exception(const std::exception& error) override;
    bool read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes chunk) override;

    void answer_list(const proto::List& list);
    void answer_open(const proto::Open& open);
    void end_stream(std::uint32_t stream);
    void drain_here(bool now);
    void wake();

    // Plays and saves, and what of them is licensed: visitor_plays.cpp.
    struct Outgoing {
        std::shared_ptr<const MediaSource> source;
        std::uint32_t chunk_size = 0;
        std::string name;
        std::optional<Lending::Play> play;
        std::uint64_t allowed = 0, sent = 0; // chunks, over this connection
        bool asking = false;                 // for a larger allowance
    };
    std::string borrower() const;
    void open_download(const proto::Open& open);
    void refuse_open(const proto::Open& open, proto::ErrorCode code);
    void licensed(const proto::Open& open, const Item& item, Outgoing outgoing, const Outcome<Lending::Play>& play);
    void send_item(const proto::Open& open, const Item& item, Outgoing outgoing, const proto::Terms& terms);
    void extend(std::uint32_t stream, Outgoing& outgoing);
    void extended(std::uint32_t stream, const Outcome<std::uint64_t>& chunks);
    void extend_later(std::uint32_t stream);
    bool more_is_wanted(std::uint32_t stream) const;
    void fail_download(std::uint32_t stream, proto::ErrorCode code);
    void end_download(std::uint32_t stream, bool over);
    void drop_play(const Outgoing& outgoing, bool over);
    void keep_alive();
    void beat();
    void answer_licence(const proto::LicenceRequest& asked);
    void tell_terms(const proto::LicenceRequest& asked, const Outcome<proto::Terms>& terms);
    void tell_page(proto::Catalogue page);
    void tell_page_with(proto::Catalogue page, const Outcome<std::vector<proto::Terms>>& terms);

    // Who it is: visitor_login.cpp.
    void verify(const states::event::VerifyPeer& request);
    void verify_ticket(const states::event::VerifyTicket& request);
    void refuse(crypto::Party party, const Denial& denial);
    void welcome();
    states::ServerSession::Welcome greeting();
    void examine_here();
    void withdraw(const Denial& denial, crypto::Party party);
    void enrol(const proto::Enrolment& asked);
    void enrolled(const std::string& name, const std::optional<EnrolmentDesk::Answer>& answer);
    void log_enrolment(const std::string& name, const EnrolmentDesk::Answer& answer);

    // Uploads: visitor_uploads.cpp. The disk works on a strand of the upload's own.
    using DiskStrand = boost::asio::strand<boost::asio::thread_pool::executor_type>;
    struct Incoming {
        std::shared_ptr<Upload> upload;
        std::shared_ptr<DiskStrand> strand;
        std::uint64_t first = 0, chunks = 0; // of the window; of the file
        bool failed = false;
    };
    void open_upload(const proto::Open& open);
    void upload_opened(const proto::Open& open, const Outcome<std::shared_ptr<Upload>>& outcome);
    std::uint64_t upload_window(std::uint32_t chunk_size) const;
    void take_chunk(std::uint32_t stream, std::uint64_t index, ByteView bytes);
    void chunk_written(std::uint32_t stream, std::uint64_t index, const Outcome<void>& outcome);
    void finish_upload(std::uint32_t stream, bool counts_agree);
    void leave(const Incoming& incoming);

    Service& service_;
    SettingsPtr settings_;
    std::uint64_t number_;
    std::string address_;
    HalfOpen::Place place_; // until OK, or until the connection is gone: it is not free when it only failed
    net::asio::any_io_executor executor_;
    Botan::RandomNumberGenerator& rng_;
    states::ServerSession session_;
    struct Proven {
        Guest guest;
        std::vector<Bytes> chain;
    };
    std::optional<Proven> device_, user_;
    std::weak_ptr<net::Connection> connection_; // which holds us while it runs
    std::map<std::uint32_t, Outgoing> outgoing_;
    std::map<std::uint32_t, Incoming> incoming_;
    net::asio::steady_timer heartbeat_;
    bool beating_ = false;
    states::Phase phase_{};
    std::uint64_t stalls_ = 0, rotations_ = 0; // told to the service so far
    bool draining_ = false, by_ticket_ = false, withdrawn_ = false;
};

} // namespace cifra::server
