// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proto/bytes.hpp"

#include <filesystem>

namespace cifra::crypto {

// The whole file, at most `limit` bytes. Throws std::system_error, or std::runtime_error, naming the file.
std::string read_text_file(const std::filesystem::path& file, std::size_t limit = std::size_t{1} << 20U);

// Another one when the file was replaced or written to; also for one that is not there.
std::string state_of_file(const std::filesystem::path& file);

// DER of each certificate of a PEM file, in its order. Throws like the above, also when there is none.
std::vector<Bytes> read_certificates(const std::filesystem::path& pem);

} // namespace cifra::crypto
