// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/deck.hpp"

#include "media/format.hpp"

#include <utility>

namespace cifra::playback {
namespace {

constexpr auto unplayable = "this is no recording in a format that can be played: FLAC, MP3, Ogg Vorbis, Opus or WAV";

} // namespace

Deck::Deck(std::shared_ptr<TrackSource> source) : source_(std::move(source)) { source_->prepare(); }

Deck::Pulled Deck::pull(std::span<std::int16_t> out) {
    for (;;) {
        if (!error_.empty()) return {Status::failed, 0};
        if (seek_ms_ && format().is_known() && !carry_out_seek()) return fail("the decoder cannot seek in this track");
        const auto decoded = decoder_ ? decoder_->decode(out) : Decoded{DecodeStatus::hungry, 0};
        switch (decoded.status) {
            case DecodeStatus::samples:
                position_ += decoded.count / format().channels;
                return {Status::samples, decoded.count};
            case DecodeStatus::new_format:
                return {Status::new_format, 0};
            case DecodeStatus::end:
                if (!format().is_known()) return fail(unplayable);
                return {Status::end, 0};
            case DecodeStatus::failed:
                return fail("the recording cannot be decoded: " + decoder_->error());
            case DecodeStatus::hungry:
                if (const auto pulled = feed()) return *pulled;
        }
    }
}

std::optional<Deck::Pulled> Deck::feed() {
    if (decoder_ && decoder_->wanted() != offset_) {
        offset_ = decoder_->wanted();
        source_->seek(offset_);
    }
    const auto result = source_->read(input_);
    if (result.status == ReadResult::Status::woken) return Pulled{Status::woken, 0};
    if (result.status == ReadResult::Status::failed) return fail(source_->error());
    const auto bytes = std::span(input_).first(result.count);
    offset_ += result.count;
    if (!decoder_) return begin(bytes);
    if (result.status == ReadResult::Status::end) {
        decoder_->end_of_input();
    } else {
        decoder_->feed(bytes);
    }
    return std::nullopt;
}

// The first bytes tell which decoder it needs; none: that is all there is.
std::optional<Deck::Pulled> Deck::begin(ByteView bytes) {
    head_.insert(head_.end(), bytes.begin(), bytes.end());
    if (!bytes.empty() && head_.size() < media::format_head) return std::nullopt;
    decoder_ = make_decoder(media::format_of(head_), source_->info());
    if (!decoder_) return fail(unplayable);
    if (!head_.empty()) decoder_->feed(std::exchange(head_, {}));
    if (bytes.empty()) decoder_->end_of_input();
    return std::nullopt;
}

void Deck::seek(std::uint64_t position_ms) {
    // Nothing was decoded yet, and nothing will be skipped: so there is nothing to seek, which would cost a search.
    if (position_ms == 0 && position_ == 0 && !seek_ms_) return;
    seek_ms_ = position_ms;
}

bool Deck::carry_out_seek() {
    const auto frame = *std::exchange(seek_ms_, std::nullopt) * format().rate / 1000;
    if (!decoder_->seek(frame)) return false;
    position_ = frame;
    return true;
}

std::uint64_t Deck::duration_ms() const { return format().is_known() ? decoder_->length() * 1000 / format().rate : 0; }

Deck::Pulled Deck::fail(std::string error) {
    error_ = error.empty() ? "the track cannot be read" : std::move(error);
    return {Status::failed, 0};
}

} // namespace cifra::playback
