// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/media_tags.hpp"

#include "folder.hpp"
#include "mp3.hpp"
#include "proto/utf8.hpp"

#include <mpg123.h>
#include <catch2/catch.hpp>

#include <memory>

using namespace cifra;
using namespace cifra::server;
using namespace std::string_literals;

namespace {

bool read(const std::string& contents, proto::Manifest& manifest) {
    manifest = {};
    manifest.size = contents.size();
    media::MemorySource source(as_bytes(contents));
    auto facts = media::read_facts(source);
    if (facts) describe(manifest, std::move(*facts));
    return facts.has_value();
}

using Handle = std::unique_ptr<mpg123_handle, decltype(&mpg123_delete)>;

Handle feed_handle() {
    Handle handle(mpg123_new(nullptr, nullptr), &mpg123_delete);
    mpg123_param(handle.get(), MPG123_ADD_FLAGS, MPG123_QUIET, 0.0);
    REQUIRE(mpg123_open_feed(handle.get()) == MPG123_OK);
    return handle;
}

// Decodes what it is fed, at most `limit` bytes of samples.
std::string decode(mpg123_handle* handle, std::string_view mp3, std::size_t limit) {
    std::string pcm;
    std::string buffer(65'536, '\0');
    const auto* in = reinterpret_cast<const unsigned char*>(mp3.data());
    std::size_t length = mp3.size();
    while (pcm.size() < limit) {
        std::size_t n = 0;
        const int code = mpg123_decode(handle, in, length, buffer.data(), buffer.size(), &n);
        pcm.append(buffer, 0, n);
        length = 0;
        if (code == MPG123_NEED_MORE || code == MPG123_ERR || code == MPG123_DONE) break;
    }
    pcm.resize(std::min(pcm.size(), limit));
    return pcm;
}

} // namespace

TEST_CASE("an MP3 gives its tags, duration and format") {
    proto::Manifest manifest;
    REQUIRE(read(test::demo_mp3(), manifest));
    CHECK(manifest.kind == proto::Kind::audio);
    CHECK(manifest.title == "Gunroar music 2");
    CHECK(manifest.artist == "Kenta Cho");
    CHECK(manifest.album == "Gunroar");
    CHECK(manifest.sample_rate == 44'100);
    CHECK(manifest.channels == 1);
    CHECK(manifest.duration_ms == Approx(40'000).margin(100));
}

TEST_CASE("the seek index names places where MPEG frames start") {
    const auto mp3 = test::demo_mp3();
    proto::Manifest manifest;
    REQUIRE(read(mp3, manifest));
    REQUIRE(manifest.seek_offsets.size() > 100);
    CHECK(manifest.seek_offsets.size() <= 1000);
    CHECK(manifest.seek_step > 0);
    for (const auto offset : manifest.seek_offsets) {
        REQUIRE(offset + 1 < mp3.size());
        CHECK(mp3.substr(offset, 2) == "\xff\xfb");
    }
}

TEST_CASE("with the seek index a player that is fed seeks to the exact sample") {
    const auto mp3 = test::demo_mp3();
    proto::Manifest manifest;
    REQUIRE(read(mp3, manifest));
    const auto all = feed_handle();
    const auto whole = decode(all.get(), mp3, SIZE_MAX);
    constexpr off_t sample = 1'000'001;
    constexpr std::size_t some = 100'000; // bytes of two a sample

    const auto player = feed_handle();
    mpg123_param(player.get(), MPG123_INDEX_SIZE, 1000, 0.0);
    decode(player.get(), std::string_view(mp3).substr(0, 16'384), SIZE_MAX);
    std::vector<off_t> offsets(manifest.seek_offsets.begin(), manifest.seek_offsets.end());
    REQUIRE(mpg123_set_index(player.get(), offsets.data(), static_cast<off_t>(manifest.seek_step), offsets.size()) ==
            MPG123_OK);
    off_t from = 0;
    REQUIRE(mpg123_feedseek(player.get(), sample, SEEK_SET, &from) == sample);
    CHECK(from > 100'000);
    const auto sought = decode(player.get(), std::string_view(mp3).substr(static_cast<std::size_t>(from)), some);
    REQUIRE(sought.size() == some);
    CHECK(sought == whole.substr(2 * sample, some));
}

TEST_CASE("a long MP3 has at most 1000 entries of the seek index") {
    const auto bare = test::bare_mp3();
    std::string longer;
    for (int i = 0; i < 12; ++i) longer += bare;
    proto::Manifest manifest;
    REQUIRE(read(longer, manifest));
    CHECK(manifest.seek_offsets.size() <= 1000);
    CHECK(manifest.seek_offsets.size() > 400);
    CHECK(manifest.seek_step > 1);
    CHECK(manifest.seek_offsets.back() > longer.size() * 99 / 100);
    manifest.name = "x";
    manifest.chunk_size = 16'384;
    CHECK(proto::decode_manifest(encode(manifest)).has_value());
}

TEST_CASE("tags of ID3v1 are taken as UTF-8 where they are, else as Windows-1252") {
    proto::Manifest manifest;
    REQUIRE(read(test::bare_mp3() + test::id3v1("Caf\xe9 \x80", "Jos\xc3\xa9", "Plain   "), manifest));
    CHECK(manifest.title == "Café €");
    CHECK(manifest.artist == "José");
    CHECK(manifest.album == "Plain");
}

TEST_CASE("tags of ID3v2 win, in Latin-1 and UTF-16, and those of ID3v1 fill the gaps") {
    proto::Manifest manifest;
    const auto tag = test::id3v2({{"TIT2", "\0T\xedtulo"s}, {"TPE1", "\x01\xff\xfe\x1b\x04\x16\x04"s}});
    REQUIRE(read(tag + test::bare_mp3() + test::id3v1("old", "old", "Old album"), manifest));
    CHECK(manifest.title == "Título");
    CHECK(manifest.artist == "ЛЖ");
    CHECK(manifest.album == "Old album");
}

TEST_CASE("tags are made fit for messages and terminals") {
    proto::Manifest manifest;
    const auto tag = test::id3v2(
        {{"TIT2", "\0\x1b[31mRed\r\n"s}, {"TPE1", "\0"s + std::string(5000, 'x')}, {"TALB", "\0One\0Two\0"s}});
    REQUIRE(read(tag + test::bare_mp3(), manifest));
    CHECK_FALSE(proto::has_control_characters(manifest.title));
    CHECK(manifest.title == "[31mRed");
    CHECK(manifest.artist == std::string(512, 'x'));
    CHECK(manifest.album == "One; Two");
    manifest.name = "x";
    manifest.chunk_size = 16'384;
    CHECK(proto::decode_manifest(encode(manifest)).has_value());
}

TEST_CASE("R-51: tags that override the direction of writing are told without that") {
    proto::Manifest manifest;
    const auto tag =
        test::id3v2({{"TIT2", "\x01\xff\xfe\x2e\x20g\0p\0j\0\x2c\x20"s}, {"TALB", "\x01\xff\xfe\x66\x20\x69\x20"s}});
    REQUIRE(read(tag + test::bare_mp3() + test::id3v1("", "\xe2\x80\xaeUTF-8\xc2\x9b", "Old album"), manifest));
    CHECK(manifest.title == "gpj");
    CHECK(manifest.artist == "UTF-8");
    CHECK(manifest.album == "Old album");
    manifest.name = "x";
    manifest.chunk_size = 16'384;
    CHECK(proto::decode_manifest(encode(manifest)).has_value());
}

TEST_CASE("contents decide what is an MP3") {
    proto::Manifest manifest;
    CHECK_FALSE(read("", manifest));
    CHECK_FALSE(read("x", manifest));
    CHECK_FALSE(read("ID3", manifest));
    CHECK_FALSE(read("Just some text.\n", manifest));
    CHECK_FALSE(read(test::id3v2({{"TIT2", "\0Only a tag"s}}), manifest));
    CHECK_FALSE(read(test::noise(100'000, GENERATE(range(0U, 10U))), manifest));
    CHECK_FALSE(read("\xff\xfe" + std::string(2000, 'a'), manifest)); // UTF-16 looks like a frame's first bits
    CHECK_FALSE(read(test::bare_mp3().substr(0, 700), manifest));
    CHECK(manifest.kind == proto::Kind::file);
    CHECK(manifest.seek_offsets.empty());
    CHECK(read(test::bare_mp3(), manifest));
    CHECK(manifest.title.empty());
}

TEST_CASE("damaged MP3s do no harm") {
    auto mp3 = test::demo_mp3().substr(0, 60'000);
    const auto noise = test::noise(4000, GENERATE(range(0U, 20U)));
    for (std::size_t i = 0; i < noise.size(); ++i) mp3[i * 15] = noise[i];
    proto::Manifest manifest;
    if (read(mp3, manifest)) {
        manifest.name = "x";
        manifest.chunk_size = 16'384;
        CHECK(proto::decode_manifest(encode(manifest)).has_value());
    } else {
        CHECK(manifest.kind == proto::Kind::file);
    }
}
