// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <mpg123.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

namespace cifra::playback::test {
namespace {

Samples to_samples(const Bytes& bytes) {
    Samples samples(bytes.size() / 2);
    std::memcpy(samples.data(), bytes.data(), samples.size() * 2);
    return samples;
}

} // namespace

std::filesystem::path recording(const std::string& name) {
    const std::filesystem::path root = CIFRA_SOURCE_DIR;
    const auto demo = root / "media" / name;
    return exists(demo) ? demo : root / "test/playback/data" / name;
}

Bytes read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

Samples read_samples(const std::filesystem::path& path) { return to_samples(read_file(path)); }

Samples reference(const std::filesystem::path& path) {
    const auto command = "mpg123 -q -s '" + path.string() + "'";
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Bytes bytes;
    std::array<std::uint8_t, 65536> buffer{};
    for (std::size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
        bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    }
    REQUIRE(pclose(pipe) == 0);
    REQUIRE(!bytes.empty());
    return to_samples(bytes);
}

std::string difference(const Samples& actual, const Samples& expected) {
    if (actual == expected) return {};
    const auto [at, other] = std::mismatch(actual.begin(), actual.end(), expected.begin(), expected.end());
    return "equal up to sample " + std::to_string(at - actual.begin()) + "; sizes " + std::to_string(actual.size()) +
           " and " + std::to_string(expected.size());
}

Samples joined(const Samples& first, const Samples& second) {
    Samples both = first;
    both.insert(both.end(), second.begin(), second.end());
    return both;
}

Samples from(const Samples& samples, std::size_t first) {
    REQUIRE(first <= samples.size());
    return Samples(samples.begin() + static_cast<std::ptrdiff_t>(first), samples.end());
}

SeekIndex scan_index(const std::filesystem::path& path) {
    mpg123_handle* handle = mpg123_new(nullptr, nullptr);
    mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET, 0);
    REQUIRE(mpg123_open(handle, path.c_str()) == MPG123_OK);
    REQUIRE(mpg123_scan(handle) == MPG123_OK);
    off_t* offsets = nullptr;
    off_t step = 0;
    std::size_t count = 0;
    REQUIRE(mpg123_index(handle, &offsets, &step, &count) == MPG123_OK);
    SeekIndex index{.step = static_cast<std::uint32_t>(step), .offsets = {offsets, offsets + count}};
    mpg123_delete(handle);
    return index;
}

bool eventually(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

TempFolder::TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cifra-playback-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

} // namespace cifra::playback::test
