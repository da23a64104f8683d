// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The file that saves reading the media again at each start. It is a cache: what is missing or wrong in it is read
// anew.
#pragma once

#include "server/catalogue.hpp"

namespace cifra::server {

enum class IndexState { good, missing, damaged };

struct LoadedIndex {
    IndexState state = IndexState::missing;
    std::unordered_map<std::string, ItemPtr> items; // of a damaged file: those before the damage
};

LoadedIndex load_catalogue_index(const std::filesystem::path& file);
// 0, or errno.
int save_catalogue_index(const std::filesystem::path& file, const std::vector<ItemPtr>& items);
// Adds one item, which replaces an earlier one of its name. Not atomic: half of it is found to be damage when loading.
int append_to_catalogue_index(const std::filesystem::path& file, const Item& item);

} // namespace cifra::server
