// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proto/bytes.hpp"

#include <filesystem>

namespace cifra::crypto {

// The whole file, at most 1 MiB. Throws std::system_error, or std::runtime_error, naming the file.
std::string read_text_file(const std::filesystem::path& file);

// DER of each certificate of a PEM file, in its order. Throws like the above, also when there is none.
std::vector<Bytes> read_certificates(const std::filesystem::path& pem);

} // namespace cifra::crypto
