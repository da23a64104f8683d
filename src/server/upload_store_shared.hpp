// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What an UploadStore and its Uploads have in common.
#pragma once

#include "server/upload_store_files.hpp"

#include <botan/hash.h>

#include <atomic>

namespace cifra::server {

struct PlainUpload::Hash {
    std::unique_ptr<Botan::HashFunction> sha256 = Botan::HashFunction::create_or_throw("SHA-256");
};

// Locks: an Upload's own mutex may be held when this one is taken, never the other way round. And nothing that might be
// the last pointer to an Upload is let go of under it.
struct PlainUpload::Shared {
    struct Partial {
        std::string owner;
        std::uint64_t size = 0;  // bytes, announced
        std::uint64_t bytes = 0; // durable
        std::uint64_t writer = 0;
        std::weak_ptr<PlainUpload> upload;
    };

    Shared(UploadOptions given, Catalogue& its_catalogue);

    const UploadOptions options;
    const std::filesystem::path uploads_dir;
    Catalogue& catalogue;

    std::mutex mutex;
    Config::Uploads limits;
    std::map<std::string, Partial> partials; // by key
    UploadOwners owners;
    std::atomic<std::uint64_t> last_writer = 0;
    std::atomic<bool> cancelled = false;

    // The rest with `mutex` held.
    Outcome<void> admit(const std::shared_ptr<PlainUpload>& next, std::shared_ptr<PlainUpload>& old);
    // Living partial uploads count as whole.
    std::uint64_t used_bytes(const std::string& owner, const std::string& except);
    std::size_t partials_of(const std::string& owner, const std::string& except) const;
    // Null when it has been superseded.
    Partial* held_by(const std::string& key, std::uint64_t writer);
};

// NO_SPACE for a full disk or a quota of the file system, INTERNAL for the rest.
proto::ErrorCode code_for(int error) noexcept;

} // namespace cifra::server
