// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Uploads, from the first chunk to the file in media_dir. A partial upload outlives connections and restarts.
#pragma once

#include "server/catalogue.hpp"
#include "server/config.hpp"
#include "server/outcome.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace cifra::server {

// what is the same in all of this is the same upload.
struct UploadIdentity {
    std::string owner; // upload_owner()
    std::string name;
    std::uint64_t size = 0;       // bytes
    std::uint32_t chunk_size = 0; // bytes
    proto::Sha256 sha256{};

    std::string key() const; // 64 hex digits
    bool operator==(const UploadIdentity&) const = default;
};
// The person, or the device when nobody logged in on it.
std::string upload_owner(std::string_view person, std::string_view device);
// One component, 1 to 255 bytes of UTF-8, no leading dot, nothing that R-51 refuses.
bool is_upload_name(std::string_view name) noexcept;

struct UploadOptions {
    std::filesystem::path state_dir;
    Config::Uploads limits;
    std::uint64_t sync_bytes = 4 << 20;     // written between two syncs
    std::function<int(int fd)> sync = {};   // 0, or -1 and errno; fdatasync when empty
    std::size_t max_partials_of_owner = 64; // however small
};

class UploadStore;

// One writer's hold on an upload. Every call may block on the disk; any thread may call, one call goes on at a time.
// What fails stays failed: all later calls give the same code.
class Upload {
  public:
    struct Shared;
    Upload(std::shared_ptr<Shared> shared, UploadIdentity identity, std::uint64_t writer);
    ~Upload();
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    const UploadIdentity& identity() const noexcept { return identity_; }
    std::uint64_t durable_chunks() const;

    // The next chunk, whole; PROTOCOL for any other. NO_SPACE leaves nothing of this chunk behind. Syncs now and then.
    Outcome<void> write(std::uint64_t index, ByteView chunk);
    Outcome<void> sync();
    // The file is then whole, of the announced hash, durable and in the catalogue. HASH_MISMATCH: it is not what was
    // announced and was thrown away, or it is not whole yet and is kept. EXISTS: somebody else took the name meanwhile.
    Outcome<void> finish();
    // The connection ended: keeps what has arrived for the next one.
    void leave();

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
class UploadStore {
  public:
    // Throws std::runtime_error when the folder of partial uploads cannot be used.
    UploadStore(UploadOptions options, Catalogue& catalogue);

    // durable_chunks() of the result is the next chunk due. A living Upload of the same identity gets SUPERSEDED. Else
    // NAME_REFUSED, EXISTS, QUOTA, TOO_LARGE, NO_SPACE, UPLOADS_OFF or INTERNAL. Reads again what is already there;
    // BUSY when that is cancelled, by `cancelled` or cancel(). An upload of this owner that has been finished already
    // is given as whole, so that its finish() succeeds again.
    Outcome<std::shared_ptr<Upload>> begin(const UploadIdentity& identity, const Cancelled& cancelled = {});
    // From now on nothing is read for begin().
    void cancel() noexcept;

    // Removes partial uploads that nobody has written to for so long: their number.
    std::size_t expire(std::chrono::system_clock::time_point now);
    // Finished files that are still there, and partial uploads: what the quota is compared with.
    std::uint64_t used_bytes(const std::string& owner) const;
    // For new uploads.
    void set_limits(const Config::Uploads& limits);

  private:
    std::shared_ptr<Upload::Shared> shared_;
};

} // namespace cifra::server
