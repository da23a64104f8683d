// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/watch.hpp"

#include "server/guarded.hpp"

namespace cifra::server {

Watch::Watch(std::function<void()> look, std::chrono::milliseconds every)
    : look_(std::move(look)), every_(every), thread_([this] { run(); }) {}

Watch::~Watch() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_one();
    }
    thread_.join();
}

void Watch::run() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
        lock.unlock();
        guarded("watch", look_);
        lock.lock();
        changed_.wait_for(lock, every_, [this] { return ended_; });
    }
}

} // namespace cifra::server
