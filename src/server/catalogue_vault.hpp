// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue.hpp"

namespace cifra::server {

// `owner`: as upload_owner() names whoever sent it, which the container's note holds; empty: the operator.
ItemPtr sealed_item(const proto::SignedManifest& described, std::string owner);
// A nullptr, and a line of the log, when metadata and container disagree.
ItemPtr sealed_item(const vault::ItemInfo& info);
// Into its place, instead of one of the same name; `items` is sorted by name.
void put(std::vector<ItemPtr>& items, const ItemPtr& item);

} // namespace cifra::server
