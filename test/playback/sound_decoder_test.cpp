// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// FLAC, Ogg Vorbis, Opus and WAV, sample by sample against the library's decoding of the whole file.
#include "client/playback/sound_decoder.hpp"
#include "support.hpp"
#include "support/sound.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace cifra::playback {
namespace {

using namespace test;
using cifra::test::decode_whole;
using cifra::test::make_sound;
using cifra::test::SoundRecipe;

constexpr int flac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16, flac24 = SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
              vorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS, opus = SF_FORMAT_OGG | SF_FORMAT_OPUS,
              wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16, wav_float = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

SoundRecipe recipe(int format, std::size_t seconds) {
    SoundRecipe made;
    made.format = format;
    made.rate = format == opus ? 48'000 : 44'100;
    made.frames = static_cast<std::size_t>(made.rate) * seconds + 123;
    made.title = "Title";
    made.artist = "Artist";
    made.album = "Album";
    return made;
}

// Gives the decoder what it wants, in pieces, and keeps what it wanted.
struct Run {
    Run(const Bytes& sound, std::size_t piece_size)
        : input(sound), piece(piece_size), decoder(make_decoder(media::format_of(sound), about(sound))) {
        REQUIRE(decoder);
    }
    static TrackInfo about(const Bytes& sound) {
        TrackInfo info;
        info.size = sound.size();
        return info;
    }
    DecodeStatus step(Samples& samples, std::size_t most = 4000) {
        Samples block(most);
        const auto decoded = decoder->decode(block);
        samples.insert(samples.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(decoded.count));
        if (decoded.status == DecodeStatus::hungry) feed();
        return decoded.status;
    }
    void feed() {
        const auto from = static_cast<std::size_t>(decoder->wanted());
        if (from != next) jumps.push_back(from);
        const auto count = std::min(piece, input.size() - std::min(from, input.size()));
        next = from + count;
        if (count == 0) return decoder->end_of_input();
        decoder->feed(ByteView(input).subspan(from, count));
    }
    // Until no samples are left.
    Samples rest() {
        Samples samples;
        for (;;) {
            const auto status = step(samples);
            if (status == DecodeStatus::end || status == DecodeStatus::failed) return samples;
        }
    }
    void begin() {
        Samples none;
        while (step(none) == DecodeStatus::hungry) {
        }
        REQUIRE(decoder->format().is_known());
    }

