// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/pipe_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace cifra::client {

PipeWriter::PipeWriter(int fd, std::function<void()> written)
    : fd_(fd), told_(std::move(written)), thread_([this] { run(); }) {}

PipeWriter::~PipeWriter() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void PipeWriter::push(ByteView bytes) {
    {
        const std::lock_guard lock(mutex_);
        queue_.emplace_back(bytes.begin(), bytes.end());
    }
    changed_.notify_all();
}

std::uint64_t PipeWriter::written() const {
    const std::lock_guard lock(mutex_);
    return written_;
}

int PipeWriter::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

void PipeWriter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        if (stop_) return;
        const auto piece = std::move(queue_.front());
        queue_.pop_front();
        ByteView left = piece;
        while (!left.empty() && !stop_ && error_ == 0) {
            lock.unlock();
            // A write of what fits may still block; the poll lets a stop be seen while the reader does not read.
            pollfd wait{fd_, POLLOUT, 0};
            const int ready = ::poll(&wait, 1, 100);
            ssize_t put = 0;
            if (ready != 0) put = ::write(fd_, left.data(), std::min<std::size_t>(left.size(), 4096));
            const int failed = put < 0 ? errno : 0;
            lock.lock();
            if (put > 0) left = left.subspan(static_cast<std::size_t>(put));
            if (failed != 0 && failed != EINTR && failed != EAGAIN) error_ = failed;
        }
        if (left.empty()) written_ += piece.size();
        lock.unlock();
        told_();
        lock.lock();
    }
}

} // namespace cifra::client
