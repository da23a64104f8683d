// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A fresh folder, removed with all that is in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cifra::server::test {

class Folder {
  public:
    explicit Folder(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
    // Writes a file and the folders that lead to it.
    std::filesystem::path write(std::string_view name, std::string_view contents) const;
    std::filesystem::path make(std::string_view folder) const;

  private:
    std::filesystem::path path_;
};

std::string contents_of(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view contents);
// `size` bytes that look random and depend on `seed` alone.
std::string noise(std::size_t size, unsigned seed);

} // namespace cifra::server::test
