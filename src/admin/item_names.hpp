// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Names of items and their ids. The ledger has ids alone; names stand in the vault, sealed.
#pragma once

#include "vault/item_id.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace cifra::admin {

using proto::Id16;

class ItemNames {
  public:
    ItemNames(std::filesystem::path vault, const vault::VaultKey& key) : vault_(std::move(vault)), key_(key) {}

    // An id that was typed as 32 hexadecimal digits.
    static std::optional<Id16> id_if(const std::string& text);
    // Whether the vault holds it.
    bool has(const Id16& id) const;
    // For an item that the vault does not hold, or not any longer.
    void remember(const Id16& id, const std::string& name) { names_[id] = name; }
    // Its name, else its id in hexadecimal digits.
    std::string name_of(const Id16& id);
    std::vector<std::string> names();

  private:
    void read();

    std::filesystem::path vault_;
    const vault::VaultKey& key_;
    std::map<Id16, std::string> names_;
    bool read_ = false;
};

} // namespace cifra::admin
