// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What SealedUploads and its Uploads have in common.
#pragma once

#include "server/sealed_uploads.hpp"

#include <botan/hash.h>

#include <atomic>
#include <map>
#include <mutex>

namespace cifra::server {

class SealedUpload;

// Locks: an upload's own may be held when this one is taken, never the other way round.
struct SealedUploads::Shared {
    Shared(std::shared_ptr<vault::Vault> its_vault, Catalogue& its_catalogue, const Config::Uploads& its_limits,
           Publisher its_publisher)
        : vault(std::move(its_vault)),
          catalogue(its_catalogue),
          limits(its_limits),
          publisher(std::move(its_publisher)) {}

    const std::shared_ptr<vault::Vault> vault;
    Catalogue& catalogue;
    std::atomic<bool> cancelled{false};

    std::mutex mutex; // of the rest
    Config::Uploads limits;
    Publisher publisher;
    std::map<std::string, std::weak_ptr<SealedUpload>> living; // by key

    // With the mutex held. What this owner has in the vault, and has begun to send, but for the upload of that key.
    Outcome<std::uint64_t> used_bytes(const std::string& owner, const std::string& except) const;
};

class SealedUpload final : public Upload {
  public:
    SealedUpload(std::shared_ptr<SealedUploads::Shared> shared, UploadIdentity identity);

    const UploadIdentity& identity() const noexcept override { return identity_; }
    std::uint64_t durable_chunks() const override;
    Outcome<void> write(std::uint64_t index, ByteView chunk) override;
    Outcome<void> sync() override;
    Outcome<void> finish() override;
    void leave() override;

    const std::string& key() const noexcept { return key_; }
    // Held while it is opened: a newer writer waits here.
    std::unique_lock<std::mutex> hold() const { return std::unique_lock(mutex_); }
    // The rest but supersede() with it held.
    Outcome<void> open(const Cancelled& cancelled);
    void set_finished();
    // A newer writer takes over. True when there is nothing to take over, as it has been finished.
    bool supersede();

  private:
    enum class State { open, stopped, finished };
    std::uint64_t chunks() const { return proto::chunk_count(identity_.size, identity_.chunk_size); }
    Outcome<void> stop(proto::ErrorCode code, std::string_view what, const std::string& reason);
    Outcome<void> stop(std::string_view what, const vault::Failure& failure);
    Outcome<void> sync_locked();
    Outcome<void> publish();
    void leave_locked();
    void let_go();

    const std::shared_ptr<SealedUploads::Shared> shared_;
    const UploadIdentity identity_;
    const std::string key_;

    mutable std::mutex mutex_;
    State state_ = State::open;
    proto::ErrorCode code_{}; // when stopped
    std::unique_ptr<vault::ContainerWriter> writer_;
    std::unique_ptr<Botan::HashFunction> hash_; // of what the writer has
    std::uint64_t next_ = 0;                    // chunks
    std::uint64_t unsynced_ = 0;                // bytes
};

// The note of a container: the owner, and which upload it was.
Bytes upload_note(const UploadIdentity& identity);
std::string owner_of_note(ByteView note);
bool is_note_of(ByteView note, const std::string& key);
proto::ErrorCode code_for(const vault::Failure& failure) noexcept;

} // namespace cifra::server
