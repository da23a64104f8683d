// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "net/connection.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace cifra::net {

namespace {

constexpr std::size_t write_budget = 256 * 1024; // bytes sealed but not yet in the kernel
constexpr int not_sent_low_water = 256 * 1024;
constexpr std::size_t read_small = 16 * 1024, read_large = 1024 * 1024;
constexpr std::chrono::seconds linger_time{2};

states::Instant now() { return std::chrono::steady_clock::now(); }

// Large buffers are lent to whichever connection of this thread is busy, so that idle ones hold none.
states::Buffer& spare() {
    thread_local states::Buffer buffer;
    return buffer;
}
void borrow(states::Buffer& buffer) {
    if (buffer.capacity() == 0) std::swap(buffer, spare());
}
void give_back(states::Buffer& buffer) {
    if (!buffer.empty() || buffer.capacity() == 0) return;
    if (buffer.capacity() > spare().capacity()) std::swap(buffer, spare());
    buffer.release();
}

bool again(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// Bytes that the peer's kernel has not yet acknowledged.
int unacknowledged(int socket) {
    int bytes = 0;
    return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

} // namespace

void configure(tcp::socket& socket) {
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.native_non_blocking(true, ignored);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent_low_water,
                 sizeof not_sent_low_water);
}

Connection::Connection(tcp::socket socket, states::Session& session, Handler& handler, std::shared_ptr<void> keep)
    : socket_(std::move(socket)),
      session_(session),
      handler_(handler),
      keep_(std::move(keep)),
      wake_writer_(socket_.get_executor()),
      wake_reader_(socket_.get_executor()),
      deadline_(socket_.get_executor()) {
    configure(socket_);
}

void Connection::start() {
    run(read_loop());
    run(write_loop());
    arm();
}

void Connection::run(awaitable<void> loop) {
    asio::co_spawn(socket_.get_executor(), std::move(loop), [self = shared_from_this()](std::exception_ptr thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            self->handler_.on_exception(error);
        }
        self->abort();
        self->deadline_.cancel();
        self->wake_reader_.cancel();
        self->wake_writer_.cancel();
    });
}

void Connection::wake() {
    note_end();
    if (session_.has_output() || session_.ended()) wake_writer_.cancel();
    if (session_.reading()) wake_reader_.cancel();
    arm();
}

void Connection::abort() {
    if (aborted_) return;
    aborted_ = true;
    ErrorCode ignored;
    socket_.close(ignored);
    const auto event = session_.tcp_ended();
    (void)event; // the end is read from the session
    wake();
}

void Connection::note_end() {
    if (end_told_ || !session_.ended() || !session_.end()) return;
    end_told_ = true;
    handler_.on_end(*session_.end());
}

void Connection::deliver(states::Event event) {
    using namespace states;
    const bool silent = std::holds_alternative<event::None>(event) || std::holds_alternative<event::MaySend>(event) ||
                        std::holds_alternative<event::Ended>(event);
    if (!silent) handler_.on_event(event);
    handler_.after_step();
    wake();
}

// A timer that is only moved forward when the session's deadline is earlier than what is armed: most deadlines only
// recede.
void Connection::arm() {
    const auto due = session_.deadline();
    if (session_.ended() || due == states::Instant::max()) return;
    if (armed_ <= due) return;
    armed_ = due;
    deadline_.expires_at(due);
    deadline_.async_wait([weak = weak_from_this()](ErrorCode error) {
        const auto self = weak.lock();
        if (!error && self && !self->aborted_) self->on_deadline();
    });
}

void Connection::on_deadline() {
    armed_ = states::Instant::max();
    // Bytes of a record that is not yet whole lie below the low-water mark: they are no silence.
    if (in_waits_ && peek()) step_input();
    want(session_.missing());
    note_taken();
    deliver(session_.timeout(now()));
}

std::size_t Connection::underway() {
    return out_.size() + static_cast<std::size_t>(std::max(0, unacknowledged(socket_.native_handle())));
}

void Connection::note_taken() {
    const auto waiting = static_cast<std::uint64_t>(std::max(0, unacknowledged(socket_.native_handle())));
    const auto before = std::exchange(taken_, handed_over_ - std::min(handed_over_, waiting));
    if (waiting != 0 && taken_ > before && session_.open()) session_.taken(now());
}

// --- reading ---

void Connection::step_input() {
    while (!in_.empty()) {
        auto step = session_.receive(in_.view(), now());
        if (step.consumed == 0) break;
        // The event may look into the buffer; consuming moves no bytes.
        in_.consume(step.consumed);
        deliver(std::move(step.event));
    }
}

// The kernel wakes us only for a whole record: waking for every segment costs more than the bytes do. What is missing
// of a record that has begun will come; nothing else is waited for, as the other side may be waiting for us.
void Connection::want(std::size_t missing) {
    const auto wanted = session_.open() && missing > read_small ? std::min(missing, read_large) : 1;
    if (wanted == low_water_) return;
    const int value = static_cast<int>(wanted);
    if (::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value) == 0) low_water_ = wanted;
}

// Takes what has arrived, whatever the low-water mark. The end of the stream is left for the reader to find.
bool Connection::peek() {
    borrow(in_);
    const auto room = in_.prepare(std::max(session_.missing(), read_small));
    const auto got = ::recv(socket_.native_handle(), room.data(), std::min(room.size(), read_large), 0);
    if (got > 0) in_.commit(static_cast<std::size_t>(got));
    give_back(in_);
    return got > 0;
}

