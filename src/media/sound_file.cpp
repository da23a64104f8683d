// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/sound_file.hpp"

#include "media/cursor.hpp"
#include "media/text.hpp"
#include "proto/messages.hpp"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cifra::media {

namespace {

constexpr std::uint64_t probe_limit = 32 << 20; // bytes read to open a file; pictures among the tags are passed over
constexpr std::size_t block_frames = 2048;
// Where in Ogg the last page may begin, so that a seek must stay before it: see last_safe_target().
constexpr std::uint64_t last_page_seconds = 12;

Cursor& cursor(void* user) { return *static_cast<Cursor*>(user); }

SF_VIRTUAL_IO functions() {
    SF_VIRTUAL_IO io{};
    io.get_filelen = [](void* user) -> sf_count_t { return cursor(user).size(); };
    io.seek = [](sf_count_t offset, int whence, void* user) -> sf_count_t { return cursor(user).seek(offset, whence); };
    io.read = [](void* out, sf_count_t count, void* user) -> sf_count_t {
        if (count <= 0) return 0;
        const MutableBytes bytes(static_cast<std::uint8_t*>(out), static_cast<std::size_t>(count));
        return static_cast<sf_count_t>(cursor(user).read(bytes));
    };
    io.write = [](const void*, sf_count_t, void*) -> sf_count_t { return 0; };
    io.tell = [](void* user) -> sf_count_t { return cursor(user).position(); };
    return io;
}

bool is_of(int found, SoundFormat wanted) {
    const int container = found & SF_FORMAT_TYPEMASK;
    const int encoding = found & SF_FORMAT_SUBMASK;
    switch (wanted) {
        case SoundFormat::flac:
            return container == SF_FORMAT_FLAC;
        case SoundFormat::vorbis:
            return container == SF_FORMAT_OGG && encoding == SF_FORMAT_VORBIS;
        case SoundFormat::opus:
            return container == SF_FORMAT_OGG && encoding == SF_FORMAT_OPUS;
        case SoundFormat::wav:
            return container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX || container == SF_FORMAT_RF64;
        default:
            return false;
    }
}

bool is_integer(int format) {
    constexpr std::array integers = {SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24,
                                     SF_FORMAT_PCM_32, SF_FORMAT_ULAW,   SF_FORMAT_ALAW};
    return std::find(integers.begin(), integers.end(), format & SF_FORMAT_SUBMASK) != integers.end();
}

bool is_floating(int format) {
    constexpr std::array floats = {SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE, SF_FORMAT_VORBIS, SF_FORMAT_OPUS};
    return std::find(floats.begin(), floats.end(), format & SF_FORMAT_SUBMASK) != floats.end();
}

// The library's own conversion lets what is beyond full scale come out at the other end.
std::int16_t to_s16(float sample) {
    const float scaled = sample * 32768.0F;
    if (std::isnan(scaled)) return 0;
    return static_cast<std::int16_t>(std::lrint(std::clamp(scaled, -32768.0F, 32767.0F)));
}

} // namespace

void SoundFile::Closing::operator()(sf_private_tag* file) const noexcept { sf_close(file); }

SoundFile::SoundFile(ByteSource& source, SoundFormat format) : cursor_(std::make_unique<Cursor>(source)) {
    open(format);
    if (!error_.empty()) file_.reset();
}

SoundFile::~SoundFile() = default;

