// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/mp3_decoder.hpp"
#include "support.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

namespace cifra::playback {
namespace {

using namespace test;

// Feeds `input` from `offset` on, in pieces, until no samples are left.
Samples decode_from(Decoder& decoder, const Bytes& input, std::uint64_t offset, std::size_t piece) {
    Samples samples;
    Samples block(4000);
    for (;;) {
        const auto decoded = decoder.decode(block);
        samples.insert(samples.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(decoded.count));
        if (decoded.status == DecodeStatus::end || decoded.status == DecodeStatus::failed) return samples;
        if (decoded.status != DecodeStatus::hungry) continue;
        const auto count = std::min<std::size_t>(piece, input.size() - static_cast<std::size_t>(offset));
        if (count == 0) {
            decoder.end_of_input();
        } else {
            decoder.feed(ByteView(input).subspan(static_cast<std::size_t>(offset), count));
        }
        offset += count;
    }
}

Samples decode(const Bytes& input, std::size_t piece) {
    Mp3Decoder decoder(input.size());
    return decode_from(decoder, input, 0, piece);
}

TEST_CASE("decoding gives exactly the samples of the mpg123 program") {
    const auto* const name = GENERATE("gunroar-0-part-1.mp3", "gunroar-0-part-2.mp3", "gunroar-2.mp3", "stereo-48k.mp3",
                                      "mono-24k.mp3", "untagged.mp3");
    CAPTURE(name);
    const auto input = read_file(recording(name));
    const auto expected = reference(recording(name));
    REQUIRE(difference(decode(input, input.size()), expected) == "");
    REQUIRE(difference(decode(input, 4096), expected) == "");
    if (input.size() < 20000) {
        REQUIRE(difference(decode(input, 1), expected) == "");
        REQUIRE(difference(decode(input, 417), expected) == "");
    }
}

TEST_CASE("a truncated file gives what the mpg123 program gives") {
    const TempFolder folder;
    auto input = read_file(recording("stereo-48k.mp3"));
    input.resize(input.size() / 2);
    const auto path = folder / "half.mp3";
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(input.data()), std::ssize(input));
    REQUIRE(difference(decode(input, 1000), reference(path)) == "");
}

TEST_CASE("what is no MP3 gives no samples") {
    REQUIRE(decode(Bytes(100000, 0x55), 4096).empty());
    REQUIRE(decode({}, 1).empty());
}

TEST_CASE("format, length and ID3v2 tags are known with the first sample") {
    const auto input = read_file(recording("stereo-48k.mp3"));
    Mp3Decoder decoder(input.size());
    REQUIRE_FALSE(decoder.format().is_known());
    REQUIRE(decoder.length() == 0);
    decoder.feed(input);
    Samples block(100);
    REQUIRE(decoder.decode(block).status == DecodeStatus::new_format);
    REQUIRE(decoder.format() == AudioFormat{.rate = 48000, .channels = 2});
    REQUIRE(decoder.length() == 72000);
    REQUIRE(decoder.tags().title == "Rising and falling");
    REQUIRE(decoder.tags().artist == "Test tone");
    REQUIRE(decoder.tags().album == "Fixtures");
}

TEST_CASE("ID3v1 tags are known at the end, in UTF-8") {
    const auto input = read_file(recording("untagged.mp3"));
    Mp3Decoder decoder(input.size());
    decode_from(decoder, input, 0, 1000);
    REQUIRE(decoder.tags().title == "At the end");
    REQUIRE(decoder.tags().artist == "Latin 1 \u00e9");
    REQUIRE(decoder.tags().album.empty());
}

TEST_CASE("control characters of a tag do not reach the terminal") {
    auto input = read_file(recording("stereo-48k.mp3"));
    const std::string title = "Rising and falling";
    const auto at = std::search(input.begin(), input.end(), title.begin(), title.end());
    REQUIRE(at != input.end());
    std::copy_n("\x1b[2J\x07\x9b", 6, at); // the last is CSI in Latin 1, the encoding that lame chose
    Mp3Decoder decoder(input.size());
    decode_from(decoder, input, 0, 5000);
    REQUIRE(decoder.tags().title == "[2J and falling");
}

TEST_CASE("seeking is exact, with the index of a server and without one") {
    const auto* const name =
        GENERATE("gunroar-0-part-2.mp3", "gunroar-2.mp3", "stereo-48k.mp3", "mono-24k.mp3", "untagged.mp3");
    const bool has_index = GENERATE(true, false);
    CAPTURE(name, has_index);
    const auto path = recording(name);
    const auto input = read_file(path);
    const auto expected = reference(path);
    const auto index = scan_index(path);
    REQUIRE(index.offsets.size() <= 1000);

    Mp3Decoder decoder(input.size(), has_index ? index : SeekIndex{});
    Samples block(2);
    REQUIRE_FALSE(decoder.seek(0));
    decoder.feed(ByteView(input).first(4096));
    REQUIRE(decoder.decode(block).status == DecodeStatus::new_format);
    const auto channels = decoder.format().channels;
    const auto frames = expected.size() / channels;
    std::vector<std::uint64_t> targets{frames * 9 / 10, 0, frames - 1, 1, frames};
    for (std::uint64_t i = 0; i < 12; ++i) targets.push_back((i * 7919 + 5) * 577 % frames);
    for (const auto target : targets) {
        CAPTURE(target);
        REQUIRE(decoder.seek(target));
        if (has_index && target == targets.front()) REQUIRE(decoder.wanted() > input.size() / 4);
        REQUIRE(difference(decode_from(decoder, input, decoder.wanted(), 3000), from(expected, target * channels)) ==
                "");
    }
}

TEST_CASE("seeking in the middle of decoding is exact") {
    const auto path = recording("gunroar-0-part-1.mp3");
    const auto input = read_file(path);
    const auto expected = reference(path);
    Mp3Decoder decoder(input.size(), scan_index(path));
    decoder.feed(ByteView(input).first(50000));
    Samples block(1000);
    for (int i = 0; i < 20; ++i) decoder.decode(block);
    REQUIRE(decoder.seek(777'777));
    REQUIRE(difference(decode_from(decoder, input, decoder.wanted(), 3000), from(expected, 777'777)) == "");
}

TEST_CASE("an index that cannot be right does no harm") {
    const auto path = recording("gunroar-2.mp3");
    const auto input = read_file(path);
    auto index = scan_index(path);
    SECTION("no step") { index.step = 0; }
    SECTION("not ascending") { std::swap(index.offsets[3], index.offsets[4]); }
    SECTION("behind the end") { index.offsets.back() = input.size(); }
    Mp3Decoder decoder(input.size(), index);
    decoder.feed(ByteView(input).first(4096));
    Samples block(2);
    decoder.decode(block);
    REQUIRE(decoder.seek(1'000'000));
    REQUIRE(difference(decode_from(decoder, input, decoder.wanted(), 3000), from(reference(path), 1'000'000)) == "");
}

} // namespace
} // namespace cifra::playback
