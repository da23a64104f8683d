// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Work on a thread whose loop knows no exceptions: one that leaves it would end the server.
#pragma once

#include "server/log.hpp"
#include "server/outcome.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace cifra::server {

// False when `task` threw, which is logged. `what`: a literal, names the task.
template <class Task>
bool guarded(const char* what, Task&& task) noexcept {
    try {
        std::forward<Task>(task)();
        return true;
    } catch (const std::exception& error) {
        log(Level::error, "internal_error", {{"at", what}, {"error", error.what()}});
    } catch (...) {
        log(Level::error, "internal_error", {{"at", what}, {"error", "unknown"}});
    }
    return false;
}

// The outcome of `task`, or INTERNAL when it threw.
template <class T, class Task>
Outcome<T> guarded_outcome(const char* what, Task&& task) noexcept {
    Outcome<T> outcome = proto::ErrorCode::internal;
    guarded(what, [&] { outcome = std::forward<Task>(task)(); });
    return outcome;
}

template <class Executor, class Task>
void post_guarded(Executor&& executor, const char* what, Task task) {
    boost::asio::post(std::forward<Executor>(executor),
                      [what, task = std::move(task)]() mutable { guarded(what, task); });
}

} // namespace cifra::server