void SoundFile::open(SoundFormat format) {
    auto io = functions();
    SF_INFO info{};
    cursor_->limit(probe_limit);
    file_.reset(sf_open_virtual(&io, SFM_READ, &info, cursor_.get()));
    cursor_->limit(UINT64_MAX);
    if (!file_) {
        error_ = sf_strerror(nullptr);
    } else if (!is_of(info.format, format) || (!is_integer(info.format) && !is_floating(info.format))) {
        error_ = "sound in an encoding that is not supported";
    } else if (info.channels < 1 || info.channels > static_cast<int>(max_channels)) {
        error_ = std::to_string(info.channels) + " channels; only mono and stereo are supported";
    } else if (info.samplerate < 1 || info.samplerate > static_cast<int>(max_rate)) {
        error_ = std::to_string(info.samplerate) + " samples a second are not supported";
    }
    rate_ = static_cast<unsigned>(info.samplerate);
    channels_ = static_cast<unsigned>(info.channels);
    frames_ = info.frames > 0 && info.frames < SF_COUNT_MAX ? static_cast<std::uint64_t>(info.frames) : 0;
    is_ogg_ = format == SoundFormat::vorbis || format == SoundFormat::opus;
    is_float_ = is_floating(info.format);
}

std::string SoundFile::text(int type) const {
    const char* found = sf_get_string(file_.get(), type);
    return found == nullptr ? std::string() : old_text(std::string_view(found).substr(0, 4 * proto::max_item_text));
}

std::string SoundFile::title() const { return text(SF_STR_TITLE); }
std::string SoundFile::artist() const { return text(SF_STR_ARTIST); }
std::string SoundFile::album() const { return text(SF_STR_ALBUM); }

std::size_t SoundFile::read(std::span<std::int16_t> out) {
    if (is_behind_end_ || !error_.empty()) return 0;
    const auto frames = read_frames(out);
    position_ += frames;
    if (frames == 0 && sf_error(file_.get()) != SF_ERR_NO_ERROR) error_ = sf_strerror(file_.get());
    return frames * channels_;
}

std::size_t SoundFile::read_frames(std::span<std::int16_t> out) {
    const auto wanted = std::min(out.size() / channels_, block_frames);
    if (!is_float_) {
        const auto got = sf_readf_short(file_.get(), out.data(), static_cast<sf_count_t>(wanted));
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    block_.resize(block_frames * channels_);
    const auto got = sf_readf_float(file_.get(), block_.data(), static_cast<sf_count_t>(wanted));
    const auto frames = got > 0 ? static_cast<std::size_t>(got) : 0;
    std::transform(block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(frames * channels_), out.begin(),
                   to_s16);
    return frames;
}

// Ogg tells of each page where it ends. Of the last one that is the end of the sound, not of what its packets hold; so
// libsndfile (1.2) lands at a wrong place when a search leads there. From before, it gets there rightly.
std::uint64_t SoundFile::last_safe_target() const {
    const auto margin = last_page_seconds * rate_;
    if (!is_ogg_ || frames_ == 0) return UINT64_MAX;
    return frames_ > margin ? frames_ - margin : 0;
}

bool SoundFile::seek(std::uint64_t frame) {
    if (!error_.empty()) return false;
    is_behind_end_ = frames_ != 0 && frame >= frames_;
    if (is_behind_end_) return true;
    const auto safe = last_safe_target();
    if (frame <= safe) return go_to(frame);
    const bool is_near = position_ >= safe && position_ <= frame;
    return (is_near || go_to(safe)) && skip_to(frame);
}

bool SoundFile::go_to(std::uint64_t frame) {
    const auto target = static_cast<sf_count_t>(std::min<std::uint64_t>(frame, SF_COUNT_MAX));
    const auto reached = sf_seek(file_.get(), target, SF_SEEK_SET);
    if (reached != target) {
        const char* why =
            sf_error(file_.get()) != SF_ERR_NO_ERROR ? sf_strerror(file_.get()) : "the place is not found";
        error_ = why;
        return false;
    }
    position_ = frame;
    return true;
}

bool SoundFile::skip_to(std::uint64_t frame) {
    std::vector<std::int16_t> block(block_frames * channels_);
    while (position_ < frame) {
        const auto count = std::min<std::uint64_t>(frame - position_, block_frames);
        if (read(std::span(block).first(static_cast<std::size_t>(count) * channels_)) == 0) break;
    }
    is_behind_end_ = position_ < frame;
    return error_.empty();
}

} // namespace cifra::media
