// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/aside.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

namespace cifra::client {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{500};

std::atomic<int> running{0};

struct Task {
    explicit Task(const net::asio::any_io_executor& executor) : done(executor) {}
    net::asio::steady_timer done; // ends early when it is
    bool is_done = false;
    std::exception_ptr failed;
};

void run(const std::shared_ptr<Task>& task, const net::asio::any_io_executor& executor, std::function<void()>& work) {
    std::exception_ptr failed;
    try {
        work();
    } catch (...) {
        failed = std::current_exception();
    }
    work = nullptr; // to let go of what it holds may take its time too
    net::asio::post(executor, [task, failed] {
        task->failed = failed;
        task->is_done = true;
        task->done.cancel();
    });
}

// One that has done its work is joined, which takes no time worth mentioning: a program that ends meanwhile would take
// away what the thread needs to end. One that has not is left behind. At the end of the program the same is done for
// those whose coroutine nobody went on with. All on one thread, that of the io_context.
class Threads {
  public:
    using Ended = std::shared_ptr<std::atomic<bool>>;
    Threads() = default;
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads() { let_all_go(); }

    void let_all_go() {
        for (auto& [ended, thread] : all_) {
            if (*ended)
                thread.join();
            else
                thread.detach();
        }
        all_.clear();
    }

    template <class Work>
    Ended start(Work work) {
        auto ended = std::make_shared<std::atomic<bool>>(false);
        all_.emplace(ended, std::thread([ended, work = std::move(work)]() mutable {
                         work();
                         *ended = true;
                     }));
        return ended;
    }
    void let_go(const Ended& ended, bool is_done) {
        auto found = all_.extract(ended);
        if (found.empty()) return;
        if (is_done)
            found.mapped().join();
        else
            found.mapped().detach();
    }

  private:
    std::map<Ended, std::thread> all_;
};

Threads& threads() {
    static Threads all;
    return all;
}

class Thread {
  public:
    Thread(std::shared_ptr<Task> task, const net::asio::any_io_executor& executor, std::function<void()> work)
        : task_(std::move(task)), ended_(threads().start([task = task_, executor, work = std::move(work)]() mutable {
              run(task, executor, work);
              task.reset();
              --running;
          })) {}
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() { threads().let_go(ended_, task_->is_done); }

  private:
    std::shared_ptr<Task> task_;
    Threads::Ended ended_;
};

} // namespace

bool leave_behind() {
    if (running == 0) return false;
    threads().let_all_go(); // nobody will come back for them
    return true;
}

net::awaitable<bool> aside_until(Interrupt& interrupt, std::function<void()> work, Until until) {
    interrupt.check();
    const auto executor = co_await net::asio::this_coro::executor;
    auto task = std::make_shared<Task>(executor);
    const auto token = interrupt.call([task] { task->done.cancel(); });
    ++running;
    const Thread thread(task, executor, std::move(work));
    net::ErrorCode ignored;
    for (auto now = Clock::now(); !task->is_done && !interrupt.happened() && now < until(); now = Clock::now()) {
        task->done.expires_at(std::min(until(), now + look_again));
        co_await task->done.async_wait(net::asio::redirect_error(net::use_awaitable, ignored));
    }
    if (!task->is_done) interrupt.check();
    if (task->failed) std::rethrow_exception(task->failed);
    co_return task->is_done;
}

net::awaitable<bool> aside(Interrupt& interrupt, std::function<void()> work, std::chrono::milliseconds patience) {
    const Until until = [end = Clock::now() + patience] { return end; };
    co_return co_await aside_until(interrupt, std::move(work), until);
}

} // namespace cifra::client
