// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/upload_store.hpp"

#include "proto/frame.hpp"
#include "proto/utf8.hpp"
#include "server/log.hpp"
#include "server/upload_store_shared.hpp"

#include <sys/stat.h>

#include <bit>
#include <cerrno>

namespace cifra::server {

namespace {

namespace fs = std::filesystem;
using proto::ErrorCode;

constexpr std::uint64_t largest_file = 1ULL << 62; // bytes; positions in a file are signed

bool is_there(const fs::path& path) {
    struct stat found{};
    return ::lstat(path.c_str(), &found) == 0;
}

// Copies of a crash between copying and renaming (see PlainUpload::copy_to_media).
void remove_leftovers(const fs::path& media_dir) {
    std::error_code error;
    for (fs::directory_iterator entry(media_dir, error), end; !error && entry != end; entry.increment(error)) {
        const auto name = entry->path().filename().string();
        std::error_code ignored;
        if (name.starts_with(".cifra-") && name.ends_with(".part")) fs::remove(entry->path(), ignored);
    }
}

fs::path made_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
    if (error) throw std::runtime_error("cannot use " + folder.string() + ": " + error.message());
    return folder;
}

} // namespace

std::string UploadIdentity::key() const {
    Bytes all;
    const auto put = [&all](std::uint64_t value) {
        for (unsigned i = 8; i-- > 0;) all.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    for (const auto* text : {&owner, &name}) {
        put(text->size());
        all.insert(all.end(), text->begin(), text->end());
    }
    put(size);
    put(chunk_size);
    all.insert(all.end(), sha256.begin(), sha256.end());
    return hex(server::sha256(all));
}

std::string upload_owner(std::string_view person, std::string_view device) {
    return person.empty() ? "device:" + std::string(device) : "person:" + std::string(person);
}

bool is_upload_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 255 && name.front() != '.' && name.find('/') == std::string_view::npos &&
           proto::is_utf8(name) && !proto::has_control_characters(name);
}

proto::ErrorCode code_for(int error) noexcept {
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? ErrorCode::no_space : ErrorCode::internal;
}

PlainUpload::Shared::Shared(UploadOptions given, Catalogue& its_catalogue)
    : options(std::move(given)),
      uploads_dir(made_folder(options.state_dir / "uploads")),
      catalogue(its_catalogue),
      limits(options.limits),
      owners(uploads_dir / "owners.json") {
    remove_leftovers(catalogue.media_dir());
    for (const auto& [key, meta] : load_partials(uploads_dir)) {
        const auto& identity = meta.identity;
        const auto bytes = std::min(identity.size, meta.durable * identity.chunk_size);
        partials[key] = {identity.owner, identity.size, bytes, 0, {}};
    }
}

std::uint64_t PlainUpload::Shared::used_bytes(const std::string& owner, const std::string& except) {
    std::uint64_t used = owners.used_bytes(owner, catalogue.media_dir(),
                                           [this](const std::string& key) { return partials.contains(key); });
    for (const auto& [key, partial] : partials) {
        if (partial.owner != owner || key == except) continue;
        used += charged(partial.upload.expired() ? partial.bytes : partial.size);
    }
    return used;
}

std::size_t PlainUpload::Shared::partials_of(const std::string& owner, const std::string& except) const {
    std::size_t n = 0;
    for (const auto& [key, partial] : partials) {
        if (partial.owner == owner && key != except) ++n;
    }
    return n;
}

PlainUpload::Shared::Partial* PlainUpload::Shared::held_by(const std::string& key, std::uint64_t writer) {
    const auto found = partials.find(key);
    return found == partials.end() || found->second.writer != writer ? nullptr : &found->second;
}

UploadStore::UploadStore(UploadOptions options, Catalogue& catalogue)
    : shared_(std::make_shared<PlainUpload::Shared>(std::move(options), catalogue)) {}

void PlainUpload::set_finished() {
    state_ = State::finished;
    next_ = durable_ = proto::chunk_count(identity_.size, identity_.chunk_size);
}

