// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue.hpp"

#include "server/catalogue_index.hpp"
#include "server/catalogue_scan.hpp"
#include "server/catalogue_vault.hpp"
#include "server/log.hpp"
#include "server/text.hpp"

#include <botan/hash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cifra::server {

namespace {

constexpr std::size_t catalogue_header = 4 + 8 + 8 + 4 + 2; // bytes before the entries

bool by_name(const ItemPtr& item, std::string_view name) { return item->manifest.name < name; }

bool has_name(const std::vector<ItemPtr>& items, const ItemPtr& item) {
    const auto at = std::lower_bound(items.begin(), items.end(), item->manifest.name, by_name);
    return at != items.end() && (*at)->manifest.name == item->manifest.name;
}

bool matches(const Item& item, const std::vector<std::string>& words) {
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return item.folded.find(word) != std::string::npos; });
}

proto::Entry entry_of(const Item& item, std::uint32_t chunk_limit) {
    const auto& manifest = item.manifest;
    return {manifest.item,        manifest.kind, manifest.size,  std::min(manifest.chunk_size, chunk_limit),
            manifest.duration_ms, manifest.name, manifest.title, manifest.artist,
            manifest.album};
}

} // namespace

void put(std::vector<ItemPtr>& items, const ItemPtr& item) {
    const auto at = std::lower_bound(items.begin(), items.end(), item->manifest.name, by_name);
    if (at != items.end() && (*at)->manifest.name == item->manifest.name) {
        *at = item;
    } else {
        items.insert(at, item);
    }
}

proto::Manifest manifest_for(const Item& item, std::uint32_t chunk_limit) {
    auto manifest = item.manifest;
    manifest.chunk_size = std::min(manifest.chunk_size, chunk_limit);
    return manifest;
}

proto::Id16 item_id(std::string_view name) {
    const auto digest = sha256(as_bytes(std::string("cifra item\0", 11).append(name)));
    proto::Id16 item;
    std::copy_n(digest.begin(), item.size(), item.begin());
    return item;
}

std::size_t Snapshot::IdHash::operator()(const proto::Id16& item) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, item.data(), sizeof hash);
    return hash;
}

Snapshot::Snapshot(std::vector<ItemPtr> items) : items_(std::move(items)) {
    by_id_.reserve(items_.size());
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    for (const auto& item : items_) {
        by_id_.emplace(item->manifest.item, item);
        hash->update(item->digest.data(), item->digest.size());
    }
    const auto digest = hash->final();
    for (std::size_t i = 0; i < 8; ++i) revision_ = revision_ << 8 | digest[i];
    if (revision_ == 0) revision_ = 1;
}

ItemPtr Snapshot::find(const proto::Id16& item) const {
    const auto found = by_id_.find(item);
    return found == by_id_.end() ? nullptr : found->second;
}

ItemPtr Snapshot::find_name(std::string_view name) const {
    const auto found = std::lower_bound(items_.begin(), items_.end(), name, by_name);
    return found == items_.end() || (*found)->manifest.name != name ? nullptr : *found;
}

proto::Catalogue Snapshot::page(std::string_view query, std::uint64_t cursor, std::uint16_t limit,
                                std::uint32_t chunk_limit) const {
    const auto words = words_of(folded(query));
    proto::Catalogue page;
    page.revision = revision_;
    std::size_t size = catalogue_header;
    bool full = false;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (!matches(*items_[i], words)) continue;
        ++page.total;
        if (full || i < cursor) continue;
        auto entry = entry_of(*items_[i], chunk_limit);
        size += encoded_size(entry);
        full = size > proto::catalogue_limit || page.entries.size() == (limit == 0 ? SIZE_MAX : limit);
        if (full) {
            page.next_cursor = i;
        } else {
            page.entries.push_back(std::move(entry));
        }
    }
    return page;
}

Catalogue::Catalogue(std::filesystem::path media_dir, const std::filesystem::path& state_dir,
                     std::shared_ptr<const vault::Vault> vault)
    : media_dir_(std::move(media_dir)),
      index_file_(state_dir / "catalogue.index"),
      vault_(std::move(vault)),
      snapshot_(std::make_shared<const Snapshot>(std::vector<ItemPtr>{})) {
    load_index();
}

