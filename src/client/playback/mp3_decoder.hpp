// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// libmpg123 in feed mode.
#pragma once

#include "client/playback/decoder.hpp"
#include "client/playback/track.hpp"

#include <sys/types.h>

#include <memory>

struct mpg123_handle_struct;

namespace cifra::playback {

// Gives exactly the samples that the mpg123 program gives for the same file, gapless where the file has a LAME tag.
class Mp3Decoder final : public Decoder {
  public:
    // `size` in bytes, 0 if unknown: only for an estimate of length(). An index that cannot be right is left unused.
    explicit Mp3Decoder(std::uint64_t size = 0, const SeekIndex& index = {});

    std::uint64_t wanted() const override { return wanted_; }
    void feed(ByteView bytes) override;
    void end_of_input() override { is_input_ended_ = true; }
    bool is_input_ended() const override { return is_input_ended_; }
    Decoded decode(std::span<std::int16_t> out) override;
    bool seek(std::uint64_t frame) override;

    const AudioFormat& format() const override { return format_; }
    // An estimate unless the file tells.
    std::uint64_t length() const override;
    // ID3v2 comes first, ID3v1 last.
    Tags tags() const override;
    const std::string& error() const override { return error_; }

  private:
    struct Delete {
        void operator()(mpg123_handle_struct* handle) const noexcept;
    };
    bool open(std::span<off_t> index, off_t step);
    bool restart();
    AudioFormat read_format();
    Decoded decode_any(std::span<std::int16_t> out);
    Decoded fail();

    std::unique_ptr<mpg123_handle_struct, Delete> handle_;
    std::uint64_t size_;
    std::uint64_t wanted_ = 0;
    AudioFormat format_;
    Bytes head_;           // what was fed before the format was known: every seek begins with it
    std::size_t skip_ = 0; // samples to drop
    bool is_input_ended_ = false;
    std::string error_;
};

} // namespace cifra::playback
