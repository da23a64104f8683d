// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Facts of FLAC, Ogg Vorbis, Opus and WAV. Those of MP3 are in test/server/tags.cpp, beside the demo recordings.
#include "media/media_tags.hpp"
#include "proto/utf8.hpp"
#include "support/sound.hpp"

#include <unistd.h>
#include <cstdlib>
#include <fstream>

using namespace cifra;
using namespace cifra::media;
using test::make_sound;
using test::SoundRecipe;

namespace {

constexpr int flac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16, vorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS,
              opus = SF_FORMAT_OGG | SF_FORMAT_OPUS, wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

std::optional<MediaFacts> facts_of(const Bytes& bytes) {
    MemorySource source(bytes);
    return read_facts(source);
}

SoundRecipe recipe(int format, std::size_t seconds = 3) {
    SoundRecipe made;
    made.format = format;
    made.rate = format == opus ? 48'000 : 44'100;
    made.frames = static_cast<std::size_t>(made.rate) * seconds + static_cast<std::size_t>(made.rate) / 4;
    made.title = "Título ЛЖ";
    made.artist = "José";
    made.album = "Album";
    return made;
}

void replace(Bytes& bytes, std::string_view from, std::string_view to) {
    REQUIRE(from.size() == to.size());
    const auto wanted = as_bytes(from);
    const auto at = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
    REQUIRE(at != bytes.end());
    std::copy_n(as_bytes(to).begin(), to.size(), at);
}

// Whatever a file claims, this must hold.
void check_bounds(const Bytes& bytes) {
    const auto facts = facts_of(bytes);
    if (!facts) return;
    CHECK((facts->channels == 1 || facts->channels == 2));
    CHECK((facts->sample_rate > 0 && facts->sample_rate <= 384'000));
    proto::Manifest manifest;
    manifest.name = "x";
    manifest.size = bytes.size();
    manifest.chunk_size = 16'384;
    describe(manifest, *facts);
    CHECK(proto::decode_manifest(encode(manifest)).has_value());
}

// Counts what is read.
class Counting final : public ByteSource {
  public:
    explicit Counting(ByteView bytes) : inner_(bytes) {}
    std::uint64_t size() const override { return inner_.size(); }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override {
        const auto count = inner_.read_at(offset, out);
        total += count;
        return count;
    }
    std::uint64_t total = 0;

  private:
    MemorySource inner_;
};

class Failing final : public ByteSource {
  public:
    std::uint64_t size() const override { return 1'000'000; }
    std::size_t read_at(std::uint64_t, MutableBytes) override { throw std::runtime_error("the disk is gone"); }
};

} // namespace

TEST_CASE("FLAC, Ogg Vorbis, Opus and WAV give their tags, duration and format") {
    const auto format = GENERATE(flac, vorbis, opus, wav);
    const auto made = recipe(format);
    const auto facts = facts_of(make_sound(made));
    REQUIRE(facts);
    CHECK(facts->title == "Título ЛЖ");
    CHECK(facts->artist == "José");
    CHECK(facts->album == "Album");
    CHECK(facts->duration_ms == 3250);
    CHECK(facts->sample_rate == static_cast<unsigned>(made.rate));
    CHECK(facts->channels == 2);
    CHECK(facts->seek_step == 0);
    CHECK(facts->seek_offsets.empty());
}

TEST_CASE("a file gives the same facts as its bytes, and its position stays") {
    const auto bytes = make_sound(recipe(flac));
    char name[] = "/tmp/cifra-media-XXXXXX";
    const int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    unlink(name);
    REQUIRE(write(fd, bytes.data(), bytes.size()) == std::ssize(bytes));
    REQUIRE(lseek(fd, 7, SEEK_SET) == 7);
    FileSource source(fd, bytes.size());
    CHECK(read_facts(source) == facts_of(bytes));
    CHECK(lseek(fd, 0, SEEK_CUR) == 7);
    close(fd);
}

TEST_CASE("mono, other rates and other encodings") {
    auto made = recipe(GENERATE(values<int>(
        {flac, SF_FORMAT_FLAC | SF_FORMAT_PCM_24, SF_FORMAT_WAV | SF_FORMAT_PCM_U8, SF_FORMAT_WAV | SF_FORMAT_PCM_24,
         SF_FORMAT_WAV | SF_FORMAT_FLOAT, SF_FORMAT_WAV | SF_FORMAT_ULAW, SF_FORMAT_WAVEX | SF_FORMAT_PCM_16,
         SF_FORMAT_RF64 | SF_FORMAT_PCM_16, vorbis})));
    made.channels = 1;
    made.rate = 8000;
    made.frames = 16'000;
    const auto facts = facts_of(make_sound(made));
    REQUIRE(facts);
    CHECK(facts->duration_ms == 2000);
    CHECK(facts->sample_rate == 8000);
    CHECK(facts->channels == 1);
}

TEST_CASE("what the player does not play is no sound file here either") {
    auto made =
        recipe(GENERATE(values<int>({SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, SF_FORMAT_WAV | SF_FORMAT_GSM610,
                                     SF_FORMAT_AIFF | SF_FORMAT_PCM_16, SF_FORMAT_AU | SF_FORMAT_PCM_16})));
    made.channels = 1;
    CHECK_FALSE(facts_of(make_sound(made)));
    made = recipe(GENERATE(flac, vorbis, wav));
    made.channels = 3;
    CHECK_FALSE(facts_of(make_sound(made)));
}

TEST_CASE("R-51: texts of every format are made fit for messages and terminals") {
    const auto format = GENERATE(flac, vorbis, opus, wav);
    auto made = recipe(format);
    made.title = "ABCDEFGH";
    made.artist = "abcdefgh";
    made.album = std::string(600, 'x');
    auto bytes = make_sound(made);
    if (format == flac || format == wav) { // those of Ogg are under a check sum
        replace(bytes, "ABCDEFGH", "\x1b[31m\r\nR");
        replace(bytes, "abcdefgh", "\xe2\x80\xae\xe9\xc2\x9bgh");
    } else {
        made.title = "\x1b[31m\r\nR";
        made.artist = "\xe2\x80\xae\xc3\xa9\xc2\x9bgh";
        bytes = make_sound(made);
    }
    const auto facts = facts_of(bytes);
    REQUIRE(facts);
    CHECK(facts->title == "[31m  R");
    CHECK(facts->album == std::string(512, 'x'));
    CHECK(proto::is_utf8(facts->artist));
    CHECK_FALSE(proto::has_control_characters(facts->artist));
    CHECK(facts->artist.ends_with("gh"));
}

TEST_CASE("a text that is no UTF-8 is taken as Windows-1252") {
    auto made = recipe(GENERATE(flac, wav));
    made.title = "CafX";
    auto bytes = make_sound(made);
    replace(bytes, "CafX", "Caf\xe9");
    const auto facts = facts_of(bytes);
    REQUIRE(facts);
    CHECK(facts->title == "Café");
}

TEST_CASE("files that end early do no harm") {
    const auto bytes = make_sound(recipe(GENERATE(flac, vorbis, opus, wav), 1));
    for (std::size_t i = 0; i < 50; ++i) {
        check_bounds(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() * i / 50)));
    }
    for (std::ptrdiff_t i = 0; i < 100; ++i) check_bounds(Bytes(bytes.begin(), bytes.begin() + i));
}

