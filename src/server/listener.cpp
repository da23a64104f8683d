// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/listener.hpp"

#include <boost/asio/ip/v6_only.hpp>

namespace cifra::server {

using net::awaitable;
using net::tcp;

namespace {

constexpr std::chrono::milliseconds pause_without_descriptors{200}, drain_tick{100};

AddressKey key_of(const net::asio::ip::address& address) {
    if (address.is_v4()) return AddressKey::v4(address.to_v4().to_bytes());
    return AddressKey::v6(address.to_v6().to_bytes());
}

std::string show(const tcp::endpoint& end) {
    const auto host = end.address().to_string();
    return (end.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(end.port());
}

// What a handler throws is its own; the other connections of the thread go on.
void run(net::asio::io_context& context) {
    for (;;) try {
            context.run();
            return;
        } catch (const std::exception& error) {
            log(Level::error, "internal", {{"error", error.what()}});
        }
}

[[noreturn]] void refuse_to_listen(const tcp::endpoint& end, const net::ErrorCode& error) {
    throw ListenError("cannot listen on " + show(end) + ": " + error.message(),
                      error == net::asio::error::address_in_use
                          ? "stop what uses the port, or change 'listen' in the configuration"
                          : "check 'listen' in the configuration: it takes an address of this machine, and a port "
                            "that this user may use");
}

} // namespace

Listener::Listener(Service& service, net::asio::io_context& main) : service_(service), main_(main) {
    const auto settings = service.settings();
    for (const auto& address : settings->config.listen) open(address);
    const auto wanted = settings->config.server.threads;
    const auto count = wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) {
        contexts_.push_back(std::make_unique<net::asio::io_context>(1));
        guards_.push_back(net::asio::make_work_guard(*contexts_.back()));
    }
}

Listener::~Listener() {
    guards_.clear();
    for (const auto& context : contexts_) context->stop();
    for (auto& thread : threads_) thread.join();
}

void Listener::open(const ListenAddress& address) {
    const tcp::endpoint end(net::asio::ip::make_address(address.host), address.port);
    auto door = std::make_unique<Door>(Door{tcp::acceptor(main_), net::asio::steady_timer(main_)});
    net::ErrorCode error;
    door->acceptor.open(end.protocol(), error);
    if (!error) door->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && end.address().is_v6()) door->acceptor.set_option(net::asio::ip::v6_only(true), error);
    if (!error) door->acceptor.bind(end, error);
    if (error) refuse_to_listen(end, error);
    doors_.push_back(std::move(door));
}

void Listener::start() {
    for (const auto& door : doors_) {
        const auto end = door->acceptor.local_endpoint();
        net::ErrorCode error;
        door->acceptor.listen(1024, error);
        if (error) refuse_to_listen(end, error); // somebody was quicker
        log(Level::info, "listening", {{"address", show(end)}});
    }
    for (const auto& context : contexts_) threads_.emplace_back([&context] { run(*context); });
    for (const auto& door : doors_) net::asio::co_spawn(main_, accept_from(*door), net::asio::detached);
}

awaitable<void> Listener::accept_from(Door& door) {
    while (!draining_) {
        auto& context = *contexts_[next_++ % contexts_.size()];
        net::ErrorCode error;
        auto socket =
            co_await door.acceptor.async_accept(context, net::asio::redirect_error(net::use_awaitable, error));
        if (!error) {
            admit(std::move(socket));
        } else if (error != net::asio::error::operation_aborted) {
            // No descriptors are left, or the client went away: wait rather than spin.
            log(Level::warning, "accept", {{"error", error.message()}});
            door.pause.expires_after(pause_without_descriptors);
            co_await door.pause.async_wait(net::asio::redirect_error(net::use_awaitable, error));
        }
    }
}

void Listener::admit(tcp::socket socket) {
    net::ErrorCode error;
    const auto end = socket.remote_endpoint(error);
    if (error) return;
    HalfOpen::Place place;
    const auto admission = service_.half_open.admit(key_of(end.address()), place);
    if (admission != Admission::admitted) {
        note_refusal(end.address().to_string(), name_of(admission));
        return; // closed without a word
    }
    const auto executor = socket.get_executor();
    net::asio::post(executor,
                    [this, number = ++number_, socket = std::move(socket), place = std::move(place)]() mutable {
                        receive(std::move(socket), number, std::move(place));
                    });
}

// A flood must not fill the disk with the log: a line a second, with the number of those that it stands for.
void Listener::note_refusal(const std::string& address, std::string_view reason) {
    ++refused_;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_refusal_line_) return;
    next_refusal_line_ = now + std::chrono::seconds(1);
    log(Level::warning, "not_admitted",
        {{"address", address}, {"reason", reason}, {"count", std::exchange(refused_, 0)}});
}

// On the thread of the socket. The visitor is known before it starts, or a drain could miss it.
void Listener::receive(tcp::socket socket, std::uint64_t number, HalfOpen::Place place) {
    const auto visitor = std::make_shared<Visitor>(socket, service_, number, std::move(place));
    bool draining = false;
    {
        const std::lock_guard lock(mutex_);
        if (visitors_.size() > 64 && (number & 63) == 0)
            std::erase_if(visitors_, [](const auto& weak) { return weak.expired(); });
        visitors_.push_back(visitor);
        draining = draining_;
    }
    visitor->start(std::move(socket));
    if (draining) visitor->drain(false);
}

std::vector<std::shared_ptr<Visitor>> Listener::visitors() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Visitor>> alive;
    for (const auto& weak : visitors_)
        if (auto visitor = weak.lock()) alive.push_back(std::move(visitor));
    return alive;
}

void Listener::examine() {
    for (const auto& visitor : visitors()) visitor->examine();
}

void Listener::drain(std::chrono::seconds patience, std::function<void()> done) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(draining_, true)) return;
    }
    net::ErrorCode ignored;
    for (const auto& door : doors_) door->acceptor.close(ignored);
    net::asio::co_spawn(main_, wait_until_empty(patience, std::move(done)), net::asio::detached);
}

awaitable<void> Listener::wait_until_empty(std::chrono::seconds patience, std::function<void()> done) {
    const auto until = std::chrono::steady_clock::now() + patience;
    net::asio::steady_timer timer(main_);
    net::ErrorCode ignored;
    for (const auto& visitor : visitors()) visitor->drain(false);
    bool last_word = false;
    for (;;) {
        timer.expires_after(drain_tick);
        co_await timer.async_wait(net::asio::redirect_error(net::use_awaitable, ignored));
        auto left = visitors();
        if (left.empty()) break;
        const auto now = std::chrono::steady_clock::now();
        if (now >= until && !std::exchange(last_word, true))
            for (const auto& visitor : left) visitor->drain(true);
        if (now >= until + std::chrono::seconds(5)) break; // somebody does not even take our ERROR
    }
    done();
}

} // namespace cifra::server
