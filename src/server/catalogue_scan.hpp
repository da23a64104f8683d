// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// From files to items.
#pragma once

#include "server/catalogue.hpp"

namespace cifra::server {

// Names of the regular files below `folder`, and of the links to such, sorted. Hidden ones, and what cannot be the name
// of an item, are left out; links to folders are not followed. Nothing when the folder itself cannot be read. Those
// found so far when it is cancelled.
std::optional<std::vector<std::string>> file_names(const std::filesystem::path& folder, std::size_t& skipped,
                                                   const Cancelled& cancelled = {});

// Completes an item whose manifest and stamp are set.
ItemPtr finished(Item item);

// The item of that name, read whole unless `same` has its stamp, which is then returned. A nullptr (and a line of the
// log) when there is none, it leads out of the folder, or it changes while it is read; without a line when cancelled.
ItemPtr read_item(int folder, const std::string& name, const ItemPtr& same, const std::optional<proto::Sha256>& known,
                  const Cancelled& cancelled = {});

} // namespace cifra::server
