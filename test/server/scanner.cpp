// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/scanner.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <latch>
#include <semaphore>
#include <stdexcept>

using cifra::server::Scanner;

TEST_CASE("a scan that is asked for while another goes on comes behind it, once") {
    std::atomic<int> scans = 0;
    std::counting_semaphore<> begun(0), go(0);
    Scanner scanner([&] {
        ++scans;
        begun.release();
        go.acquire();
    });
    scanner.soon();
    begun.acquire();
    for (int i = 0; i < 5; ++i) scanner.soon();
    go.release();
    begun.acquire();
    std::latch last(1);
    scanner.soon([&] { last.count_down(); });
    go.release(2);
    last.wait();
    CHECK(scans == 3);
}

TEST_CASE("who asks while a scan goes on is told behind the next one") {
    std::atomic<int> scans = 0, told_at = 0;
    std::counting_semaphore<> begun(0), go(0);
    Scanner scanner([&] {
        ++scans;
        begun.release();
        go.acquire();
    });
    scanner.soon();
    begun.acquire();
    std::latch told(1);
    scanner.soon([&] {
        told_at = scans.load();
        told.count_down();
    });
    go.release(2);
    told.wait();
    CHECK(told_at == 2);
}

TEST_CASE("a scan that throws is not the last one") {
    std::atomic<int> scans = 0;
    Scanner scanner([&] {
        if (++scans == 1) throw std::runtime_error("no memory");
    });
    for (int i = 1; i <= 2; ++i) {
        std::latch done(1);
        scanner.soon([&] { done.count_down(); });
        done.wait();
        CHECK(scans == i);
    }
}

TEST_CASE("joining waits for the scan that goes on and begins no other") {
    std::atomic<int> begun = 0, ended = 0;
    std::latch first(1), go(1);
    Scanner scanner([&] {
        if (++begun == 1) first.count_down();
        go.wait();
        ++ended;
    });
    scanner.soon();
    first.wait();
    scanner.soon();
    std::thread joining([&] { scanner.join(); });
    // The second scan may begin if join() is late, but none is ever left behind.
    go.count_down();
    joining.join();
    CHECK(ended == begun);
    const int after = begun;
    scanner.soon();
    scanner.join();
    CHECK(begun == after);
}
