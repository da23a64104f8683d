// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/watch.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>

using namespace cifra::server;
using namespace std::chrono_literals;

TEST_CASE("a watch looks again and again, also when a look threw") {
    std::atomic<int> looks{0};
    std::promise<void> third;
    {
        const Watch watch(
            [&] {
                if (++looks == 3) third.set_value();
                throw std::runtime_error("the disk is gone");
            },
            1ms);
        third.get_future().wait();
    }
    CHECK(looks >= 3);
}

TEST_CASE("a watch that ends waits for its look, not for the time between two") {
    std::promise<void> begun, may_end;
    std::atomic<int> looks{0};
    std::atomic<bool> ended{false};
    auto released = may_end.get_future();
    std::optional<Watch> watch;
    watch.emplace(
        [&] {
            ++looks;
            begun.set_value();
            released.wait();
            ended = true;
        },
        1h);
    begun.get_future().wait();
    std::thread release([&] { may_end.set_value(); });
    watch.reset();
    release.join();
    CHECK(ended);
    CHECK(looks == 1);
}
