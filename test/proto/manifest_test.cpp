// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vectors.hpp"

#include "proto/handshake.hpp"
#include "proto/messages.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace cifra::proto::test {
namespace {

constexpr std::uint64_t max64 = std::numeric_limits<std::uint64_t>::max();

Manifest audio_manifest() {
    Manifest manifest;
    for (std::size_t i = 0; i < manifest.item.size(); ++i) manifest.item[i] = static_cast<std::uint8_t>(i);
    manifest.kind = Kind::audio;
    manifest.size = 10'000'000;
    manifest.chunk_size = 65'536;
    manifest.sha256.fill(0x5a);
    manifest.root.fill(0xb4);
    manifest.name = "take-1.mp3";
    manifest.title = "Take";
    manifest.artist = "Quartet";
    manifest.album = "Sessions";
    manifest.duration_ms = 240'000;
    manifest.sample_rate = 44'100;
    manifest.channels = 2;
    manifest.seek_step = 100;
    manifest.seek_offsets = {0, 4096, 8192};
    return manifest;
}

void check_equal(const Manifest& read, const Manifest& wanted) {
    CHECK(read.item == wanted.item);
    CHECK(read.kind == wanted.kind);
    CHECK(read.size == wanted.size);
    CHECK(read.chunk_size == wanted.chunk_size);
    CHECK(read.sha256 == wanted.sha256);
    CHECK(read.root == wanted.root);
    CHECK(read.name == wanted.name);
    CHECK(read.title == wanted.title);
    CHECK(read.artist == wanted.artist);
    CHECK(read.album == wanted.album);
    CHECK(read.duration_ms == wanted.duration_ms);
    CHECK(read.sample_rate == wanted.sample_rate);
    CHECK(read.channels == wanted.channels);
    CHECK(read.seek_step == wanted.seek_step);
    CHECK(read.seek_offsets == wanted.seek_offsets);
}

Manifest unsigned_manifest() {
    auto manifest = audio_manifest();
    manifest.root = {};
    return manifest;
}

} // namespace

TEST_CASE("manifest") {
    const auto bytes = encode(audio_manifest());
    CHECK(bytes == vector_payload("manifest", "audio"));
    const auto read = decode_manifest(bytes);
    REQUIRE(read.has_value());
    check_equal(*read, audio_manifest());
}

TEST_CASE("OPENED") {
    const auto manifest = unsigned_manifest();
    const auto body = encode(Opened{4, 1, 65'536, {}, manifest, {}});
    CHECK(body == vector_payload("opened", "next_chunk_1"));
    const auto read = decode_opened(body);
    REQUIRE(read.has_value());
    CHECK(read->request == 4);
    CHECK(read->next_chunk == 1);
    CHECK(read->chunk_size == 65'536);
    CHECK(read->terms == Terms{});
    CHECK_FALSE(read->is_signed());
    check_equal(read->manifest, manifest);
}

TEST_CASE("OPENED with the signature of a publisher, and terms") {
    const ManifestSignature signature{{{'o', 'n', 'e'}, {'t', 'w', 'o'}}, 0x0807, Bytes(64, 0xc3)};
    const Terms terms{
        TermsState::active, right_play | right_save, TermsRenewal::voucher, 7, 1024, 3600, 0x65000000, 0x68000000, 3};
    const auto body = encode(Opened{4, 0, 65'536, terms, audio_manifest(), signature});
    CHECK(body == vector_payload("opened", "signed_with_terms"));
    const auto read = decode_opened(body);
    REQUIRE(read.has_value());
    CHECK(read->is_signed());
    CHECK(read->signature == signature);
    CHECK(read->terms == terms);
    check_equal(read->manifest, audio_manifest());
}

TEST_CASE("the largest manifest fits a record") {
    auto manifest = audio_manifest();
    manifest.name = std::string(max_item_name, 'a');
    manifest.title = manifest.artist = manifest.album = std::string(max_item_text, 'b');
    manifest.seek_offsets.assign(1000, 1);
    const ManifestSignature signature{std::vector<Bytes>(max_chain, Bytes(max_certificate)), 0x0804, Bytes(512)};
    const auto body = encode(Opened{4, 0, 65'536, {}, manifest, signature});
    CHECK(body.size() < 65'536);
    REQUIRE(decode_opened(body).has_value());
}

TEST_CASE("number of chunks") {
    CHECK(chunk_count(0, 16'384) == 0);
    CHECK(chunk_count(1, 16'384) == 1);
    CHECK(chunk_count(16'383, 16'384) == 1);
    CHECK(chunk_count(16'384, 16'384) == 1);
    CHECK(chunk_count(16'385, 16'384) == 2);
    CHECK(chunk_count(32'768, 16'384) == 2);
    CHECK(chunk_count(max64, 16'384) == std::uint64_t{1} << 50);
    CHECK(chunk_count(max64, 1'048'576) == std::uint64_t{1} << 44);
    CHECK(chunk_count(max64, 1) == max64);
    CHECK(chunk_count(5, 0) == 0);
}

TEST_CASE("length of a chunk") {
    CHECK(chunk_length(0, 16'384, 0) == 0);
    CHECK(chunk_length(1, 16'384, 0) == 1);
    CHECK(chunk_length(16'384, 16'384, 0) == 16'384);
    CHECK(chunk_length(16'384, 16'384, 1) == 0);
    CHECK(chunk_length(16'385, 16'384, 0) == 16'384);
    CHECK(chunk_length(16'385, 16'384, 1) == 1);
    CHECK(chunk_length(16'385, 16'384, 2) == 0);
    CHECK(chunk_length(5, 0, 0) == 0);
}

TEST_CASE("length of a chunk does not overflow") {
    const auto last = chunk_count(max64, 16'384) - 1;
    CHECK(chunk_length(max64, 16'384, last) == 16'383);
    CHECK(chunk_length(max64, 16'384, last - 1) == 16'384);
    CHECK(chunk_length(max64, 16'384, last + 1) == 0);
    CHECK(chunk_length(max64, 16'384, max64) == 0);
    CHECK(chunk_length(100'000, 65'536, std::uint64_t{1} << 48) == 0); // times 2^16 this is 0 again
    CHECK(chunk_length(100'000, 65'536, (std::uint64_t{1} << 48) + 1) == 0);
}

TEST_CASE("the lengths of all chunks make the item") {
    for (const std::uint64_t size : {0U, 1U, 16'384U, 100'000U, 1'048'577U}) {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < chunk_count(size, 16'384); ++i) {
            CHECK(chunk_length(size, 16'384, i) > 0);
            sum += chunk_length(size, 16'384, i);
        }
        CHECK(sum == size);
    }
}

} // namespace cifra::proto::test
