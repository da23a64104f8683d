// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/upload_queue.hpp"

#include "server/guarded.hpp"

namespace cifra::server {

void UploadQueue::begin(const UploadIdentity& identity, Cancelled left, std::function<void(Begun)> done) {
    const auto job = std::make_shared<Job>();
    job->identity = identity;
    job->left = std::move(left);
    job->done = std::move(done);
    Jobs dropped;
    if (admit(job, dropped)) post_guarded(pool_, "upload queue", [this, owner = identity.owner] { run(owner); });
    refuse(dropped);
}

// True when its owner has nobody at work. `dropped` are those that will not be begun, perhaps this one too.
bool UploadQueue::admit(const std::shared_ptr<Job>& job, Jobs& dropped) {
    const std::lock_guard lock(mutex_);
    auto& jobs = owners_[job->identity.owner];
    const bool idle = jobs.empty();
    for (const auto& other : jobs) {
        if (other->identity == job->identity) other->replaced = true;
    }
    Jobs kept;
    for (auto& other : jobs) (kept.empty() || !other->unwanted() ? kept : dropped).push_back(std::move(other));
    jobs.swap(kept);
    (jobs.size() < max_of_owner ? jobs : dropped).push_back(job);
    return idle;
}

void UploadQueue::run(const std::string& owner) {
    std::shared_ptr<Job> job;
    {
        const std::lock_guard lock(mutex_);
        job = owners_.at(owner).front();
    }
    guarded("upload queue", [&] { finish(*job); });
    {
        const std::lock_guard lock(mutex_);
        const auto found = owners_.find(owner);
        found->second.pop_front();
        if (found->second.empty()) {
            owners_.erase(found);
            return;
        }
    }
    // Behind those of other owners.
    post_guarded(pool_, "upload queue", [this, owner] { run(owner); });
}

void UploadQueue::finish(Job& job) {
    if (job.unwanted()) return job.done(proto::ErrorCode::busy);
    job.done(guarded_outcome<std::shared_ptr<Upload>>(
        "upload", [&] { return begin_(job.identity, [&job] { return job.unwanted(); }); }));
}

void UploadQueue::refuse(const Jobs& jobs) {
    for (const auto& job : jobs) job->done(proto::ErrorCode::busy);
}

} // namespace cifra::server
