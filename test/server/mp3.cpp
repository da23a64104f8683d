// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "mp3.hpp"

#include "folder.hpp"

#include <catch2/catch.hpp>

namespace cifra::server::test {

namespace {

std::string four(std::size_t value, unsigned bits) {
    std::string out;
    for (unsigned i = 4; i-- > 0;) out += static_cast<char>(value >> (bits * i) & ((1U << bits) - 1));
    return out;
}

} // namespace

std::string demo_mp3() {
    auto mp3 = contents_of(CIFRA_SOURCE_DIR "/media/gunroar-2.mp3");
    REQUIRE(mp3.starts_with("ID3"));
    return mp3;
}

std::string bare_mp3() {
    const auto mp3 = demo_mp3();
    std::size_t length = 0;
    for (std::size_t i = 6; i < 10; ++i) length = length << 7 | static_cast<unsigned char>(mp3[i]);
    auto bare = mp3.substr(10 + length);
    REQUIRE(bare.starts_with("\xff\xfb"));
    return bare;
}

std::string id3v1(std::string_view title, std::string_view artist, std::string_view album) {
    std::string tag = "TAG";
    for (const auto field : {title, artist, album}) {
        std::string bytes(field.substr(0, 30));
        bytes.resize(30, '\0');
        tag += bytes;
    }
    tag.resize(127, '\0');
    return tag + '\xff';
}

std::string id3v2(std::initializer_list<std::pair<std::string_view, std::string>> frames) {
    std::string body;
    for (const auto& [id, text] : frames) body.append(id).append(four(text.size(), 8)).append(2, '\0').append(text);
    return std::string("ID3\x03\0\0", 6) + four(body.size(), 7) + body;
}

} // namespace cifra::server::test
