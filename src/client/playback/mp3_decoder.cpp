// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/mp3_decoder.hpp"

#include <mpg123.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string_view>

namespace cifra::playback {
namespace {

// After this many MPEG frames (of 36 or 18 steps each) the synthesis filter is again where it was in its ring of 16.
constexpr long filter_cycle = 8;
// What a frame may depend on: up to 511 bytes of main data before it, so 9 frames at 32 kbit/s and 48 kHz; a multiple
// of the cycle.
constexpr long least_preroll = 24;

void allow_only_s16(mpg123_handle* handle) {
    const long* rates = nullptr;
    std::size_t count = 0;
    mpg123_rates(&rates, &count);
    mpg123_format_none(handle);
    for (std::size_t i = 0; i < count; ++i) {
        mpg123_format(handle, rates[i], MPG123_MONO | MPG123_STEREO, MPG123_ENC_SIGNED_16);
    }
}

bool is_plausible(const SeekIndex& index, std::uint64_t size) {
    return index.step > 0 && !index.offsets.empty() && std::is_sorted(index.offsets.begin(), index.offsets.end()) &&
           index.offsets.back() < size;
}

// Tags come from whoever made the file, and are printed on a terminal.
std::string printable(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (is_c1) {
            ++i;
        } else if (byte >= 0x20 && byte != 0x7F) {
            result += text[i];
        }
    }
    return result;
}

std::string from_id3v2(const mpg123_string* text) {
    // mpg123 counts the terminating zero.
    return text != nullptr && text->fill > 1 ? printable({text->p, text->fill - 1}) : std::string();
}

template <std::size_t N>
std::string from_id3v1(const char (&field)[N]) {
    std::string_view text(field, N);
    text = text.substr(0, text.find('\0'));
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    std::string utf8;
    for (const char c : text) {
        const auto latin1 = static_cast<unsigned char>(c);
        if (latin1 < 0x80) {
            utf8 += c;
        } else {
            utf8 += static_cast<char>(0xC0 | (latin1 >> 6));
            utf8 += static_cast<char>(0x80 | (latin1 & 0x3F));
        }
    }
    return printable(utf8);
}

} // namespace

void Mp3Decoder::Delete::operator()(mpg123_handle_struct* handle) const noexcept { mpg123_delete(handle); }

Mp3Decoder::Mp3Decoder(std::uint64_t size, const SeekIndex& index) : size_(size) {
    std::vector<off_t> offsets;
    if (is_plausible(index, size)) offsets.assign(index.offsets.begin(), index.offsets.end());
    if (!open(offsets, index.step)) throw std::runtime_error("libmpg123 cannot be used");
}

bool Mp3Decoder::open(std::span<off_t> index, off_t step) {
    handle_.reset(mpg123_new(nullptr, nullptr));
    if (!handle_) throw std::bad_alloc();
    mpg123_param(handle_.get(), MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_GAPLESS, 0);
    allow_only_s16(handle_.get());
    if (mpg123_open_feed(handle_.get()) != MPG123_OK) return false;
    if (size_ > 0) mpg123_set_filesize(handle_.get(), static_cast<off_t>(size_));
    return index.empty() || mpg123_set_index(handle_.get(), index.data(), step, index.size()) == MPG123_OK;
}

void Mp3Decoder::feed(ByteView bytes) {
    wanted_ += bytes.size();
    if (!format_.is_known()) head_.insert(head_.end(), bytes.begin(), bytes.end());
    if (mpg123_feed(handle_.get(), bytes.data(), bytes.size()) != MPG123_OK) fail();
}

Decoded Mp3Decoder::fail() {
    if (error_.empty()) error_ = mpg123_strerror(handle_.get());
    return {DecodeStatus::failed, 0};
}

Decoded Mp3Decoder::decode(std::span<std::int16_t> out) {
    for (;;) {
        auto decoded = decode_any(out);
        if (decoded.status != DecodeStatus::samples) return decoded;
        const auto skipped = std::min(skip_, decoded.count);
        skip_ -= skipped;
        decoded.count -= skipped;
        std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(skipped), decoded.count, out.begin());
        if (decoded.count > 0) return decoded;
    }
}