// With the mutex held: whether `next` may begin; it is then the one that holds the upload.
Outcome<void> PlainUpload::Shared::admit(const std::shared_ptr<PlainUpload>& next, std::shared_ptr<PlainUpload>& old) {
    const auto& identity = next->identity_;
    const auto& key = next->key_;
    if (!limits.enabled) return ErrorCode::uploads_off;
    if (identity.size > (limits.max_bytes == 0 ? largest_file : limits.max_bytes)) return ErrorCode::too_large;
    const auto found = partials.find(key);
    if (found != partials.end()) old = found->second.upload.lock();
    if (!old && owners.has(key)) {
        const auto item = catalogue.snapshot()->find_name(identity.name);
        if (item && item->manifest.sha256 == identity.sha256) {
            if (found != partials.end()) found->second.writer = next->writer_;
            next->set_finished(); // its owner did not see the OK of the last time
            return {};
        }
    }
    if (!old && is_there(catalogue.media_dir() / identity.name)) return ErrorCode::exists;
    const auto used = used_bytes(identity.owner, key);
    const auto quota = limits.quota_bytes;
    if (quota != 0 && (used > quota || charged(identity.size) > quota - used)) return ErrorCode::quota;
    if (partials_of(identity.owner, key) >= options.max_partials_of_owner) return ErrorCode::quota;
    const auto bytes = found == partials.end() ? 0 : found->second.bytes;
    partials[key] = {identity.owner, identity.size, bytes, next->writer_, next};
    return {};
}

Outcome<std::shared_ptr<Upload>> UploadStore::begin(const UploadIdentity& identity, const Cancelled& cancelled) {
    const auto chunk_size = identity.chunk_size;
    if (chunk_size < proto::min_chunk || chunk_size > proto::max_chunk || !std::has_single_bit(chunk_size)) {
        return ErrorCode::protocol;
    }
    if (!is_upload_name(identity.name)) return ErrorCode::name_refused;
    auto next = std::make_shared<PlainUpload>(shared_, identity, ++shared_->last_writer);
    std::shared_ptr<PlainUpload> old;
    // Before anybody can find it: a still newer writer waits here until this one knows where it stands.
    const std::lock_guard own(next->mutex_);
    {
        const std::lock_guard lock(shared_->mutex);
        if (const auto admitted = shared_->admit(next, old); !admitted) return admitted.error();
    }
    if (next->state_ == PlainUpload::State::finished) {
        next->discard();
        return next;
    }
    if (old && old->supersede()) {
        next->discard();
        next->set_finished();
        return next;
    }
    const auto unwanted = [&] { return shared_->cancelled || (cancelled && cancelled()); };
    if (const auto opened = next->open(unwanted); !opened) return opened.error();
    return next;
}

void UploadStore::cancel() noexcept { shared_->cancelled = true; }

std::size_t UploadStore::expire(std::chrono::system_clock::time_point now) {
    const std::lock_guard lock(shared_->mutex);
    const auto days = shared_->limits.expire_days;
    if (days == 0) return 0;
    std::size_t n = 0;
    for (auto at = shared_->partials.begin(); at != shared_->partials.end();) {
        const auto folder = shared_->uploads_dir / at->first;
        struct stat found{};
        const bool there = ::stat((folder / "meta.json").c_str(), &found) == 0;
        const auto used = std::chrono::system_clock::from_time_t(found.st_mtim.tv_sec);
        if (!at->second.upload.expired() || (there && now - used < std::chrono::days(days))) {
            ++at;
            continue;
        }
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
        log(Level::info, "partial upload expired", {{"owner", at->second.owner}, {"bytes", at->second.bytes}});
        at = shared_->partials.erase(at);
        ++n;
    }
    return n;
}

std::uint64_t UploadStore::used_bytes(const std::string& owner) const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->used_bytes(owner, {});
}

void UploadStore::set_limits(const Config::Uploads& limits) {
    const std::lock_guard lock(shared_->mutex);
    shared_->limits = limits;
}

} // namespace cifra::server