    const Bytes& input;
    std::size_t piece;
    std::size_t next = 0;
    std::vector<std::size_t> jumps;
    std::unique_ptr<Decoder> decoder;
};

TEST_CASE("every format gives the samples of its library, in whatever pieces it comes") {
    auto made = recipe(GENERATE(flac, flac24, vorbis, opus, wav, wav_float), 3);
    made.channels = GENERATE(1, 2);
    const auto sound = make_sound(made);
    const auto expected = decode_whole(sound);
    REQUIRE(expected.size() == made.frames * static_cast<std::size_t>(made.channels));
    for (const std::size_t piece : {sound.size(), std::size_t{16'384}, std::size_t{997}}) {
        CAPTURE(made.format, made.channels, piece);
        Run run(sound, piece);
        REQUIRE(difference(run.rest(), expected) == "");
        REQUIRE(run.decoder->error() == "");
        REQUIRE(run.decoder->format().channels == static_cast<unsigned>(made.channels));
        REQUIRE(run.decoder->format().rate == static_cast<unsigned>(made.rate));
        REQUIRE(run.decoder->tags().title == "Title");
        REQUIRE(run.decoder->tags().artist == "Artist");
        REQUIRE(run.decoder->tags().album == "Album");
    }
}

TEST_CASE("a sound without loss is what went in") {
    auto made = recipe(GENERATE(flac, wav), 1);
    const auto sound = make_sound(made);
    const auto original = cifra::test::tones(made);
    Run run(sound, 5000);
    const auto samples = run.rest();
    REQUIRE(samples.size() == original.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (std::abs(samples[i] - original[i] * 32'768) > 1.5) FAIL("sample " << i);
    }
}

TEST_CASE("beyond full scale is full scale") {
    auto made = recipe(wav_float, 1);
    auto sound = make_sound(made);
    const float loud[] = {1.5F, -1.5F, NAN, 1e30F};
    std::memcpy(sound.data() + sound.size() - sizeof loud, loud, sizeof loud);
    Run run(sound, 5000);
    const auto samples = run.rest();
    const Samples last(samples.end() - 4, samples.end());
    REQUIRE(last == Samples{32'767, -32'768, 0, 32'767});
}

TEST_CASE("from beginning to end, bytes are wanted in order and once") {
    const auto format = GENERATE(flac, vorbis, opus, wav);
    CAPTURE(format);
    const auto sound = make_sound(recipe(format, 20));
    Run run(sound, 16'384);
    run.begin();
    REQUIRE(run.next < 70'000); // of hundreds of thousands: sound comes before the file has
    REQUIRE_FALSE(run.decoder->is_input_ended());
    run.rest();
    REQUIRE(run.jumps == std::vector<std::size_t>{});
    REQUIRE(run.decoder->is_input_ended());
}

TEST_CASE("seeking is exact in every format") {
    const auto made = recipe(GENERATE(flac, flac24, vorbis, opus, wav), 40);
    CAPTURE(made.format);
    const auto sound = make_sound(made);
    const auto expected = decode_whole(sound);
    Run run(sound, 16'384);
    REQUIRE_FALSE(run.decoder->seek(0));
    run.begin();
    const auto frames = made.frames;
    std::vector<std::size_t> targets{frames * 3 / 4, 0, frames - 1, 1, frames - 3000, frames - 500, frames};
    for (std::size_t i = 0; i < 8; ++i) targets.push_back((i * 7919 + 5) * 5'771 % frames);
    for (const auto target : targets) {
        CAPTURE(target);
        REQUIRE(run.decoder->seek(target));
        REQUIRE(difference(run.rest(), from(expected, target * 2)) == "");
        REQUIRE(run.decoder->length() == frames);
    }
}

TEST_CASE("a seek reads where it leads to, not all before it") {
    const auto made = recipe(GENERATE(flac, vorbis, opus, wav), 60);
    const auto sound = make_sound(made);
    Run run(sound, 16'384);
    run.begin();
    std::size_t before = run.next;
    REQUIRE(run.decoder->seek(made.frames * 2 / 3));
    Samples samples;
    std::size_t pieces = 0;
    while (samples.empty()) {
        REQUIRE(run.step(samples) != DecodeStatus::failed);
        REQUIRE(++pieces < 40); // of 16 KiB: the search for the place, and for the end in Ogg
    }
    REQUIRE(run.next > sound.size() / 2);
    REQUIRE(before < sound.size() / 4);
}

TEST_CASE("a seek in the midst of another, and of hunger, leads to the last place") {
    const auto made = recipe(GENERATE(flac, vorbis, opus, wav), 40);
    const auto sound = make_sound(made);
    Run run(sound, 4096);
    run.begin();
    Samples block(4000);
    for (const std::size_t target : {900'000U, 100U, 1'200'000U, 500'000U}) {
        REQUIRE(run.decoder->seek(target));
        REQUIRE(run.decoder->decode(block).status != DecodeStatus::failed); // asked again without being fed
        run.decoder->decode(block);
    }
    REQUIRE(run.decoder->seek(700'001));
    REQUIRE(difference(run.rest(), from(decode_whole(sound), 700'001 * 2)) == "");
}

TEST_CASE("a decoder is given up at any moment") {
    const auto sound = make_sound(recipe(GENERATE(flac, vorbis, opus, wav), 20));
    for (const int fed : {0, 1, 2, 5, 20}) {
        Run run(sound, 2000);
        Samples samples;
        for (int i = 0; i < fed; ++i) run.step(samples);
        if (fed % 2 == 1 && run.decoder->format().is_known()) run.decoder->seek(500'000);
    }
}

TEST_CASE("damaged sounds end or fail, and say so") {
    const auto sound = make_sound(recipe(GENERATE(flac, vorbis, opus, wav), 2));
    const auto expected = decode_whole(sound);
    for (std::size_t i = 1; i < 20; ++i) {
        auto cut = sound;
        cut.resize(sound.size() * i / 20);
        Run run(cut, 3000);
        REQUIRE(run.rest().size() <= expected.size());
    }
    for (std::size_t i = 0; i < 60; ++i) {
        auto broken = sound;
        broken[i < 30 ? i * 5 : i * 7919 % sound.size()] ^= 0x55;
        const auto decoder = make_decoder(media::format_of(broken), Run::about(broken));
        if (!decoder) continue;
        Run run(broken, 3000);
        const auto samples = run.rest();
        if (!run.decoder->format().is_known()) REQUIRE(samples.empty());
    }
}

TEST_CASE("what cannot be played says why") {
    auto made = recipe(wav, 1);
    made.channels = 3;
    const auto sound = make_sound(made);
    Run run(sound, 5000);
    REQUIRE(run.rest().empty());
    REQUIRE(run.decoder->error() == "3 channels; only mono and stereo are supported");
    REQUIRE_FALSE(run.decoder->seek(0));
    made.channels = 1;
    made.format = SF_FORMAT_WAV | SF_FORMAT_GSM610;
    const auto phone = make_sound(made);
    REQUIRE_FALSE(make_decoder(media::format_of(phone), {}));
}

} // namespace
} // namespace cifra::playback