Decoded Mp3Decoder::decode_any(std::span<std::int16_t> out) {
    if (!error_.empty()) return {DecodeStatus::failed, 0};
    std::size_t bytes = 0;
    const int status = mpg123_decode(handle_.get(), nullptr, 0, out.data(), out.size_bytes(), &bytes);
    if (status == MPG123_NEW_FORMAT) {
        format_ = read_format();
        return format_.is_known() ? Decoded{DecodeStatus::new_format, 0} : fail();
    }
    if (bytes > 0) return {DecodeStatus::samples, bytes / sizeof(std::int16_t)};
    if (status == MPG123_DONE) return {DecodeStatus::end, 0};
    if (status != MPG123_NEED_MORE && status != MPG123_OK) return fail();
    return {is_input_ended_ ? DecodeStatus::end : DecodeStatus::hungry, 0};
}

// mpg123_feedseek() leaves the synthesis filter where it is in its ring, and the order of the filter's additions, so
// the last bit of the samples, depends on that. To be exact, begin afresh, with what is known of the index.
bool Mp3Decoder::restart() {
    off_t* offsets = nullptr;
    off_t step = 0;
    std::size_t count = 0;
    if (mpg123_index(handle_.get(), &offsets, &step, &count) != MPG123_OK) return false;
    std::vector<off_t> index(offsets, offsets + count);
    return open(index, step) && mpg123_feed(handle_.get(), head_.data(), head_.size()) == MPG123_OK &&
           read_format().is_known();
}

AudioFormat Mp3Decoder::read_format() {
    long rate = 0;
    int channels = 0;
    int encoding = 0;
    if (mpg123_getformat(handle_.get(), &rate, &channels, &encoding) != MPG123_OK) return {};
    return {.rate = static_cast<std::uint32_t>(rate), .channels = static_cast<unsigned>(channels)};
}

bool Mp3Decoder::seek(std::uint64_t frame) {
    if (!format_.is_known() || !error_.empty() || !restart()) return false;
    is_input_ended_ = false;
    const auto target = static_cast<off_t>(std::min<std::uint64_t>(frame, std::uint64_t{1} << 48));
    off_t input = 0;
    // MPEG frames: the first that is heard (those before it are filtered already), and the one that is wanted.
    const auto first = mpg123_tellframe(handle_.get());
    mpg123_param(handle_.get(), MPG123_PREFRAMES, 1, 0);
    if (mpg123_feedseek(handle_.get(), target, SEEK_SET, &input) < 0) return false;
    const auto wanted = mpg123_tellframe(handle_.get());
    // Afresh once more: a second search behind one that went to the first frame fails.
    if (!restart()) return false;
    skip_ = 0;
    if (wanted < first + least_preroll + filter_cycle) {
        skip_ = static_cast<std::size_t>(target) * format_.channels;
        wanted_ = head_.size();
        return true;
    }
    mpg123_param(handle_.get(), MPG123_PREFRAMES, least_preroll + static_cast<long>(wanted - first) % filter_cycle, 0);
    if (mpg123_feedseek(handle_.get(), target, SEEK_SET, &input) < 0 || input < 0) return false;
    wanted_ = static_cast<std::uint64_t>(input);
    return true;
}

std::uint64_t Mp3Decoder::length() const {
    const auto frames = format_.is_known() ? mpg123_length(handle_.get()) : 0;
    return frames > 0 ? static_cast<std::uint64_t>(frames) : 0;
}

Tags Mp3Decoder::tags() const {
    mpg123_id3v1* v1 = nullptr;
    mpg123_id3v2* v2 = nullptr;
    if (mpg123_id3(handle_.get(), &v1, &v2) != MPG123_OK) return {};
    Tags tags;
    if (v2 != nullptr) tags = {from_id3v2(v2->title), from_id3v2(v2->artist), from_id3v2(v2->album)};
    if (v1 != nullptr && tags.title.empty()) tags.title = from_id3v1(v1->title);
    if (v1 != nullptr && tags.artist.empty()) tags.artist = from_id3v1(v1->artist);
    if (v1 != nullptr && tags.album.empty()) tags.album = from_id3v1(v1->album);
    return tags;
}

} // namespace cifra::playback
