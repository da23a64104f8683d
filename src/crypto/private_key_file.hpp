// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

namespace cifra::crypto {

// Durable when it returns: written beside, fsync, given its name, fsync of the folder. Never overwrites: that is a
// std::system_error with EEXIST; any other failure too is a std::system_error naming the file, and leaves nothing
// behind.
void write_new_file(const std::filesystem::path& file, std::string_view content, mode_t mode);

// Likewise, but over whatever has that name. A file that is replaced hands on its mode and, where that is allowed, its
// owner; `mode` is for a new one.
void replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode);

// fsync of a folder, so that the names in it last.
void sync_folder(const std::filesystem::path& folder);

} // namespace cifra::crypto
