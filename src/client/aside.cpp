// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/aside.hpp"

#include <algorithm>
#include <atomic>
#include <future>
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

// One that has done its work is waited for, which takes no time worth mentioning: a program that ends meanwhile would
// take away what the thread needs to end. One that has not is left behind. Detached in any case: at the end of the
// program nobody may be there any more to say which it is.
class Thread {
  public:
    Thread(std::shared_ptr<Task> task, const net::asio::any_io_executor& executor, std::function<void()> work)
        : task_(std::move(task)) {
        std::promise<void> ending;
        ended_ = ending.get_future();
        std::thread([task = task_, executor, work = std::move(work), ending = std::move(ending)]() mutable {
            run(task, executor, work);
            task.reset();
            --running;
            ending.set_value_at_thread_exit();
        }).detach();
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {
        if (task_->is_done) ended_.wait();
    }

  private:
    std::shared_ptr<Task> task_;
    std::future<void> ended_;
};

} // namespace

bool left_behind() { return running != 0; }

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
