// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/link.hpp"

#include "client/dial.hpp"
#include "client/offer.hpp"

namespace cifra::client {

using net::awaitable;
using states::Event;
namespace event = states::event;

namespace {

constexpr std::chrono::milliseconds look_again{500}; // so that what is shown of a transfer that stands still is true

states::Instant now() { return std::chrono::steady_clock::now(); }

} // namespace

Link::Link(const Settings& settings, Identity& identity, Interrupt& interrupt,
           const net::asio::any_io_executor& executor)
    : settings_(settings),
      identity_(identity),
      session_(std::make_unique<states::ClientSession>(make_offer(settings, identity), rng_, now())),
      interrupt_(interrupt),
      signal_(executor) {}

Link::~Link() = default;

awaitable<std::shared_ptr<Link>> Link::connect(const Settings& settings, Identity& identity, Interrupt& interrupt) {
    for (;;) {
        auto socket = co_await dial(settings, interrupt);
        const std::shared_ptr<Link> link(new Link(settings, identity, interrupt, socket.get_executor()));
        link->start(std::move(socket));
        co_await link->until(0, [&link] { return link->logged_in_ || link->ticket_refused(); });
        if (link->logged_in_) co_return link;
        identity.tickets().forget(); // once more, by the key
    }
}

void Link::start(net::tcp::socket socket) {
    const auto connection = std::make_shared<net::Connection>(std::move(socket), *session_, *this, shared_from_this());
    connection_ = connection;
    on_interrupt_ = interrupt_.call([this] { stop(Failure(Exit::interrupted, "interrupted")); });
    session_->start();
    connection->start();
}

void Link::poke() { signal_.cancel(); }

// Ends the session for a reason of our own.
void Link::stop(Failure failure) {
    if (!failure_) failure_ = std::move(failure);
    if (const auto connection = connection_.lock()) {
        session_->bye(now());
        connection->wake();
    }
    poke();
}

awaitable<void> Link::changed() {
    signal_.expires_after(look_again);
    net::ErrorCode ignored;
    co_await signal_.async_wait(net::asio::redirect_error(net::use_awaitable, ignored));
}

void Link::give_up() {
    if (failure_) throw Failure(*failure_);
    const auto failure = failure_of(*end_, logged_in_);
    const bool passing = end_->how == event::How::truncated || end_->how == event::How::timeout ||
                         end_->how == event::How::clean || failure.status == Exit::lost ||
                         failure.status == Exit::unreachable;
    if (passing) throw Lost(failure.what(), failure.status, failure.remedy);
    throw Failure(failure);
}

// What may be granted at another time is no end.
void Link::refused(proto::ErrorCode code) {
    const auto failure = failure_of(code, "");
    if (failure.status == Exit::lost) throw Lost(failure.what(), failure.status, failure.remedy);
    throw Failure(failure);
}

awaitable<void> Link::until(std::uint32_t stream, std::function<bool()> done, states::Instant deadline) {
    const auto self = shared_from_this();
    const auto patience = deadline - now();
    std::size_t underway = 0;
    for (;;) {
        if (failure_) throw Failure(*failure_);
        if (done()) co_return;
        if (end_) give_up();
        check(stream);
        // What the server has not yet got it cannot answer.
        if (const auto connection = connection_.lock(); connection && deadline != states::Instant::max()) {
            const auto left = connection->underway();
            if (std::exchange(underway, left) != left) deadline = now() + patience;
        }
        if (now() >= deadline)
            throw Lost("the server did not answer in time", Exit::lost, "run the same command again");
        co_await changed();
    }
}

void Link::after_step() { poke(); }

void Link::on_end(const event::Ended& end) {
    end_ = end;
    stop_asking();
    poke();
}

void Link::on_event(Event& happened) {
    try {
        if (auto* chunk = std::get_if<event::ChunkArrived>(&happened)) {
            if (const auto sink = sinks_.find(chunk->stream); sink != sinks_.end())
                sink->second(chunk->index, chunk->bytes);
        } else if (auto* verify_peer = std::get_if<event::VerifyPeer>(&happened)) {
            verify(*verify_peer);
        } else if (auto* choice = std::get_if<event::ChooseUser>(&happened)) {
            choose_user(*choice);
        } else if (auto* to_sign = std::get_if<event::Sign>(&happened)) {
            sign(*to_sign);
        } else if (auto* login = std::get_if<event::LoggedIn>(&happened)) {
            note_login(login->who);
        } else if (auto* catalogue = std::get_if<event::CatalogueArrived>(&happened)) {
            catalogues_[catalogue->catalogue.request] = std::move(catalogue->catalogue);
        } else if (auto* opened = std::get_if<event::StreamOpened>(&happened)) {
            opened_[opened->opened.request] = std::move(opened->opened);
        } else if (auto* licence = std::get_if<event::LicenceArrived>(&happened)) {
            licences_[licence->reply.request] = licence->reply;
        } else if (auto* refusal = std::get_if<event::RequestRefused>(&happened)) {
            refused_[refusal->request] = refusal->code;
        } else if (auto* failed = std::get_if<event::StreamFailed>(&happened)) {
            refused_[failed->stream] = failed->code;
        } else if (auto* closed = std::get_if<event::StreamClosed>(&happened)) {
            closed_[closed->stream] = closed->counts_agree;
        } else if (auto* accepted = std::get_if<event::UploadAccepted>(&happened)) {
            closed_[accepted->stream] = true;
        }
    } catch (const Failure& failure) {
        stop(failure);
    } catch (const std::exception& error) {
        stop(Failure(Exit::internal, error.what()));
    }
    poke();
}

bool Link::read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes, MutableBytes out) {
    const auto filler = fillers_.find(stream);
    return filler != fillers_.end() && filler->second(index, out);
}

} // namespace cifra::client
