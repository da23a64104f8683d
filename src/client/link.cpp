// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/link.hpp"

#include "client/aside.hpp"
#include "client/offer.hpp"

#include <boost/asio/connect.hpp>

#include <ctime>

namespace cifra::client {

using net::awaitable;
using states::Event;
namespace event = states::event;

namespace {

constexpr std::chrono::seconds connect_time{10};
constexpr std::chrono::milliseconds look_again{500}; // so that what is shown of a transfer that stands still is true

states::Instant now() { return std::chrono::steady_clock::now(); }

constexpr const char* remedy = "check the address, and that cifrad runs there";

std::string where(const Settings& settings) { return settings.host + ":" + settings.port; }

[[noreturn]] void no_answer(const Settings& settings) {
    throw Lost("no answer from " + where(settings) + " within 10 s", Exit::unreachable, remedy);
}

[[noreturn]] void no_way(const Settings& settings, const net::ErrorCode& error) {
    throw Lost("cannot reach " + where(settings) + ": " + error.message(), Exit::unreachable, remedy);
}

// Not by Asio's own resolver: what it has begun must end before the program can.
awaitable<net::tcp::resolver::results_type> resolve(const Settings& settings, Interrupt& interrupt) {
    struct Answer {
        net::tcp::resolver::results_type addresses;
        net::ErrorCode error;
    };
    const auto answer = std::make_shared<Answer>();
    const std::function<void()> ask = [answer, host = settings.host, port = settings.port] {
        net::asio::io_context io;
        answer->addresses = net::tcp::resolver(io).resolve(host, port, answer->error);
    };
    const bool in_time = co_await aside(interrupt, ask, connect_time);
    if (!in_time) no_answer(settings);
    if (answer->error) no_way(settings, answer->error);
    co_return answer->addresses;
}

// The socket of the first address that answers; Lost with the last reason.
awaitable<net::tcp::socket> dial(const Settings& settings, Interrupt& interrupt) {
    const auto executor = co_await net::asio::this_coro::executor;
    const auto addresses = co_await resolve(settings, interrupt);
    net::tcp::socket socket(executor);
    net::asio::steady_timer patience(executor, connect_time);
    bool late = false;
    const auto stop = [&socket] {
        net::ErrorCode ignored;
        socket.close(ignored);
    };
    patience.async_wait([&late, stop](net::ErrorCode error) {
        if (error) return;
        late = true;
        stop();
    });
    const auto token = interrupt.call(stop);
    net::ErrorCode error;
    co_await net::asio::async_connect(socket, addresses, net::asio::redirect_error(net::use_awaitable, error));
    // A timer whose handler is already on its way refers to this frame.
    if (patience.cancel() == 0 && !late) co_await net::asio::post(executor, net::use_awaitable);
    interrupt.check();
    if (late) no_answer(settings);
    if (error) no_way(settings, error);
    co_return socket;
}

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
    auto socket = co_await dial(settings, interrupt);
    const std::shared_ptr<Link> link(new Link(settings, identity, interrupt, socket.get_executor()));
    link->start(std::move(socket));
    co_await link->until(0, [&link] { return link->logged_in_; });
    co_return link;
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
    poke();
}

void Link::on_event(Event& happened) {
    try {
        if (auto* chunk = std::get_if<event::ChunkArrived>(&happened)) {
            if (const auto sink = sinks_.find(chunk->stream); sink != sinks_.end())
                sink->second(chunk->index, chunk->bytes);
        } else if (auto* verify_peer = std::get_if<event::VerifyPeer>(&happened)) {
            verify(*verify_peer);
        } else if (std::holds_alternative<event::ChooseUser>(happened)) {
            choose_user();
        } else if (auto* to_sign = std::get_if<event::Sign>(&happened)) {
            sign(*to_sign);
        } else if (auto* login = std::get_if<event::LoggedIn>(&happened)) {
            who_ = login->who;
            logged_in_ = true;
        } else if (auto* catalogue = std::get_if<event::CatalogueArrived>(&happened)) {
            catalogues_[catalogue->catalogue.request] = std::move(catalogue->catalogue);
        } else if (auto* opened = std::get_if<event::StreamOpened>(&happened)) {
            opened_[opened->opened.request] = std::move(opened->opened);
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

void Link::verify(const event::VerifyPeer& request) {
    const auto peer = identity_.servers().validate(request.chain, std::time(nullptr), settings_.host);
    const auto connection = connection_.lock();
    if (!connection) return;
    if (peer) return connection->deliver(session_->verified(*peer, now()));
    failure_.emplace(Exit::not_trusted,
                     "the server at " + settings_.host + ":" + settings_.port +
                         " could not prove who it is; its certificate: " + std::string(crypto::describe(peer.error())),
                     std::string(crypto::remedy(peer.error())));
    connection->deliver(session_->verification_failed());
}

void Link::choose_user() {
    const auto connection = connection_.lock();
    if (!connection) return;
    const auto* user = identity_.user();
    connection->deliver(session_->identify(user == nullptr ? std::vector<Bytes>() : user->chain));
}

void Link::sign(const event::Sign& request) {
    const auto connection = connection_.lock();
    const auto* credential = request.party == crypto::Party::device ? &identity_.device() : identity_.user();
    if (!connection || credential == nullptr) return;
    const auto scheme = crypto::choose_scheme(credential->signer->schemes(), request.accepted, request.party);
    if (scheme) {
        const auto signature = credential->signer->sign(*scheme, request.content, rng_);
        if (signature) return connection->deliver(session_->signed_by(request.party, *scheme, *signature));
    }
    failure_.emplace(Exit::login_refused,
                     "the key of " + credential->name + " cannot make a signature that the server takes",
                     "ask the operator for a certificate of another key type");
    connection->deliver(session_->signing_failed());
}

bool Link::read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes out) {
    const auto filler = fillers_.find(stream);
    return filler != fillers_.end() && filler->second(index, out);
}

} // namespace cifra::client