void Catalogue::load_index() {
    auto loaded = load_catalogue_index(index_file_);
    index_is_good_ = loaded.state == IndexState::good;
    if (loaded.state == IndexState::damaged) {
        log(Level::warning, "catalogue index is damaged; media are read again",
            {{"file", index_file_.string()}, {"kept", loaded.items.size()}});
    }
    indexed_ = std::move(loaded.items);
}

std::shared_ptr<const Snapshot> Catalogue::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

void Catalogue::publish(std::vector<ItemPtr> items) {
    auto next = std::make_shared<const Snapshot>(std::move(items));
    const std::lock_guard lock(mutex_);
    snapshot_.swap(next);
}

std::vector<ItemPtr> Catalogue::read_items(int folder, const std::vector<std::string>& names, const Snapshot& before,
                                           ScanReport& report) {
    std::vector<ItemPtr> items;
    const Cancelled cancelled = [this] { return cancelled_.load(); };
    for (const auto& name : names) {
        const auto old = before.find_name(name);
        const auto cached = indexed_.find(name);
        const ItemPtr same = old || cached == indexed_.end() ? old : cached->second;
        auto item = cancelled_ ? nullptr : read_item(folder, name, same, std::nullopt, cancelled);
        if (cancelled_ && !item) item = same; // for the index alone: the next start compares its stamp
        if (!item) {
            ++report.skipped;
            continue;
        }
        if (item != same) {
            ++report.read;
            report.read_bytes += item->manifest.size;
        }
        if (!old) {
            ++report.added;
        } else if (item != old) {
            ++report.changed;
        }
        items.push_back(std::move(item));
    }
    return items;
}

void Catalogue::save_index(const std::vector<ItemPtr>& items) {
    const int error = save_catalogue_index(index_file_, items);
    index_is_good_ = error == 0;
    if (error != 0) log(Level::error, "catalogue index cannot be written", {{"reason", std::strerror(error)}});
}

bool Catalogue::read_plain(std::vector<ItemPtr>& items, const Snapshot& before, ScanReport& report) {
    if (media_dir_.empty()) return true;
    const auto folder = open_folder(media_dir_);
    const auto names =
        folder ? file_names(media_dir_, report.skipped, [this] { return cancelled_.load(); }) : std::nullopt;
    if (!names) {
        log(Level::error, "media_dir cannot be read; the catalogue stays as it was", {{"folder", media_dir_.string()}});
        return false;
    }
    items = read_items(folder.get(), *names, before, report);
    return true;
}

ScanReport Catalogue::rescan() {
    const std::lock_guard scanning(scanning_);
    ScanReport report;
    const auto before = snapshot();
    std::vector<ItemPtr> plain;
    if (!read_plain(plain, *before, report)) return report;
    auto items = plain;
    if (!read_sealed(items, *before, report)) return report;

    const std::lock_guard changing(changing_);
    const auto present = snapshot();
    for (const auto& item : present->items()) {
        // What has been added while the scan went on is newer than what it saw.
        if (before->find_name(item->manifest.name) == item) continue;
        put(items, item);
        if (!item->sealed) put(plain, item);
    }
    report.items = items.size();
    report.removed =
        static_cast<std::size_t>(std::count_if(before->items().begin(), before->items().end(),
                                               [&items](const ItemPtr& item) { return !has_name(items, item); }));
    report.cancelled = cancelled_;
    report.complete = !report.cancelled;
    if (report.cancelled) {
        if (report.read != 0) save_index(plain);
        return report;
    }
    const bool written = media_dir_.empty() ||
                         (index_is_good_ && report.read == 0 && report.removed == 0 && indexed_.size() <= plain.size());
    if (!written) save_index(plain);
    indexed_.clear();
    publish(std::move(items));
    return report;
}

void Catalogue::add_sealed(const ItemPtr& item) {
    const std::lock_guard changing(changing_);
    auto items = snapshot()->items();
    put(items, item);
    publish(std::move(items));
}

ItemPtr Catalogue::add(const std::string& name, const std::optional<proto::Sha256>& known) {
    const auto folder = open_folder(media_dir_);
    auto item = folder ? read_item(folder.get(), name, snapshot()->find_name(name), known) : nullptr;
    if (!item) return nullptr;
    const std::lock_guard changing(changing_);
    auto items = snapshot()->items();
    put(items, item);
    if (index_is_good_ && append_to_catalogue_index(index_file_, *item) != 0) index_is_good_ = false;
    publish(std::move(items));
    return item;
}

} // namespace cifra::server
