// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/interrupt.hpp"

#include "client/exit_code.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

namespace cifra::client {

namespace {

constexpr std::array end_us{SIGINT, SIGTERM, SIGHUP};

void end_at_once(int) { ::_exit(static_cast<int>(Exit::interrupted)); }

// Asio puts the default back when nobody listens to a signal any more, and a program that already leaves would die of
// it instead of giving its status. So this one listens, unheard, until the process is gone.
struct Unheard {
    Unheard() {
        for (const int signal : end_us) signals.add(signal);
    }
    net::asio::io_context io{1};
    net::asio::signal_set signals{io};
};

} // namespace

Interrupt::Interrupt(net::asio::io_context& io) : signals_(io) {}

void Interrupt::start() {
    if (std::exchange(started_, true)) return;
    static const auto* const unheard = new Unheard; // its destructor would put the default back
    (void)unheard;
    for (const int signal : end_us) signals_.add(signal);
    listen();
}

void Interrupt::happen() {
    happened_ = true;
    const auto actions = *actions_; // an action may end its own token
    for (const auto& action : actions) action();
}

void Interrupt::listen() {
    signals_.async_wait([this](net::ErrorCode error, int) {
        if (error) return;
        if (happened_) end_at_once(0);
        happen();
        listen();
    });
}

void Interrupt::check() const {
    if (happened_) throw Failure(Exit::interrupted, "interrupted");
}

void Interrupt::stop() {
    net::ErrorCode ignored;
    signals_.cancel(ignored);
}

void Interrupt::leave() const {
    if (!started_) return;
    for (const int signal : end_us) std::signal(signal, end_at_once);
}

net::awaitable<void> Interrupt::sleep(std::chrono::milliseconds time) {
    net::asio::steady_timer timer(co_await net::asio::this_coro::executor, time);
    const auto token = call([&timer] { timer.cancel(); });
    net::ErrorCode ignored;
    co_await timer.async_wait(net::asio::redirect_error(net::use_awaitable, ignored));
    check();
}

Interrupt::Token Interrupt::call(std::function<void()> action) {
    return {actions_, actions_->insert(actions_->end(), std::move(action))};
}

} // namespace cifra::client
