// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// From the vault's items to those of the catalogue.
#include "server/catalogue_vault.hpp"

#include "server/catalogue_scan.hpp"
#include "server/log.hpp"
#include "server/sealed_upload.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace cifra::server {

namespace {

std::int64_t changed_at(const vault::Vault& vault) {
    struct stat found{};
    if (::stat((vault.dir() / "items").c_str(), &found) != 0) return -1;
    return static_cast<std::int64_t>(found.st_mtim.tv_sec) * 1'000'000'000 + found.st_mtim.tv_nsec;
}

} // namespace

ItemPtr sealed_item(const proto::SignedManifest& described, std::string owner) {
    Item item;
    item.manifest = described.manifest;
    item.sealed = std::make_shared<const Sealed>(Sealed{described.signature, std::move(owner)});
    return finished(std::move(item));
}

ItemPtr sealed_item(const vault::ItemInfo& info) {
    const auto described = proto::decode_signed_manifest(info.metadata);
    // What the container proves must be what the publisher described.
    if (!described || described->manifest.item != info.item || described->manifest.size != info.size ||
        described->manifest.root != info.root) {
        log(Level::error, "item of the vault is described wrongly", {{"item", hex(info.item)}});
        return nullptr;
    }
    return sealed_item(*described, owner_of_note(info.note));
}

bool Catalogue::vault_changed() const { return vault_ && changed_at(*vault_) != vault_seen_; }

bool Catalogue::read_sealed(std::vector<ItemPtr>& items, const Snapshot& before, ScanReport& report) {
    if (!vault_) return true;
    vault_seen_ = changed_at(*vault_); // before it is read, so that nothing is missed
    const auto listing = vault_->items();
    if (!listing) {
        log(Level::error, "the vault cannot be read; the catalogue stays as it was",
            {{"reason", listing.error().text()}});
        return false;
    }
    for (const auto& damaged : listing->damaged)
        log(Level::error, "item of the vault left out of the catalogue", {{"reason", damaged.text()}});
    report.skipped += listing->damaged.size();
    for (const auto& info : listing->items) {
        auto item = sealed_item(info);
        if (!item) {
            ++report.skipped;
            continue;
        }
        const auto old = before.find_name(item->manifest.name);
        if (old && old->sealed && old->digest == item->digest && old->sealed->signature == item->sealed->signature)
            item = old;
        else if (old)
            ++report.changed;
        else
            ++report.added;
        put(items, item);
    }
    return true;
}

} // namespace cifra::server
