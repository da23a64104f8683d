// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vault/vault.hpp"

#include <boost/json/value.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace cifra::test {

class Folder {
  public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// Byte i is the low byte of i × 131 + i / 256 × 7 + i / 16384 × 29 + size.
Bytes content(std::size_t size);

vault::VaultKey some_key(std::uint8_t first = 1);
proto::Id16 some_id(std::uint8_t first = 1);
// A vault in a folder of its own.
std::unique_ptr<vault::Vault> make_vault(const Folder& folder);
// Imports these bytes in pieces of `piece`.
std::shared_ptr<const vault::ContainerReader> import(vault::Vault& vault, const proto::Id16& id, ByteView bytes,
                                                     std::size_t piece = 100'000);

Bytes read_whole(const vault::ContainerReader& reader, std::uint32_t chunk_size);
Bytes load(const std::filesystem::path& file);
void store(const std::filesystem::path& file, ByteView bytes);
std::size_t files_in(const std::filesystem::path& folder);
// Whether any 32 bytes of `text`, at a stride, lie in the file.
bool holds_plaintext(const std::filesystem::path& file, ByteView text);
Bytes from_hex(const boost::json::value& hex);
std::string text(const boost::json::value& value);

// What went wrong; fails the test when nothing did.
template <class T>
vault::Problem problem_of(const vault::Outcome<T>& outcome) {
    if (outcome.has_value()) throw std::runtime_error("it did not fail");
    return outcome.error().problem;
}

} // namespace cifra::test
