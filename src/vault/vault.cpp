// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/vault.hpp"

#include "vault/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <botan/auto_rng.h>
#include <botan/hex.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace cifra::vault {

namespace {

namespace fs = std::filesystem;

// HEX32 and this extension; nothing for any other name.
std::optional<proto::Id16> id_of(const fs::path& file, std::string_view extension) {
    const auto stem = file.stem().string();
    if (file.extension() != extension || stem.size() != 32) return std::nullopt;
    if (stem.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
    proto::Id16 id{};
    Botan::hex_decode(id.data(), stem);
    return id;
}

int make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return 0;
    return errno;
}

} // namespace

Outcome<void> Vault::make_folders(const fs::path& dir) {
    for (const auto& folder : {dir, dir / "items", dir / "incoming"}) {
        if (const int error = make_folder(folder)) return failure_of(error, folder);
    }
    for (const auto& folder : {dir, fs::absolute(dir).parent_path()}) {
        if (const int error = sync_folder(folder)) return failure_of(error, folder);
    }
    return {};
}

Vault::Vault(fs::path dir, VaultKey key)
    : dir_(std::move(dir)), items_(dir_ / "items"), incoming_(dir_ / "incoming"), key_(std::move(key)) {
    for (const auto& folder : {items_, incoming_}) {
        std::error_code error;
        if (!fs::is_directory(folder, error)) throw std::runtime_error(folder.string() + ": no such folder");
    }
    remove_leftovers();
}

proto::Id16 Vault::new_id(Botan::RandomNumberGenerator& rng) {
    proto::Id16 id{};
    rng.randomize(id.data(), id.size());
    return id;
}

Outcome<Listing> Vault::items() const {
    Listing listing;
    std::error_code error;
    for (fs::directory_iterator at(items_, error), end; !error && at != end; at.increment(error)) {
        const auto id = id_of(at->path(), ".vault");
        if (!id) continue;
        const auto reader = ContainerReader::open(at->path(), key_);
        if (!reader) {
            if (reader.error().problem != Problem::not_there) listing.damaged.push_back(reader.error());
        } else if ((*reader)->item() != *id) {
            listing.damaged.push_back({Problem::foreign, at->path()});
        } else {
            const auto& found = **reader;
            listing.items.push_back({*id,
                                     found.size(),
                                     found.root(),
                                     {found.note().begin(), found.note().end()},
                                     {found.metadata().begin(), found.metadata().end()}});
        }
    }
    if (error) return failure_of(error.value(), items_);
    std::ranges::sort(listing.items, {}, &ItemInfo::item);
    std::ranges::sort(listing.damaged, {}, &Failure::file);
    return listing;
}

Outcome<std::shared_ptr<const ContainerReader>> Vault::find(const proto::Id16& item) const {
    const auto file = file_of(item);
    const std::lock_guard lock(mutex_);
    struct stat found{};
    if (::lstat(file.c_str(), &found) != 0) return failure_of(errno, file);
    const auto held = held_.find(item);
    if (held != held_.end() && held->second.inode == found.st_ino) {
        if (auto reader = held->second.reader.lock()) return reader;
    }
    auto reader = ContainerReader::open(file, key_);
    if (!reader) return reader.error();
    if ((*reader)->item() != item) return Failure{Problem::foreign, file};
    std::erase_if(held_, [](const auto& entry) { return entry.second.reader.expired(); });
    held_[item] = {found.st_ino, *reader};
    return reader;
}

Outcome<void> Vault::remove(const proto::Id16& item) {
    const auto file = file_of(item);
    if (::unlink(file.c_str()) != 0) return failure_of(errno, file);
    if (const int error = sync_folder(items_)) return failure_of(error, file);
    return {};
}

Outcome<void> Vault::verify(const proto::Id16& item, const Cancelled& cancelled) const {
    const auto reader = find(item);
    if (!reader) return reader.error();
    return (*reader)->verify(cancelled);
}

} // namespace cifra::vault
