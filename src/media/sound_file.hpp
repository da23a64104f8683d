// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// FLAC, Ogg Vorbis, Opus and WAV through libsndfile. One thread at a time.
#pragma once

#include "media/byte_source.hpp"
#include "media/format.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct sf_private_tag;

namespace cifra::media {

class Cursor;

class SoundFile {
  public:
    // `source` outlives it. Reads the beginning, and where the library wants to know the length, the end.
    SoundFile(ByteSource& source, SoundFormat format);
    ~SoundFile();
    SoundFile(const SoundFile&) = delete;
    SoundFile& operator=(const SoundFile&) = delete;

    // False: error() tells, and nothing else may be asked.
    bool is_open() const { return file_ != nullptr; }
    unsigned rate() const { return rate_; }         // frames a second, from 1 to max_rate
    unsigned channels() const { return channels_; } // 1 to max_channels
    // As the file claims; 0 if unknown.
    std::uint64_t frames() const { return frames_; }
    // Fit for messages and terminals.
    std::string title() const;
    std::string artist() const;
    std::string album() const;

    // Whole frames, as signed 16 bit (samples of more bits are cut, those beyond full scale are limited): how many
    // samples were written. 0: the end, or error() tells. `out` holds a frame at least.
    std::size_t read(std::span<std::int16_t> out);
    // The next read() begins at this frame; behind the last one is the end. False: error() tells.
    bool seek(std::uint64_t frame);
    const std::string& error() const { return error_; }

  private:
    struct Closing {
        void operator()(sf_private_tag* file) const noexcept;
    };
    void open(SoundFormat format);
    std::string text(int type) const;
    std::size_t read_frames(std::span<std::int16_t> out);
    bool go_to(std::uint64_t frame);
    bool skip_to(std::uint64_t frame);
    std::uint64_t last_safe_target() const;

    std::unique_ptr<Cursor> cursor_;
    std::unique_ptr<sf_private_tag, Closing> file_; // behind the cursor that it reads through
    unsigned rate_ = 0;
    unsigned channels_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t position_ = 0;
    bool is_ogg_ = false;
    bool is_float_ = false;
    bool is_behind_end_ = false;
    std::vector<float> block_;
    std::string error_;
};

} // namespace cifra::media
