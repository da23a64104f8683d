// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/upload_queue.hpp"

#include <catch2/catch.hpp>

#include <latch>
#include <semaphore>
#include <set>
#include <stdexcept>

using namespace cifra::server;
using cifra::proto::ErrorCode;

namespace {

UploadIdentity named(const std::string& name, const std::string& owner = "person:listener") {
    return {owner, name, 100, 16'384, {}};
}

// A store whose begin() waits at a gate, and what became of those who asked. Each begun upload is EXISTS, so that no
// store is needed.
struct Site {
    std::mutex mutex;
    std::vector<std::string> begun;
    std::map<std::string, std::vector<ErrorCode>> told;
    std::counting_semaphore<> arrived{0}, gate{0};
    std::atomic<bool> last_was_cancelled = false;
    UploadQueue queue{[this](const UploadIdentity& identity, const Cancelled& cancelled) -> UploadQueue::Begun {
        {
            const std::lock_guard lock(mutex);
            begun.push_back(identity.owner + "/" + identity.name);
        }
        arrived.release();
        gate.acquire();
        last_was_cancelled = cancelled();
        if (identity.name == "throws") throw std::runtime_error("no memory");
        return ErrorCode::exists;
    }};

    void ask(const UploadIdentity& identity, const std::string& who, Cancelled left = {}) {
        queue.begin(identity, std::move(left), [this, who](const UploadQueue::Begun& outcome) {
            const std::lock_guard lock(mutex);
            told[who].push_back(outcome.error());
        });
    }
    void finish() {
        gate.release(1000);
        queue.join();
    }
};
using Codes = std::vector<ErrorCode>;

} // namespace

TEST_CASE("nothing is begun for who has left, and what is begun hears of it") {
    Site site;
    std::atomic<bool> gone = false;
    const auto left = [&] { return gone.load(); };
    site.ask(named("a"), "a", left);
    site.arrived.acquire();
    site.ask(named("b"), "b", left);
    site.ask(named("c"), "c");
    gone = true;
    site.gate.release();
    site.arrived.acquire();
    CHECK(site.last_was_cancelled);
    site.finish();
    CHECK(site.begun == std::vector<std::string>{"person:listener/a", "person:listener/c"});
    CHECK(site.told["b"] == Codes{ErrorCode::busy});
    CHECK(site.told["c"] == Codes{ErrorCode::exists});
}

TEST_CASE("of those who wait for one upload the newest is begun") {
    Site site;
    site.ask(named("a"), "first");
    site.arrived.acquire();
    for (const char* who : {"second", "third", "fourth"}) site.ask(named("a"), who);
    CHECK(site.told["second"] == Codes{ErrorCode::busy});
    site.gate.release();
    site.arrived.acquire();
    CHECK(site.last_was_cancelled);
    site.finish();
    CHECK(site.begun.size() == 2);
    CHECK(site.told["third"] == Codes{ErrorCode::busy});
    CHECK(site.told["fourth"] == Codes{ErrorCode::exists});
    CHECK_FALSE(site.last_was_cancelled);
}

TEST_CASE("an owner occupies one thread, and others go on") {
    Site site;
    site.ask(named("a"), "a");
    site.ask(named("b"), "b");
    site.ask(named("c"), "c");
    site.ask(named("d", "person:other"), "d");
    site.arrived.acquire();
    site.arrived.acquire();
    {
        const std::lock_guard lock(site.mutex);
        CHECK(std::set(site.begun.begin(), site.begun.end()) ==
              std::set<std::string>{"person:listener/a", "person:other/d"});
    }
    site.finish();
    CHECK(site.begun.size() == 4);
    for (const char* who : {"a", "b", "c", "d"}) CHECK(site.told[who] == Codes{ErrorCode::exists});
}

TEST_CASE("an owner's uploads that wait are counted") {
    Site site;
    for (std::size_t i = 0; i < UploadQueue::max_of_owner; ++i) site.ask(named(std::to_string(i)), "waits");
    site.ask(named("one more"), "one more");
    site.ask(named("other", "person:other"), "other");
    {
        const std::lock_guard lock(site.mutex);
        CHECK(site.told["one more"] == Codes{ErrorCode::busy});
        CHECK(site.told["other"].empty());
    }
    site.finish();
    CHECK(site.told["waits"] == Codes(UploadQueue::max_of_owner, ErrorCode::exists));
    CHECK(site.told["other"] == Codes{ErrorCode::exists});
}

TEST_CASE("those who have left do not count") {
    Site site;
    std::atomic<bool> gone = false;
    site.ask(named("begun"), "begun");
    site.arrived.acquire();
    for (std::size_t i = 1; i < UploadQueue::max_of_owner; ++i)
        site.ask(named(std::to_string(i)), "left", [&] { return gone.load(); });
    gone = true;
    site.ask(named("next"), "next");
    {
        const std::lock_guard lock(site.mutex);
        CHECK(site.told["left"] == Codes(UploadQueue::max_of_owner - 1, ErrorCode::busy));
    }
    site.finish();
    CHECK(site.told["next"] == Codes{ErrorCode::exists});
}

TEST_CASE("a beginning that throws is INTERNAL, and the next one comes") {
    Site site;
    site.ask(named("throws"), "throws");
    site.ask(named("next"), "next");
    site.finish();
    CHECK(site.told["throws"] == Codes{ErrorCode::internal});
    CHECK(site.told["next"] == Codes{ErrorCode::exists});
}
