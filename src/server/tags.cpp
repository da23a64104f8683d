// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/tags.hpp"

#include "proto/utf8.hpp"
#include "server/text.hpp"

#include <mpg123.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace cifra::server {

namespace {

constexpr long max_seek_entries = 1000;
constexpr off_t least_frames = 3; // fewer may be chance

struct Closing {
    void operator()(mpg123_handle* handle) const { mpg123_delete(handle); }
};
using Handle = std::unique_ptr<mpg123_handle, Closing>;

Handle new_handle() {
    static const bool ready = mpg123_init() == MPG123_OK;
    Handle handle(ready ? mpg123_new(nullptr, nullptr) : nullptr);
    if (!handle) throw std::bad_alloc();
    mpg123_param(handle.get(), MPG123_ADD_FLAGS, MPG123_QUIET, 0.0);
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

// 30 bytes of no stated encoding: UTF-8 when it is, else Windows-1252, which holds Latin-1.
std::string from_v1(const char (&field)[30]) {
    const std::string_view whole(field, sizeof field);
    const std::string text(whole.substr(0, whole.find('\0')));
    if (proto::is_utf8(text)) return cleaned(text, proto::max_item_text);
    mpg123_string converted;
    mpg123_init_string(&converted);
    std::string out;
    // The zero byte behind the text is part of what the library converts.
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
    if (mpg123_store_utf8(&converted, mpg123_text_cp1252, bytes, text.size() + 1) != 0) out = from_v2(&converted);
    mpg123_free_string(&converted);
    return out;
}

void read_tags(mpg123_handle* handle, proto::Manifest& manifest) {
    mpg123_id3v1* v1 = nullptr;
    mpg123_id3v2* v2 = nullptr;
    if ((mpg123_meta_check(handle) & MPG123_ID3) == 0 || mpg123_id3(handle, &v1, &v2) != MPG123_OK) return;
    if (v2 != nullptr) {
        manifest.title = from_v2(v2->title);
        manifest.artist = from_v2(v2->artist);
        manifest.album = from_v2(v2->album);
    }
    if (v1 != nullptr) {
        if (manifest.title.empty()) manifest.title = from_v1(v1->title);
        if (manifest.artist.empty()) manifest.artist = from_v1(v1->artist);
        if (manifest.album.empty()) manifest.album = from_v1(v1->album);
    }
}

void read_index(mpg123_handle* handle, proto::Manifest& manifest) {
    off_t* offsets = nullptr;
    off_t step = 0;
    std::size_t fill = 0;
    if (mpg123_index(handle, &offsets, &step, &fill) != MPG123_OK || step <= 0) return;
    fill = std::min<std::size_t>(fill, max_seek_entries);
    for (std::size_t i = 0; i < fill && static_cast<std::uint64_t>(offsets[i]) <= manifest.size; ++i) {
        manifest.seek_offsets.push_back(static_cast<std::uint64_t>(offsets[i]));
    }
    if (!manifest.seek_offsets.empty()) manifest.seek_step = static_cast<std::uint32_t>(step);
}

} // namespace

bool read_mp3(int fd, proto::Manifest& manifest) {
    const auto handle = new_handle();
    auto* const mp3 = handle.get();
    if (mpg123_open_fd(mp3, fd) != MPG123_OK || mpg123_scan(mp3) != MPG123_OK) return false;
    mpg123_frameinfo2 info{};
    if (mpg123_info(mp3, &info) != MPG123_OK || info.layer != 3 || info.rate <= 0) return false;
    const auto samples = mpg123_length(mp3);
    if (samples <= 0 || mpg123_framelength(mp3) < least_frames) return false;
    manifest.kind = proto::Kind::audio;
    manifest.sample_rate = static_cast<std::uint32_t>(info.rate);
    manifest.channels = info.mode == MPG123_M_MONO ? 1 : 2;
    const auto ms = static_cast<std::uint64_t>(samples) * 1000 / static_cast<std::uint64_t>(info.rate);
    manifest.duration_ms =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(ms, std::numeric_limits<std::uint32_t>::max()));
    read_tags(mp3, manifest);
    read_index(mp3, manifest);
    return true;
}

} // namespace cifra::server
