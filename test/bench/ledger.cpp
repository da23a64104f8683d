// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifra-bench-ledger DATABASE FOLDER [SECONDS [THREADS]]: how many plays a second a ledger authorises, each debited,
// logged and on the disk before it is ended, and that before the next one of its thread: two transactions. Every thread
// has a ledger of its own on the one database, as a server of its own would. The database must be new, and FOLDER, for
// the checkpoints, empty: plays of a second run would be those of the first.
#include "licence/ledger.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

using namespace cifra;
using namespace cifra::licence;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t now = 1'800'000'000;

LedgerKeys keys() {
    const auto key = [](std::uint8_t number) {
        crypto::Secret secret(32);
        std::fill(secret.writable().begin(), secret.writable().end(), number);
        return secret;
    };
    return {key(1), key(2), key(3), key(4)};
}

std::unique_ptr<Ledger> open(const std::string& address, const std::string& folder, std::size_t server) {
    LedgerOptions options;
    options.server = "bench" + std::to_string(server);
    options.checkpoint = folder + "/" + options.server + ".checkpoint";
    return std::make_unique<Ledger>(open_database(address), keys(), options);
}

struct Work {
    std::vector<double> milliseconds;
    std::string trouble;
};

// Listeners take turns, each with a licence for one item that never runs out, and end what they began.
Work play(Ledger& ledger, std::size_t server, Clock::time_point until) {
    constexpr std::uint64_t people = 50;
    Work work;
    PlayRequest request;
    request.duration = 300;
    request.automatic.emplace();
    request.automatic->rights = static_cast<Rights>(Right::play);
    request.automatic->constraints.count = 1'000'000'000;
    request.automatic->origin = "bench";
    for (std::uint64_t number = 1; Clock::now() < until; ++number) {
        request.person = "listener " + std::to_string(server) + "-" + std::to_string(number % people);
        for (std::size_t i = 0; i < 8; ++i) request.play[i] = static_cast<std::uint8_t>(number >> (8 * i));
        const auto begin = Clock::now();
        const auto answer = ledger.begin_play(request, now);
        work.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        if (!answer) {
            work.trouble = answer.error().text;
        } else if (!*answer) {
            work.trouble = describe(answer->error().why);
        } else if (const auto ended = ledger.end_play((*answer)->play, {}, true, now); !ended) {
            work.trouble = ended.error().text;
        }
        if (!work.trouble.empty()) break;
    }
    return work;
}

int run(const std::vector<std::string>& words) {
    if (words.size() < 2) throw std::runtime_error("usage: cifra-bench-ledger DATABASE FOLDER [SECONDS [THREADS]]");
    const auto seconds = words.size() > 2 ? std::stod(words[2]) : 5.0;
    const auto servers = words.size() > 3 ? std::stoul(words[3]) : 1UL;
    std::vector<std::unique_ptr<Ledger>> ledgers;
    for (std::size_t i = 0; i < servers; ++i) {
        ledgers.push_back(open(words[0], words[1], i));
        const auto opened = ledgers.back()->open(now);
        if (!opened) throw std::runtime_error(opened.error().text);
    }
    std::vector<Work> works(servers);
    std::vector<std::thread> threads;
    const auto begin = Clock::now();
    const auto until = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    for (std::size_t i = 0; i < servers; ++i) threads.emplace_back([&, i] { works[i] = play(*ledgers[i], i, until); });
    for (auto& thread : threads) thread.join();
    const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
    std::vector<double> all;
    for (const auto& work : works) {
        all.insert(all.end(), work.milliseconds.begin(), work.milliseconds.end());
        if (!work.trouble.empty()) throw std::runtime_error(work.trouble);
    }
    if (all.empty()) throw std::runtime_error("no time for a single play");
    std::sort(all.begin(), all.end());
    std::cout << "{\"plays\":" << all.size() << ",\"per_second\":" << static_cast<double>(all.size()) / took
              << ",\"median_ms\":" << all[all.size() / 2] << ",\"p99_ms\":" << all[all.size() * 99 / 100] << "}\n";
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    try {
        return run({arguments + 1, arguments + count});
    } catch (const std::exception& error) {
        std::cerr << "cifra-bench-ledger: " << error.what() << '\n';
        return 1;
    }
}
