// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Beginnings of uploads. One that resumes reads all that is there already, so they wait here, on threads of their own:
// the writing of others does not wait for them, an owner occupies one thread at most, and nothing is read for somebody
// who has left.
#pragma once

#include "server/upload_store.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <deque>
#include <map>

namespace cifra::server {

class UploadQueue {
  public:
    using Begun = Outcome<std::shared_ptr<Upload>>;
    using Begin = std::function<Begun(const UploadIdentity&, const Cancelled&)>;
    static constexpr std::size_t max_of_owner = 64;
    static constexpr std::size_t threads = 2;

    // `begin` is UploadStore::begin, called by one thread at a time for each owner.
    explicit UploadQueue(Begin begin) : begin_(std::move(begin)), pool_(threads) {}

    // Any thread. `done` is called once, on a thread of the queue, or here with BUSY when this owner has too many. Of
    // several that wait for one identity the newest is begun, the others get BUSY, as does one whose `left` says
    // so before it is begun or while it is.
    void begin(const UploadIdentity& identity, Cancelled left, std::function<void(Begun)> done);
    // Waits for those that are there.
    void join() { pool_.join(); }

  private:
    struct Job {
        UploadIdentity identity;
        Cancelled left;
        std::function<void(Begun)> done;
        std::atomic<bool> replaced{false};

        bool unwanted() const { return replaced || (left && left()); }
    };
    using Jobs = std::deque<std::shared_ptr<Job>>;

    bool admit(const std::shared_ptr<Job>& job, Jobs& dropped);
    void run(const std::string& owner);
    void finish(Job& job);
    static void refuse(const Jobs& jobs);

    const Begin begin_;
    std::mutex mutex_;
    std::map<std::string, Jobs> owners_; // the first of each is the one that is being begun
    boost::asio::thread_pool pool_;      // last, as its work uses the others
};

} // namespace cifra::server
