// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/scanner.hpp"

#include "server/guarded.hpp"

namespace cifra::server {

Scanner::Scanner(std::function<void()> scan) : scan_(std::move(scan)), thread_([this] { run(); }) {}

void Scanner::soon(std::function<void()> done) {
    const std::lock_guard lock(mutex_);
    if (done) done_.push_back(std::move(done));
    wanted_ = true;
    changed_.notify_one();
}

void Scanner::join() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void Scanner::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return wanted_ || ended_; });
        if (ended_) return;
        wanted_ = false;
        const auto done = std::exchange(done_, {});
        lock.unlock();
        guarded("scan", scan_);
        for (const auto& call : done) guarded("scan", call);
        lock.lock();
    }
}

} // namespace cifra::server
