// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/mp3_facts.hpp"

#include "media/cursor.hpp"
#include "media/text.hpp"

#include <mpg123.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <new>

namespace cifra::media {

namespace {

constexpr long max_seek_entries = 1000;
constexpr off_t least_frames = 3;             // fewer may be chance
constexpr std::uint64_t max_id3v2 = 32 << 20; // bytes; the library takes memory for as much as the tag claims

struct Closing {
    void operator()(mpg123_handle* handle) const { mpg123_delete(handle); }
};
using Handle = std::unique_ptr<mpg123_handle, Closing>;

ssize_t read_some(void* cursor, void* out, std::size_t count) {
    return static_cast<ssize_t>(static_cast<Cursor*>(cursor)->read({static_cast<std::uint8_t*>(out), count}));
}

off_t seek_to(void* cursor, off_t offset, int whence) { return static_cast<Cursor*>(cursor)->seek(offset, whence); }

// Whether a tag in front claims to be longer than the file, or than tags are.
bool has_huge_tag(ByteSource& source) {
    std::array<std::uint8_t, 10> head{};
    if (source.read_at(0, head) != head.size() || head[0] != 'I' || head[1] != 'D' || head[2] != '3') return false;
    std::uint64_t length = 0;
    for (std::size_t i = 6; i < 10; ++i) length = length << 7 | (head[i] & 0x7fU);
    return length > std::min(source.size(), max_id3v2);
}

Handle new_handle(bool with_tags) {
    static const bool ready = mpg123_init() == MPG123_OK;
    Handle handle(ready ? mpg123_new(nullptr, nullptr) : nullptr);
    if (!handle) throw std::bad_alloc();
    mpg123_param(handle.get(), MPG123_ADD_FLAGS, with_tags ? MPG123_QUIET : MPG123_QUIET | MPG123_SKIP_ID3V2, 0.0);
    mpg123_param(handle.get(), MPG123_INDEX_SIZE, max_seek_entries, 0.0);
    return handle;
}

// A field of ID3v2 may hold several strings, each ended by a zero byte.
std::string from_v2(const mpg123_string* text) {
    if (text == nullptr || text->p == nullptr) return {};
    std::string_view rest(text->p, text->fill);
    std::string out;
    while (!rest.empty()) {
        const auto part = cleaned(rest.substr(0, rest.find('\0')), proto::max_item_text);
        if (!out.empty() && !part.empty()) out += "; ";
        out += part;
        rest.remove_prefix(std::min(rest.size(), rest.substr(0, rest.find('\0')).size() + 1));
    }
    return cleaned(out, proto::max_item_text);
}

std::string from_v1(const char (&field)[30]) {
    const std::string_view whole(field, sizeof field);
    return old_text(whole.substr(0, whole.find('\0')));
}

void read_tags(mpg123_handle* handle, MediaFacts& facts) {
    mpg123_id3v1* v1 = nullptr;
    mpg123_id3v2* v2 = nullptr;
    if ((mpg123_meta_check(handle) & MPG123_ID3) == 0 || mpg123_id3(handle, &v1, &v2) != MPG123_OK) return;
    if (v2 != nullptr) {
        facts.title = from_v2(v2->title);
        facts.artist = from_v2(v2->artist);
        facts.album = from_v2(v2->album);
    }
    if (v1 != nullptr) {
        if (facts.title.empty()) facts.title = from_v1(v1->title);
        if (facts.artist.empty()) facts.artist = from_v1(v1->artist);
        if (facts.album.empty()) facts.album = from_v1(v1->album);
    }
}

void read_index(mpg123_handle* handle, std::uint64_t size, MediaFacts& facts) {
    off_t* offsets = nullptr;
    off_t step = 0;
    std::size_t fill = 0;
    if (mpg123_index(handle, &offsets, &step, &fill) != MPG123_OK || step <= 0) return;
    fill = std::min<std::size_t>(fill, max_seek_entries);
    for (std::size_t i = 0; i < fill && static_cast<std::uint64_t>(offsets[i]) <= size; ++i) {
        facts.seek_offsets.push_back(static_cast<std::uint64_t>(offsets[i]));
    }
    if (!facts.seek_offsets.empty()) facts.seek_step = static_cast<std::uint32_t>(step);
}

} // namespace

std::uint32_t milliseconds(std::uint64_t frames, std::uint32_t rate) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    if (frames / rate > most / 1000) return most;
    return static_cast<std::uint32_t>(std::min(most, frames * 1000 / rate));
}

std::optional<MediaFacts> read_mp3(ByteSource& source) {
    Cursor cursor(source);
    const auto handle = new_handle(!has_huge_tag(source));
    auto* const mp3 = handle.get();
    if (mpg123_replace_reader_handle(mp3, read_some, seek_to, nullptr) != MPG123_OK) return std::nullopt;
    if (mpg123_open_handle(mp3, &cursor) != MPG123_OK || mpg123_scan(mp3) != MPG123_OK) return std::nullopt;
    mpg123_frameinfo2 info{};
    if (mpg123_info(mp3, &info) != MPG123_OK || info.layer != 3 || info.rate <= 0) return std::nullopt;
    const auto samples = mpg123_length(mp3);
    if (samples <= 0 || mpg123_framelength(mp3) < least_frames) return std::nullopt;
    MediaFacts facts;
    facts.sample_rate = static_cast<std::uint32_t>(info.rate);
    facts.channels = info.mode == MPG123_M_MONO ? 1 : 2;
    facts.duration_ms = milliseconds(static_cast<std::uint64_t>(samples), facts.sample_rate);
    read_tags(mp3, facts);
    read_index(mp3, source.size(), facts);
    return facts;
}

} // namespace cifra::media
