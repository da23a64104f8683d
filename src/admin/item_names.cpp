// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/item_names.hpp"

#include "admin/output.hpp"
#include "licence/hex.hpp"
#include "proto/codec.hpp"
#include "vault/vault.hpp"

namespace cifra::admin {

namespace fs = std::filesystem;

std::optional<Id16> ItemNames::id_if(const std::string& text) { return licence::id_of(text); }

bool ItemNames::has(const Id16& id) const {
    std::error_code ignored;
    return fs::exists(vault_ / "items" / (licence::to_hex(id) + ".vault"), ignored);
}

std::string ItemNames::name_of(const Id16& id) {
    if (!names_.contains(id)) read();
    const auto known = names_.find(id);
    return known == names_.end() ? licence::to_hex(id) : known->second;
}

std::vector<std::string> ItemNames::names() {
    read();
    std::vector<std::string> all;
    for (const auto& [id, name] : names_) all.push_back(name);
    return all;
}

// Every item is opened for it: once a run, and only when a name is asked for that was not typed.
void ItemNames::read() {
    if (std::exchange(read_, true)) return;
    try {
        const vault::Vault vault(vault_, vault::VaultKey(crypto::Secret::copy_of(key_.bytes().view())));
        const auto listing = vault.items();
        if (!listing) return say("names of items are not to be had: " + listing.error().text());
        for (const auto& damaged : listing->damaged) say("left out: " + damaged.text());
        for (const auto& one : listing->items) {
            proto::Reader reader(one.metadata);
            const auto manifest = proto::decode_manifest(reader.bytes24()); // the publisher's signature is behind it
            if (manifest) names_[one.item] = manifest->name;
        }
    } catch (const std::runtime_error& failure) { // no such folder
        say(std::string("names of items are not to be had: ") + failure.what());
    }
}

} // namespace cifra::admin
