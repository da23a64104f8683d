// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Accepts connections and spreads them over the threads, one io_context each.
#pragma once

#include "server/visitor.hpp"

#include <set>
#include <thread>

namespace cifra::server {

// An address cannot be listened on: which, why, and what to do.
struct ListenError : std::runtime_error {
    ListenError(const std::string& what, std::string remedy_) : std::runtime_error(what), remedy(std::move(remedy_)) {}
    std::string remedy;
};

class Listener {
  public:
    // Binds all addresses, so that a port which is taken is told at once; throws ListenError.
    Listener(Service& service, net::asio::io_context& main);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Listens, starts the threads and accepts; returns at once. Throws ListenError.
    void start();
    // Any thread. Who is let in has changed: each visitor looks whether that is still so.
    void examine();
    // Accepts no more; sessions end with their streams, all of them after `patience`; then `done` is called on the main
    // context.
    void drain(std::chrono::seconds patience, std::function<void()> done);

  private:
    struct Door {
        net::tcp::acceptor acceptor;
        net::asio::steady_timer pause;
    };
    void open(const ListenAddress& address);
    net::awaitable<void> accept_from(Door& door);
    void admit(net::tcp::socket socket);
    void note_refusal(const std::string& address, std::string_view reason);
    void receive(net::tcp::socket socket, std::uint64_t number, HalfOpen::Place place);
    std::vector<std::shared_ptr<Visitor>> visitors();
    net::awaitable<void> wait_until_empty(std::chrono::seconds patience, std::function<void()> done);

    Service& service_;
    net::asio::io_context& main_;
    std::vector<std::unique_ptr<net::asio::io_context>> contexts_;
    std::vector<net::asio::executor_work_guard<net::asio::io_context::executor_type>> guards_;
    std::vector<std::thread> threads_;
    std::vector<std::unique_ptr<Door>> doors_;
    std::size_t next_ = 0;
    std::uint64_t number_ = 0;
    std::uint64_t refused_ = 0; // since the last line about it
    std::chrono::steady_clock::time_point next_refusal_line_;
    std::mutex mutex_; // of what follows
    std::vector<std::weak_ptr<Visitor>> visitors_;
    bool draining_ = false; // written by the main thread only
};

} // namespace cifra::server