TEST_CASE("flipped bytes do no harm") {
    const auto bytes = make_sound(recipe(GENERATE(flac, vorbis, opus, wav), 1));
    for (std::size_t i = 0; i < 600; ++i) {
        auto broken = bytes;
        const std::uint8_t mask = i % 3 == 0 ? 0xff : i % 3 == 1 ? 0x80 : 0x01;
        broken[i < 400 ? i : i * 7919 % bytes.size()] ^= mask;
        check_bounds(broken);
    }
}

TEST_CASE("sizes that are not there are not believed") {
    auto sound = make_sound(recipe(wav, 1));
    SECTION("a WAV of four gigabytes") {
        const auto data = as_bytes("data");
        const auto at = std::search(sound.begin(), sound.end(), data.begin(), data.end());
        REQUIRE(at != sound.end());
        std::fill_n(at + 4, 4, std::uint8_t{0xff});
        std::fill_n(sound.begin() + 4, 4, std::uint8_t{0xff});
        const auto facts = facts_of(sound);
        REQUIRE(facts);
        CHECK(facts->duration_ms <= 1300);
    }
    SECTION("a FLAC with a picture of 16 megabytes") {
        sound = make_sound(recipe(flac, 1));
        const Bytes picture = {6, 0xff, 0xff, 0xff, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff};
        sound.insert(sound.begin() + 4 + 38, picture.begin(), picture.end());
        check_bounds(sound);
    }
    SECTION("a FLAC of 2^36 samples") {
        sound = make_sound(recipe(flac, 1));
        sound[21] |= 0x0f;
        std::fill_n(sound.begin() + 22, 4, std::uint8_t{0xff});
        const auto facts = facts_of(sound);
        REQUIRE(facts);
        CHECK(facts->duration_ms == 1'558'264'778); // what it claims, which is no more than a number
    }
    SECTION("comments that claim four gigabytes") {
        sound = make_sound(recipe(flac, 1));
        const auto name = as_bytes("title=");
        const auto at = std::search(sound.begin(), sound.end(), name.begin(), name.end());
        REQUIRE(at != sound.end());
        std::fill_n(at - 4, 4, std::uint8_t{0xff});
        check_bounds(sound);
    }
    SECTION("a tag of ID3v2 longer than the file") {
        sound = {'I', 'D', '3', 3, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f, 'T', 'I', 'T', '2', 0x7f, 0xff, 0xff, 0xff};
        CHECK_FALSE(facts_of(sound));
    }
}

TEST_CASE("of a long file only beginning and end are read") {
    const auto format = GENERATE(flac, vorbis, opus, wav);
    const auto bytes = make_sound(recipe(format, 60));
    Counting source(bytes);
    REQUIRE(read_facts(source));
    CHECK(bytes.size() > 400'000);
    CHECK(source.total < 400'000);
}

TEST_CASE("a file without an end is searched for a while, not for ever") {
    auto bytes = make_sound(recipe(vorbis, 1));
    bytes.resize(100 << 20); // no page in all of it
    Counting source(bytes);
    read_facts(source);
    CHECK(source.total <= (40 << 20));
}

TEST_CASE("a source that throws is no sound file") {
    Failing source;
    CHECK_FALSE(read_facts(source));
}

TEST_CASE("other containers with sounds in them are told apart") {
    auto ogg = make_sound(recipe(vorbis, 1));
    replace(ogg, "\x01vorbis", "\x80theora");
    CHECK_FALSE(facts_of(ogg));
    auto avi = make_sound(recipe(wav, 1));
    replace(avi, "WAVE", "AVI ");
    CHECK_FALSE(facts_of(avi));
}
