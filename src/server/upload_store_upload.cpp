// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/log.hpp"
#include "server/upload_store_shared.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cifra::server {

namespace {

using proto::ErrorCode;

bool has_space(const std::filesystem::path& folder, std::uint64_t bytes) {
    struct statvfs found{};
    if (::statvfs(folder.c_str(), &found) != 0 || found.f_frsize == 0) return true;
    return bytes / found.f_frsize < found.f_bavail || bytes == 0;
}

} // namespace

PlainUpload::PlainUpload(std::shared_ptr<Shared> shared, UploadIdentity identity, std::uint64_t writer)
    : shared_(std::move(shared)),
      identity_(std::move(identity)),
      key_(identity_.key()),
      folder_(shared_->uploads_dir / key_),
      writer_(writer),
      hash_(std::make_unique<Hash>()) {}

PlainUpload::~PlainUpload() = default;

std::uint64_t PlainUpload::durable_chunks() const {
    const std::lock_guard lock(mutex_);
    return durable_;
}

std::uint64_t PlainUpload::offset(std::uint64_t chunk) const noexcept {
    return std::min(identity_.size, chunk * identity_.chunk_size);
}

int PlainUpload::sync_fd(int fd) const { return shared_->options.sync ? shared_->options.sync(fd) : ::fdatasync(fd); }

Outcome<void> PlainUpload::stop(ErrorCode code, std::string_view what, int error) {
    const auto level = code == ErrorCode::no_space || code == ErrorCode::internal ? Level::error : Level::warning;
    log(level, "upload stopped",
        {{"owner", identity_.owner},
         {"name", identity_.name},
         {"code", proto::text_of(code).name},
         {"at", what},
         {"reason", error == 0 ? "" : std::strerror(error)}});
    state_ = State::stopped;
    code_ = code;
    file_ = {};
    return code;
}

// Nothing of this upload stays, unless a newer writer has it.
void PlainUpload::discard() {
    file_ = {};
    const std::lock_guard lock(shared_->mutex);
    if (shared_->held_by(key_, writer_) == nullptr) return;
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    shared_->partials.erase(key_);
}

Outcome<void> PlainUpload::open(const Cancelled& cancelled) {
    const auto resumed = resume(cancelled);
    if (!resumed) return resumed.error();
    if (!*resumed) {
        hash_ = std::make_unique<Hash>();
        next_ = durable_ = 0;
        if (const auto opened = open_new(); !opened) {
            discard();
            return opened;
        }
    }
    const auto rest = identity_.size - offset(durable_);
    if (has_space(shared_->uploads_dir, rest) && has_space(shared_->catalogue.media_dir(), rest)) return {};
    if (durable_ == 0) discard();
    return stop(ErrorCode::no_space, "begin", ENOSPC);
}

Outcome<bool> PlainUpload::resume(const Cancelled& cancelled) {
    PartialMeta meta;
    if (!load_partial(folder_, meta) || meta.identity != identity_) return false;
    file_ = Descriptor(::open((folder_ / "data").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    FileStamp stamp;
    const auto length = offset(meta.durable);
    if (!file_ || !stamp_of(file_.get(), stamp) || stamp.size < length) return false;
    if (::ftruncate(file_.get(), static_cast<off_t>(length)) != 0) return false;
    const int error = for_each_piece(
        file_.get(), length, [this](ByteView piece) { hash_->sha256->update(piece.data(), piece.size()); }, cancelled);
    if (error == ECANCELED) return stop(ErrorCode::busy, "begin", error).error(); // what is there stays
    if (error != 0) {
        log(Level::error, "partial upload cannot be read; it starts afresh",
            {{"owner", identity_.owner}, {"name", identity_.name}, {"reason", std::strerror(error)}});
        return false;
    }
    next_ = durable_ = meta.durable;
    return true;
}

Outcome<void> PlainUpload::open_new() {
    file_ = {};
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    if (::mkdir(folder_.c_str(), 0700) != 0) return stop(code_for(errno), "begin", errno);
    file_ = Descriptor(::open((folder_ / "data").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file_) return stop(code_for(errno), "begin", errno);
    if (const int error = save_partial(folder_, {identity_, 0})) return stop(code_for(error), "begin", error);
    if (const int error = sync_folder(shared_->uploads_dir)) return stop(code_for(error), "begin", error);
    return {};
}

// Another writer takes over. True when there is nothing to take over, as the upload has been finished.
bool PlainUpload::supersede() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::finished) return true;
    if (state_ != State::open) return false;
    [[maybe_unused]] const auto synced = sync_locked(); // what it could not save is sent again
    state_ = State::stopped;
    code_ = ErrorCode::superseded;
    file_ = {};
    return false;
}

void PlainUpload::leave() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::open) return;
    [[maybe_unused]] const auto synced = sync_locked();
    state_ = State::stopped;
    code_ = ErrorCode::superseded;
    file_ = {};
}

Outcome<void> PlainUpload::write(std::uint64_t index, ByteView chunk) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::stopped) return code_;
    if (state_ == State::finished || index != next_ || chunk.empty() ||
        chunk.size() != proto::chunk_length(identity_.size, identity_.chunk_size, index)) {
        return ErrorCode::protocol;
    }
    const auto at = offset(index);
    if (const int error = write_at(file_.get(), at, chunk)) {
        [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(at));
        if (const auto synced = sync_locked(); !synced) return synced;
        return stop(code_for(error), "write", error);
    }
    hash_->sha256->update(chunk.data(), chunk.size());
    ++next_;
    unsynced_ += chunk.size();
    if (unsynced_ < shared_->options.sync_bytes) return {};
    return sync_locked();
}

Outcome<void> PlainUpload::sync() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::stopped) return code_;
    if (state_ == State::finished) return {};
    return sync_locked();
}

Outcome<void> PlainUpload::sync_locked() {
    if (next_ == durable_) return {};
    if (sync_fd(file_.get()) != 0) {
        // The kernel may have dropped what it could not write, and says so once only: nothing of the file can be relied
        // on.
        const int error = errno;
        discard();
        return stop(code_for(error), "sync", error);
    }
    // Only now: the count never promises what a crash could take away.
    if (const int error = save_partial(folder_, {identity_, next_})) return stop(code_for(error), "sync", error);
    durable_ = next_;
    unsynced_ = 0;
    const std::lock_guard lock(shared_->mutex);
    if (auto* partial = shared_->held_by(key_, writer_)) partial->bytes = offset(durable_);
    return {};
}

Outcome<void> PlainUpload::finish() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::finished) return {};
    if (state_ == State::stopped) return code_;
    if (next_ != proto::chunk_count(identity_.size, identity_.chunk_size)) {
        if (const auto synced = sync_locked(); !synced) return synced;
        return stop(ErrorCode::hash_mismatch, "close before the end", 0);
    }
    proto::Sha256 digest{};
    hash_->sha256->final(digest.data());
    if (digest != identity_.sha256) {
        discard();
        return stop(ErrorCode::hash_mismatch, "hash", 0);
    }
    if (const auto synced = sync_locked(); !synced) return synced;
    return publish();
}

} // namespace cifra::server
