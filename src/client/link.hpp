// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One logged-in connection: requests that can be awaited, and chunks that are handed to whoever asked for them.
#pragma once

#include "client/dial.hpp"
#include "client/identity.hpp"
#include "net/connection.hpp"
#include "states/client_session.hpp"

#include <botan/auto_rng.h>

#include <functional>
#include <map>
#include <optional>

namespace cifra::client {

// Takes the chunks of one download, in order; called on the connection's thread and must not block for long.
using ChunkSink = std::function<void(std::uint64_t index, ByteView bytes)>;
// Gives the bytes of one chunk of an upload. False: they cannot be read.
using ChunkFiller = std::function<bool(std::uint64_t index, MutableBytes out)>;

class Link final : public net::Handler, public std::enable_shared_from_this<Link> {
  public:
    // Connects and logs in. Throws Failure, or Lost when a later try may succeed.
    static net::awaitable<std::shared_ptr<Link>> connect(const Settings& settings, Identity& identity,
                                                         Interrupt& interrupt);
    ~Link() override;

    // All entries that match, over as many pages as it takes.
    net::awaitable<std::vector<proto::Entry>> list(const std::string& query);
    // Throws Failure when the server refuses, or when publisher_roots are configured and none of these publishers has
    // signed the item.
    net::awaitable<proto::Opened> open(proto::Mode mode, const proto::Id16& item, const proto::Id16& play);
    net::awaitable<proto::Opened> open_upload(const proto::Upload& upload);
    // What may be done with an item now, after it was renewed or given back if that is asked for. Throws Failure when
    // the server refuses.
    net::awaitable<proto::LicenceReply> licence(proto::LicenceAction action, const proto::Id16& item,
                                                std::string voucher = {});

    // A window on a download: a new one (replaces), or a larger one (extends).
    void read(std::uint32_t stream, std::uint64_t first, std::uint32_t count, ChunkSink sink);
    void extend(std::uint32_t stream, std::uint32_t count);
    void fill_from(std::uint32_t stream, ChunkFiller filler);
    // Returns when `done` says so, asked after every step. Throws Lost or Failure when the session or that stream ends
    // before, Lost at the deadline.
    net::awaitable<void> until(std::uint32_t stream, std::function<bool()> done,
                               states::Instant deadline = states::Instant::max());
    // Whether the server has ended this stream by an error; and that error, thrown as until() does.
    bool failed(std::uint32_t stream) const { return refused_.contains(stream); }
    void check(std::uint32_t stream) const {
        if (const auto found = refused_.find(stream); found != refused_.end()) refused(found->second);
    }
    // Ends the stream; a download's counts must agree, an upload must be durable, for which the server has
    // `more` time than for other answers.
    net::awaitable<void> close(std::uint32_t stream, std::chrono::seconds more = {});
    // Ends the session, politely.
    net::awaitable<void> bye();
    // The same without waiting for it: nobody is told of anything any more.
    void leave();
    // From elsewhere on the same thread: let until() look again.
    void poke();

    const proto::LoginOk& who() const { return who_; }
    const states::ClientSession& session() const { return *session_; }
    bool alive() const { return !end_.has_value(); }

  private:
    Link(const Settings& settings, Identity& identity, Interrupt& interrupt,
         const net::asio::any_io_executor& executor);
    void start(net::tcp::socket socket);
    void stop(Failure failure);
    void on_event(states::Event& event) override;
    void on_end(const states::event::Ended& end) override;
    void after_step() override;
    bool read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes chunk) override;
    void verify(const states::event::VerifyPeer& request);
    void sign(const states::event::Sign& request);
    void sign_as_device(const states::event::Sign& request);
    void no_scheme(const crypto::Credential& credential);
    void choose_user(const states::event::ChooseUser& request);
    void aside_for_person(net::awaitable<void> work);
    net::awaitable<void> introduce(std::shared_ptr<const Wanted> wanted);
    net::awaitable<void> sign_as_user(states::event::Sign request);
    net::awaitable<void> with_person(std::function<void(Person&)> work);
    void give_up_login(const Failure& failure);
    void stop_asking();
    void note_login(const proto::LoginOk& who);
    bool ticket_refused() const;
    net::awaitable<void> changed();
    [[noreturn]] void give_up();
    [[noreturn]] static void refused(proto::ErrorCode code);
    states::Instant answer_time() const { return std::chrono::steady_clock::now() + settings_.answer_within; }
    // Nothing: the catalogue changed between two pages.
    net::awaitable<std::optional<std::vector<proto::Entry>>> list_once(const std::string& query);
    net::awaitable<std::optional<proto::Catalogue>> list_page(const proto::Catalogue& before, const std::string& query);
    void demand_publisher(const proto::Opened& opened);
    net::awaitable<proto::Opened> await_opened(std::optional<std::uint32_t> request);

    const Settings& settings_;
    Identity& identity_;
    Botan::AutoSeeded_RNG rng_;
    std::unique_ptr<states::ClientSession> session_;
    Interrupt& interrupt_;
    Interrupt::Token on_interrupt_;
    std::weak_ptr<net::Connection> connection_; // which holds us while it runs
    net::asio::steady_timer signal_;
    proto::LoginOk who_;
    const crypto::Credential* user_ = nullptr; // chosen; belongs to the Person
    bool logged_in_ = false;
    int asking_ = 0; // for the person's key
    std::optional<states::event::Ended> end_;
    std::optional<Failure> failure_; // found on our side: the server's proof, our key
    std::map<std::uint32_t, proto::Catalogue> catalogues_;
    std::map<std::uint32_t, proto::Opened> opened_;
    std::map<std::uint32_t, proto::LicenceReply> licences_;
    std::map<std::uint32_t, proto::ErrorCode> refused_; // requests and streams
    std::map<std::uint32_t, bool> closed_;              // streams: whether the counts agreed
    std::map<std::uint32_t, ChunkSink> sinks_;
    std::map<std::uint32_t, ChunkFiller> fillers_;
};

// What to tell the user of an end of session or of a refusal.
Failure failure_of(const states::event::Ended& end, bool logged_in);
Failure failure_of(proto::ErrorCode code, const std::string& subject);

} // namespace cifra::client
