// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// An upload, wherever it goes to.
#pragma once

#include "proto/messages.hpp"
#include "server/config.hpp"
#include "server/file_io.hpp"
#include "server/outcome.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

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

// However small a file is, it takes a block and an inode.
constexpr std::uint64_t charged(std::uint64_t bytes) { return bytes < 4096 ? 4096 : bytes; }

// One writer's hold on an upload. Every call may block on the disk; any thread may call, one call goes on at a time.
// What fails stays failed: all later calls give the same code.
class Upload {
  public:
    Upload() = default;
    virtual ~Upload() = default;
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    virtual const UploadIdentity& identity() const noexcept = 0;
    virtual std::uint64_t durable_chunks() const = 0;

    // The next chunk, whole; PROTOCOL for any other. NO_SPACE leaves nothing of this chunk behind. Syncs now and then.
    virtual Outcome<void> write(std::uint64_t index, ByteView chunk) = 0;
    virtual Outcome<void> sync() = 0;
    // The item is then whole, of the announced hash, durable and in the catalogue. HASH_MISMATCH: it is not what was
    // announced and was thrown away, or it is not whole yet and is kept. EXISTS: somebody else took the name meanwhile.
    virtual Outcome<void> finish() = 0;
    // The connection ended: keeps what has arrived for the next one.
    virtual void leave() = 0;
};

// Where uploads go to. Any thread may call.
class UploadPlace {
  public:
    UploadPlace() = default;
    virtual ~UploadPlace() = default;
    UploadPlace(const UploadPlace&) = delete;
    UploadPlace& operator=(const UploadPlace&) = delete;

    // durable_chunks() of the result is the next chunk due. A living Upload of the same identity gets SUPERSEDED. Else
    // NAME_REFUSED, EXISTS, QUOTA, TOO_LARGE, NO_SPACE, UPLOADS_OFF or INTERNAL. Reads again what is already there;
    // BUSY when that is cancelled, by `cancelled` or cancel(). An upload of this owner that has been finished already
    // is given as whole, so that its finish() succeeds again.
    virtual Outcome<std::shared_ptr<Upload>> begin(const UploadIdentity& identity, const Cancelled& cancelled) = 0;
    // From now on nothing is read for begin().
    virtual void cancel() noexcept = 0;
    // Removes partial uploads that nobody has written to for so long: their number.
    virtual std::size_t expire(std::chrono::system_clock::time_point now) = 0;
    // For new uploads.
    virtual void set_limits(const Config::Uploads& limits) = 0;
};

} // namespace cifra::server
