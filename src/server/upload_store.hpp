// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Uploads, from the first chunk to the file in media_dir. A partial upload outlives connections and restarts.
#pragma once

#include "server/catalogue.hpp"
#include "server/config.hpp"
#include "server/upload.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace cifra::server {

struct UploadOptions {
    std::filesystem::path state_dir;
    Config::Uploads limits;
    std::uint64_t sync_bytes = 4 << 20;     // written between two syncs
    std::function<int(int fd)> sync = {};   // 0, or -1 and errno; fdatasync when empty
    std::size_t max_partials_of_owner = 64; // however small
};

class UploadStore;

// Into media_dir.
class PlainUpload final : public Upload {
  public:
    struct Shared;
    PlainUpload(std::shared_ptr<Shared> shared, UploadIdentity identity, std::uint64_t writer);
    ~PlainUpload() override;

    const UploadIdentity& identity() const noexcept override { return identity_; }
    std::uint64_t durable_chunks() const override;

    Outcome<void> write(std::uint64_t index, ByteView chunk) override;
    Outcome<void> sync() override;
    Outcome<void> finish() override;
    void leave() override;

  private:
    friend class UploadStore;
    enum class State { open, stopped, finished };

    Outcome<void> open(const Cancelled& cancelled);
    Outcome<void> open_new();
    // False: there is nothing of use, and the upload starts afresh.
    Outcome<bool> resume(const Cancelled& cancelled);
    bool supersede();
    void set_finished();
    Outcome<void> sync_locked();
    Outcome<void> publish();
    int move_to_media();
    int copy_to_media();
    Outcome<void> stop(proto::ErrorCode code, std::string_view what, int error);
    void discard();
    std::uint64_t offset(std::uint64_t chunk) const noexcept;
    int sync_fd(int fd) const;

    const std::shared_ptr<Shared> shared_;
    const UploadIdentity identity_;
    const std::string key_;
    const std::filesystem::path folder_;
    const std::uint64_t writer_; // the newest one of a key holds it

    mutable std::mutex mutex_;
    State state_ = State::open;
    proto::ErrorCode code_{}; // when stopped
    Descriptor file_;
    struct Hash;
    std::unique_ptr<Hash> hash_;
    std::uint64_t next_ = 0;     // chunks
    std::uint64_t durable_ = 0;  // chunks
    std::uint64_t unsynced_ = 0; // bytes
};

// Any thread may call. The catalogue outlives the store and every Upload.
class UploadStore final : public UploadPlace {
  public:
    // Throws std::runtime_error when the folder of partial uploads cannot be used.
    UploadStore(UploadOptions options, Catalogue& catalogue);

    Outcome<std::shared_ptr<Upload>> begin(const UploadIdentity& identity, const Cancelled& cancelled = {}) override;
    void cancel() noexcept override;

    std::size_t expire(std::chrono::system_clock::time_point now) override;
    // Finished files that are still there, and partial uploads: what the quota is compared with.
    std::uint64_t used_bytes(const std::string& owner) const;
    void set_limits(const Config::Uploads& limits) override;

  private:
    std::shared_ptr<PlainUpload::Shared> shared_;
};

} // namespace cifra::server