awaitable<bool> Connection::more_input() {
    for (;;) {
        if (aborted_ || session_.ended()) co_return false;
        if (!session_.reading()) { // a verdict is being waited for
            wake_reader_.expires_at(states::Instant::max());
            ErrorCode ignored;
            co_await wake_reader_.async_wait(asio::redirect_error(use_awaitable, ignored));
            co_return true;
        }
        borrow(in_);
        const auto room =
            in_.prepare(std::max(session_.missing(), session_.open() && !in_.empty() ? read_large / 4 : read_small));
        const auto got = ::recv(socket_.native_handle(), room.data(), std::min(room.size(), read_large), 0);
        if (got > 0) {
            in_.commit(static_cast<std::size_t>(got));
            co_return true;
        }
        if (got == 0 || !again(errno)) {
            if (got < 0 && errno == EINTR) continue;
            co_return false;
        }
        want(session_.missing());
        give_back(in_);
        ErrorCode error;
        in_waits_ = true;
        co_await socket_.async_wait(tcp::socket::wait_read, asio::redirect_error(use_awaitable, error));
        in_waits_ = false;
        // A wait for room to write that lasted too long ends this one as well.
        if (error && error != asio::error::operation_aborted) co_return false;
    }
}

awaitable<void> Connection::read_loop() {
    const auto self = shared_from_this();
    std::size_t since_yield = 0;
    while (co_await more_input()) {
        const auto before = in_.size();
        step_input();
        since_yield += before;
        if (since_yield > 4 * read_large) { // others of this thread have their turn
            since_yield = 0;
            co_await asio::post(socket_.get_executor(), use_awaitable);
        }
    }
    if (!session_.ended()) deliver(session_.tcp_ended());
    wake();
}

// --- writing ---

// Whether the socket became ready before the patience ended.
awaitable<bool> Connection::wait_for(tcp::socket::wait_type what, std::chrono::steady_clock::duration time) {
    asio::steady_timer patience(socket_.get_executor(), time);
    bool out_of_patience = false;
    patience.async_wait([&out_of_patience, weak = weak_from_this()](ErrorCode error) {
        const auto self = weak.lock();
        if (error || !self) return;
        out_of_patience = true;
        ErrorCode ignored;
        self->socket_.cancel(ignored);
    });
    ErrorCode error;
    co_await socket_.async_wait(what, asio::redirect_error(use_awaitable, error));
    // The handler of a timer that was cancelled may still run: it must not outlive the flag it sets.
    if (patience.cancel() == 0 && !out_of_patience) co_await asio::post(socket_.get_executor(), use_awaitable);
    co_return !error && !aborted_;
}

// A slow peer that takes a byte now and then is not given up; one that takes nothing is.
awaitable<bool> Connection::wait_writable() {
    for (;;) {
        const auto before = unacknowledged(socket_.native_handle());
        const bool ready = co_await wait_for(tcp::socket::wait_write, write_patience);
        if (ready || aborted_ || !socket_.is_open()) co_return ready;
        if (unacknowledged(socket_.native_handle()) >= before) co_return false;
    }
}

awaitable<bool> Connection::send_all() {
    while (!out_.empty()) {
        if (aborted_) co_return false;
        const auto bytes = out_.view();
        const auto sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            out_.consume(static_cast<std::size_t>(sent));
            handed_over_ += static_cast<std::uint64_t>(sent);
        } else if (again(errno)) {
            if (!co_await wait_writable()) co_return false;
        } else if (errno != EINTR) {
            co_return false;
        }
    }
    co_return true;
}

// Reads on for a while, so that what was said last is not lost in the reset that unread bytes bring about.
awaitable<void> Connection::linger() {
    ErrorCode ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    const auto until = now() + linger_time;
    std::array<std::uint8_t, 4096> scrap{};
    low_water_ = 0;
    want(0);
    for (std::size_t taken = 0; !aborted_ && taken < linger_bytes && now() < until;) {
        const auto got = ::recv(socket_.native_handle(), scrap.data(), scrap.size(), 0);
        if (got == 0 || (got < 0 && !again(errno))) break;
        if (got > 0)
            taken += static_cast<std::size_t>(got);
        else if (!co_await wait_for(tcp::socket::wait_read, until - now()))
            break;
    }
}

awaitable<void> Connection::write_loop() {
    const auto self = shared_from_this();
    std::size_t since_yield = 0;
    bool alive = true, retried = false;
    while (alive && !aborted_) {
        borrow(out_);
        session_.produce(out_, std::max(write_budget, std::size_t{1}), handler_, now());
        handler_.after_step();
        arm();
        if (out_.empty()) {
            give_back(out_);
            // A chunk that could not be read has left its ERROR behind; a session that was ended its last word.
            if (session_.has_output() && !std::exchange(retried, true)) continue;
            if (session_.ended()) break;
            wake_writer_.expires_at(states::Instant::max());
            ErrorCode ignored;
            co_await wake_writer_.async_wait(asio::redirect_error(use_awaitable, ignored));
            retried = false;
            continue;
        }
        retried = false;
        since_yield += out_.size();
        alive = co_await send_all();
        if (since_yield >= 2 * read_large) {
            since_yield = 0;
            co_await asio::post(socket_.get_executor(), use_awaitable);
        }
    }
    if (!alive && !session_.ended()) deliver(session_.tcp_ended());
    note_end();
    if (alive && !aborted_) co_await linger();
    session_.flushed();
    ErrorCode ignored;
    socket_.close(ignored);
    deadline_.cancel();
    wake_reader_.cancel();
}

} // namespace cifra::net
