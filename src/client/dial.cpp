// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/dial.hpp"

#include "client/aside.hpp"

#include <boost/asio/connect.hpp>

namespace cifra::client {

using net::awaitable;

namespace {

constexpr std::chrono::seconds connect_time{10};

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

} // namespace

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

} // namespace cifra::client
