// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Moves bytes between one socket and one session: a reader and a writer coroutine, bounded buffers, a deadline on every
// wait. Everything runs on the one thread of the socket's io_context.
#pragma once

#include "net/asio.hpp"
#include "states/session.hpp"

namespace cifra::net {

// What a program does with a session's events. Called on the connection's thread; must not block for long.
class Handler : public states::ChunkSource {
  public:
    // VerifyPeer, Sign and the rest of events.hpp, but for None, MaySend and Ended.
    virtual void on_event(states::Event& event) = 0;
    // Once, when the session has ended; the socket may still be flushing.
    virtual void on_end(const states::event::Ended& end) = 0;
    // A chance to look at the session after every step: state changes for logs.
    virtual void after_step() {}
    // Something threw; the connection is ended.
    virtual void on_exception(const std::exception& error) { (void)error; }
};

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    // The session and the handler outlive the connection's run(); `keep` holds them.
    Connection(tcp::socket socket, states::Session& session, Handler& handler, std::shared_ptr<void> keep);

    // Starts reader, writer and timer; returns at once.
    void start();
    // The session was told something from outside (a request, bye, a verdict): seal, send, read on. Also takes the
    // event that such a call returned.
    void wake();
    void deliver(states::Event event);
    // Ends at once, without a word.
    void abort();

    tcp::socket& socket() { return socket_; }
    // Bytes that were sealed and that the other side's transport has not yet acknowledged.
    std::size_t underway();
    // Time in which the peer took not one byte of what waits for it, after which it is given up.
    static constexpr std::chrono::seconds write_patience{30};
    // What a peer may still send that is no longer listened to, in bytes, before its connection is cut.
    static constexpr std::size_t linger_bytes = 256 * 1024;

  private:
    awaitable<void> read_loop();
    awaitable<void> write_loop();
    awaitable<bool> send_all();
    awaitable<bool> wait_writable();
    awaitable<bool> more_input();
    awaitable<bool> wait_for(tcp::socket::wait_type what, std::chrono::steady_clock::duration patience);
    awaitable<void> linger();
    bool peek();
    void note_taken();
    void on_deadline();
    void run(awaitable<void> loop);
    void step_input();
    void note_end();
    void arm();
    void want(std::size_t missing);

    tcp::socket socket_;
    states::Session& session_;
    Handler& handler_;
    std::shared_ptr<void> keep_;
    states::Buffer in_, out_;
    asio::steady_timer wake_writer_, wake_reader_, deadline_;
    states::Instant armed_ = states::Instant::max();
    std::size_t low_water_ = 1;                 // SO_RCVLOWAT in force, bytes
    std::uint64_t handed_over_ = 0, taken_ = 0; // bytes for the kernel; of these acknowledged, when last looked at
    bool end_told_ = false, aborted_ = false;
    bool in_waits_ = false; // the reader waits for the socket
};

// Options of every socket of ours: no delay, little unsent data in the kernel.
void configure(tcp::socket& socket);

} // namespace cifra::net
