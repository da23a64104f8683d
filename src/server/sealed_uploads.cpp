// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/frame.hpp"
#include "server/log.hpp"
#include "server/sealed_upload.hpp"

#include <algorithm>
#include <bit>

namespace cifra::server {

using proto::ErrorCode;

Bytes upload_note(const UploadIdentity& identity) {
    const auto text = identity.owner + '\n' + identity.key();
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

std::string owner_of_note(ByteView note) { return {note.begin(), std::find(note.begin(), note.end(), '\n')}; }

bool is_note_of(ByteView note, const std::string& key) {
    const auto end = std::find(note.begin(), note.end(), '\n');
    return end != note.end() && std::equal(end + 1, note.end(), key.begin(), key.end());
}

ErrorCode code_for(const vault::Failure& failure) noexcept {
    switch (failure.problem) {
        case vault::Problem::no_space:
            return ErrorCode::no_space;
        case vault::Problem::exists:
            return ErrorCode::exists;
        case vault::Problem::busy:
        case vault::Problem::stopped:
            return ErrorCode::busy;
        case vault::Problem::out_of_bounds:
            return ErrorCode::too_large;
        default:
            return ErrorCode::internal;
    }
}

Outcome<std::uint64_t> SealedUploads::Shared::used_bytes(const std::string& owner, const std::string& except) const {
    std::uint64_t used = 0;
    const auto snapshot = catalogue.snapshot();
    for (const auto& item : snapshot->items()) {
        if (item->sealed && item->sealed->owner == owner) used += charged(item->manifest.size);
    }
    const auto partials = vault->partials();
    if (!partials) {
        log(Level::error, "vault", {{"reason", partials.error().text()}});
        return code_for(partials.error());
    }
    for (const auto& partial : *partials) {
        if (owner_of_note(partial.note) != owner || is_note_of(partial.note, except)) continue;
        used += charged(partial.size);
    }
    return used;
}

SealedUploads::SealedUploads(std::shared_ptr<vault::Vault> vault, Catalogue& catalogue, const Config::Uploads& limits,
                             Publisher publisher)
    : shared_(std::make_shared<Shared>(std::move(vault), catalogue, limits, std::move(publisher))) {}

SealedUploads::~SealedUploads() = default;

namespace {

Outcome<void> admit(const SealedUploads::Shared& shared, const UploadIdentity& identity) {
    const auto& limits = shared.limits;
    if (!limits.enabled || !shared.publisher) return ErrorCode::uploads_off;
    if (limits.max_bytes != 0 && identity.size > limits.max_bytes) return ErrorCode::too_large;
    if (shared.catalogue.snapshot()->find_name(identity.name)) return ErrorCode::exists;
    if (limits.quota_bytes == 0) return {};
    const auto used = shared.used_bytes(identity.owner, identity.key());
    if (!used) return used.error();
    if (*used > limits.quota_bytes || charged(identity.size) > limits.quota_bytes - *used) return ErrorCode::quota;
    return {};
}

// The same upload, whole already: its owner did not see the OK of the last time.
bool is_there(const Catalogue& catalogue, const UploadIdentity& identity) {
    const auto item = catalogue.snapshot()->find_name(identity.name);
    return item && item->sealed && item->sealed->owner == identity.owner && item->manifest.size == identity.size &&
           item->manifest.sha256 == identity.sha256;
}

} // namespace

Outcome<std::shared_ptr<Upload>> SealedUploads::begin(const UploadIdentity& identity, const Cancelled& cancelled) {
    const auto chunk_size = identity.chunk_size;
    if (chunk_size < proto::min_chunk || chunk_size > proto::max_chunk || !std::has_single_bit(chunk_size))
        return ErrorCode::protocol;
    if (!is_upload_name(identity.name)) return ErrorCode::name_refused;
    const auto next = std::make_shared<SealedUpload>(shared_, identity);
    // Before anybody can find it: a still newer writer waits here until this one knows where it stands.
    const auto own = next->hold();
    std::shared_ptr<SealedUpload> old;
    {
        const std::lock_guard lock(shared_->mutex);
        auto& place = shared_->living[next->key()];
        old = place.lock();
        if (!old && is_there(shared_->catalogue, identity)) {
            next->set_finished();
            return next;
        }
        if (const auto admitted = admit(*shared_, identity); !old && !admitted) {
            shared_->living.erase(next->key());
            return admitted.error();
        }
        place = next;
        std::erase_if(shared_->living, [](const auto& entry) { return entry.second.expired(); });
    }
    if (old && old->supersede()) {
        next->set_finished();
        return next;
    }
    const auto unwanted = [&] { return shared_->cancelled || (cancelled && cancelled()); };
    if (const auto opened = next->open(unwanted); !opened) return opened.error();
    return next;
}

void SealedUploads::cancel() noexcept { shared_->cancelled = true; }

std::size_t SealedUploads::expire(std::chrono::system_clock::time_point now) {
    const std::lock_guard lock(shared_->mutex);
    const auto days = shared_->limits.expire_days;
    if (days == 0) return 0;
    const auto partials = shared_->vault->partials();
    if (!partials) return 0;
    std::size_t n = 0;
    for (const auto& partial : *partials) {
        const auto living = std::any_of(shared_->living.begin(), shared_->living.end(), [&](const auto& entry) {
            return !entry.second.expired() && is_note_of(partial.note, entry.first);
        });
        const auto changed = std::chrono::file_clock::to_sys(partial.changed);
        if (living || now - changed < std::chrono::days(days)) continue;
        if (const auto removed = shared_->vault->remove_partial(partial.file); !removed) {
            log(Level::error, "vault", {{"reason", removed.error().text()}});
            continue;
        }
        log(Level::info, "partial upload expired",
            {{"owner", owner_of_note(partial.note)}, {"bytes", partial.arrived}});
        ++n;
    }
    return n;
}

void SealedUploads::set_limits(const Config::Uploads& limits) {
    const std::lock_guard lock(shared_->mutex);
    shared_->limits = limits;
}

void SealedUploads::set_publisher(Publisher publisher) {
    const std::lock_guard lock(shared_->mutex);
    shared_->publisher = std::move(publisher);
}

} // namespace cifra::server
