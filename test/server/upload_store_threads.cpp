// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/upload_store.hpp"
#include "upload_site.hpp"

#include <atomic>
#include <thread>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;
using proto::ErrorCode;

TEST_CASE("many writers of one upload give one file") {
    Site site;
    const auto contents = noise(30 * upload_chunk, 1);
    const auto what = identity("x", contents);
    std::atomic<int> finished = 0, strange = 0;
    std::vector<std::thread> threads;
    threads.reserve(6);
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&] {
            for (int tries = 0; tries < 200; ++tries) {
                const auto begun = site.store->begin(what);
                if (!begun) {
                    ++strange;
                    return;
                }
                const auto sent = send_rest(**begun, contents);
                if (sent) {
                    ++finished;
                    return;
                }
                if (sent.error() != ErrorCode::superseded) ++strange;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(strange == 0);
    CHECK(finished == 6);
    CHECK((contents_of(site.media / "x") == contents));
    CHECK_FALSE(site.has_partial(what));
    CHECK(site.store->used_bytes(what.owner) == contents.size());
}

TEST_CASE("many uploads at once") {
    Site site;
    std::atomic<int> finished = 0;
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (unsigned i = 0; i < 5; ++i) {
                const auto contents = noise(5 * upload_chunk + t, i);
                const auto begun = site.store->begin(identity(std::to_string(t) + "-" + std::to_string(i), contents));
                if (begun && send_rest(**begun, contents)) ++finished;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(finished == 20);
    CHECK(site.catalogue->snapshot()->items().size() == 20);
    site.open();
    CHECK(site.catalogue->snapshot()->items().size() == 20);
}
