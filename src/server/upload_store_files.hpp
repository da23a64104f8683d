// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the upload store keeps in state_dir/uploads: a folder {data, meta.json} for each partial upload, named by its
// key, and owners.json, which says whose the finished ones are.
#pragma once

#include "server/upload_store.hpp"

#include <map>

namespace cifra::server {

struct PartialMeta {
    UploadIdentity identity;
    std::uint64_t durable = 0; // chunks
};
bool load_partial(const std::filesystem::path& folder, PartialMeta& meta);
int save_partial(const std::filesystem::path& folder, const PartialMeta& meta); // 0, or errno
// Every partial upload that can go on, by key. Folders that cannot are removed.
std::map<std::string, PartialMeta> load_partials(const std::filesystem::path& uploads);

struct FinishedUpload {
    std::string owner;
    std::string name;
    std::uint64_t size = 0;
};

// By key. Not thread-safe.
class UploadOwners {
  public:
    explicit UploadOwners(std::filesystem::path file);
    int add(const std::string& key, const FinishedUpload& upload); // 0, or errno and nothing added
    int remove(const std::string& key);
    bool has(const std::string& key) const { return by_key_.contains(key); }
    // Of files that are still in media_dir as they were put there; others are forgotten. Leaves out `except`.
    std::uint64_t used_bytes(const std::string& owner, const std::filesystem::path& media_dir,
                             const std::function<bool(const std::string& key)>& except);

  private:
    int save() const;
    std::filesystem::path file_;
    std::map<std::string, FinishedUpload> by_key_;
};

} // namespace cifra::server
