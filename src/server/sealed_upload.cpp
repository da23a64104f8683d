// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/sealed_upload.hpp"

#include "crypto/signed_manifest.hpp"
#include "media/item_manifest.hpp"
#include "server/catalogue_vault.hpp"
#include "server/log.hpp"
#include "vault/item_id.hpp"

#include <botan/auto_rng.h>

#include <sys/statvfs.h>

#include <algorithm>

namespace cifra::server {

using proto::ErrorCode;

namespace {

constexpr std::uint64_t sync_bytes = 4 << 20; // written between two syncs

bool has_space(const std::filesystem::path& folder, std::uint64_t bytes) {
    struct statvfs found{};
    if (::statvfs(folder.c_str(), &found) != 0 || found.f_frsize == 0) return true;
    return bytes / found.f_frsize < found.f_bavail || bytes == 0;
}

// What was just sealed, read back for its tags.
class WrittenBytes final : public media::ByteSource {
  public:
    explicit WrittenBytes(const vault::ContainerWriter& writer) : writer_(writer) {}
    std::uint64_t size() const override { return writer_.size(); }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override {
        if (offset >= size()) return 0;
        const auto part = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size() - offset)));
        return writer_.read_at(offset, part) ? part.size() : 0;
    }

  private:
    const vault::ContainerWriter& writer_;
};

} // namespace

SealedUpload::SealedUpload(std::shared_ptr<SealedUploads::Shared> shared, UploadIdentity identity)
    : shared_(std::move(shared)),
      identity_(std::move(identity)),
      key_(identity_.key()),
      hash_(Botan::HashFunction::create_or_throw("SHA-256")) {}

std::uint64_t SealedUpload::durable_chunks() const {
    const std::lock_guard lock(mutex_);
    if (state_ == State::finished) return chunks();
    if (!writer_) return 0;
    const auto durable = writer_->durable_size();
    return durable == identity_.size ? chunks() : durable / identity_.chunk_size;
}

void SealedUpload::set_finished() { state_ = State::finished; }

Outcome<void> SealedUpload::stop(ErrorCode code, std::string_view what, const std::string& reason) {
    const auto level = code == ErrorCode::no_space || code == ErrorCode::internal ? Level::error : Level::warning;
    log(level, "upload stopped",
        {{"owner", identity_.owner},
         {"name", identity_.name},
         {"code", proto::text_of(code).name},
         {"at", what},
         {"reason", reason}});
    state_ = State::stopped;
    code_ = code;
    let_go();
    return code;
}

Outcome<void> SealedUpload::stop(std::string_view what, const vault::Failure& failure) {
    return stop(code_for(failure), what, failure.text());
}

// The writer keeps what has arrived.
void SealedUpload::let_go() { writer_.reset(); }

Outcome<void> SealedUpload::open(const Cancelled& cancelled) {
    const auto item = vault::item_id(shared_->vault->key(), identity_.name);
    vault::NewItem wanted{item, upload_note(identity_), identity_.size};
    hash_->clear();
    auto opened = shared_->vault->upload(as_bytes(key_), std::move(wanted), [&](ByteView piece) {
        hash_->update(piece.data(), piece.size());
        return !cancelled();
    });
    if (!opened) return stop("begin", opened.error());
    writer_ = std::move(*opened);
    next_ = writer_->size() == identity_.size ? chunks() : writer_->size() / identity_.chunk_size;
    if (has_space(shared_->vault->dir(), identity_.size - writer_->size())) return {};
    if (writer_->size() == 0) writer_->discard();
    return stop(ErrorCode::no_space, "begin", "the disk is full");
}

bool SealedUpload::supersede() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::finished) return true;
    leave_locked();
    return false;
}

void SealedUpload::leave() {
    const std::lock_guard lock(mutex_);
    leave_locked();
}

void SealedUpload::leave_locked() {
    if (state_ != State::open) return;
    [[maybe_unused]] const auto synced = sync_locked(); // what it could not save is sent again
    state_ = State::stopped;
    code_ = ErrorCode::superseded;
    let_go();
}

Outcome<void> SealedUpload::write(std::uint64_t index, ByteView chunk) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::stopped) return code_;
    if (state_ == State::finished || index != next_ || chunk.empty() ||
        chunk.size() != proto::chunk_length(identity_.size, identity_.chunk_size, index))
        return ErrorCode::protocol;
    // What was resumed may end within this chunk.
    const auto begin = static_cast<std::size_t>(writer_->size() - index * identity_.chunk_size);
    const auto fresh = chunk.subspan(begin);
    if (const auto written = writer_->append(fresh); !written) return stop("write", written.error());
    hash_->update(fresh.data(), fresh.size());
    ++next_;
    unsynced_ += fresh.size();
    return unsynced_ < sync_bytes ? Outcome<void>{} : sync_locked();
}

Outcome<void> SealedUpload::sync() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::stopped) return code_;
    if (state_ == State::finished) return {};
    return sync_locked();
}

Outcome<void> SealedUpload::sync_locked() {
    unsynced_ = 0;
    if (const auto synced = writer_->sync(); !synced) return stop("sync", synced.error());
    return {};
}

Outcome<void> SealedUpload::finish() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::finished) return {};
    if (state_ == State::stopped) return code_;
    if (next_ != chunks()) {
        if (const auto synced = sync_locked(); !synced) return synced;
        return stop(ErrorCode::hash_mismatch, "close before the end", "it is not whole");
    }
    proto::Sha256 digest{};
    hash_->final(digest.data());
    if (digest != identity_.sha256) {
        writer_->discard();
        return stop(ErrorCode::hash_mismatch, "hash", "it is not what was announced");
    }
    return publish();
}

Outcome<void> SealedUpload::publish() {
    const auto root = writer_->end();
    if (!root) return stop("end", root.error());
    SealedUploads::Publisher publisher;
    {
        const std::lock_guard lock(shared_->mutex);
        publisher = shared_->publisher;
    }
    if (!publisher) return stop(ErrorCode::uploads_off, "sign", "there is no publisher");
    WrittenBytes bytes(*writer_);
    proto::SignedManifest described;
    described.manifest = media::manifest_of({writer_->item(), identity_.name, identity_.sha256, *root}, bytes);
    Botan::AutoSeeded_RNG rng;
    auto signature = crypto::sign_manifest(proto::encode(described.manifest), *publisher, rng);
    if (!signature) return stop(ErrorCode::internal, "sign", describe(signature.error()));
    described.signature = std::move(*signature);
    if (const auto done = writer_->finish(proto::encode(described)); !done) {
        // Under this name it can never be finished.
        if (done.error().problem == vault::Problem::exists) writer_->discard();
        return stop("finish", done.error());
    }
    state_ = State::finished;
    let_go();
    shared_->catalogue.add_sealed(sealed_item(described, identity_.owner));
    return {};
}

} // namespace cifra::server
