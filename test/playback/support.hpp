// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/playback/track.hpp"
#include "proto/bytes.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cifra::playback::test {

using Samples = std::vector<std::int16_t>;

std::filesystem::path recording(const std::string& name); // of media/ or of data/ here
Bytes read_file(const std::filesystem::path& path);
Samples read_samples(const std::filesystem::path& path);

// What the mpg123 program makes of a file.
Samples reference(const std::filesystem::path& path);
// Where two sound alike until; empty if everywhere. (Catch would print millions of samples.)
std::string difference(const Samples& actual, const Samples& expected);
Samples joined(const Samples& first, const Samples& second);
Samples from(const Samples& samples, std::size_t first);

// As the server makes it.
SeekIndex scan_index(const std::filesystem::path& path);

// Polls until it is true: false after a time that only a broken program needs.
bool eventually(const std::function<bool()>& condition);

class TempFolder {
  public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

} // namespace cifra::playback::test
