// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifra-bench-login CONFIG COUNT [hold]: logs in COUNT times, one after the other, and prints the seconds that took.
// With "hold" it keeps them all logged in until standard input ends.
#include "client/link.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <vector>

namespace {

using namespace cifra;
using Links = std::vector<std::shared_ptr<client::Link>>;

struct Wanted {
    client::Settings settings;
    int count = 0;
    bool hold = false;
};

net::awaitable<void> log_in(const Wanted& wanted, client::Identity& identity, client::Interrupt& interrupt,
                            Links& links) {
    for (int i = 0; i < wanted.count; ++i) {
        auto link = co_await client::Link::connect(wanted.settings, identity, interrupt);
        if (wanted.hold)
            links.push_back(std::move(link));
        else
            co_await link->bye();
    }
}

void wait_for_end_of_input() {
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
}

int run(const Wanted& wanted) {
    net::asio::io_context io(1);
    client::Interrupt interrupt(io);
    auto identity = client::Identity::load(wanted.settings);
    Links links;
    std::exception_ptr failed;
    const auto start = std::chrono::steady_clock::now();
    net::asio::co_spawn(io, log_in(wanted, identity, interrupt, links), [&](std::exception_ptr error) {
        failed = error;
        io.stop();
    });
    io.run();
    if (failed) std::rethrow_exception(failed);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    std::cout << elapsed.count() << std::endl;
    if (wanted.hold) wait_for_end_of_input();
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 3) throw std::runtime_error("usage: cifra-bench-login CONFIG COUNT [hold]");
        Wanted wanted;
        client::Overrides overrides;
        overrides.config = argv[1];
        client::load_settings(wanted.settings, overrides);
        wanted.count = std::stoi(argv[2]);
        wanted.hold = argc > 3;
        return run(wanted);
    } catch (const std::exception& error) {
        std::cerr << "cifra-bench-login: " << error.what() << '\n';
        return 1;
    }
}
