// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// libsndfile, which reads and seeks by itself, fed with bytes as they arrive.
#pragma once

#include "client/playback/decoder.hpp"
#include "media/sound_file.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace cifra::playback {

// The library runs on a thread of its own, which stops where it needs bytes that are not there, until they are. It and
// the thread that decodes take turns: never do both run.
class SoundDecoder final : public Decoder, private media::ByteSource {
  public:
    SoundDecoder(media::SoundFormat format, std::uint64_t size);
    ~SoundDecoder() override;

    std::uint64_t wanted() const override { return window_begin_ + window_.size(); }
    void feed(ByteView bytes) override;
    void end_of_input() override { size_ = wanted(); }
    bool is_input_ended() const override;
    Decoded decode(std::span<std::int16_t> out) override;
    bool seek(std::uint64_t frame) override;

    const AudioFormat& format() const override { return format_; }
    std::uint64_t length() const override { return length_; }
    Tags tags() const override { return tags_; }
    const std::string& error() const override { return error_; }

  private:
    enum class Turn { decoder, library };

    // The decoder's side.
    DecodeStatus run_library();
    Decoded take(std::span<std::int16_t> out);

    // The library's side.
    void run();
    bool answer(DecodeStatus status);
    bool open();
    bool carry_out_seek();
    DecodeStatus fill_block();
    DecodeStatus fail(const std::string& error);
    std::uint64_t size() const override { return size_; }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override;
    bool has(std::uint64_t offset) const { return offset >= window_begin_ && offset < wanted(); }

    const media::SoundFormat file_format_;
    std::uint64_t size_;
    std::uint64_t window_begin_ = 0;
    Bytes window_; // the piece that was fed last, and some of what was in front of it

    std::optional<media::SoundFile> file_;
    bool is_opening_ = true;
    bool may_search_ = false; // for the end of the file, while it is opened
    std::optional<std::uint64_t> seek_;
    std::vector<std::int16_t> block_;
    std::span<const std::int16_t> pending_; // of block_: not yet taken

    AudioFormat format_;
    std::uint64_t length_ = 0;
    Tags tags_;
    std::string error_;

    std::mutex mutex_;
    std::condition_variable changed_;
    Turn turn_ = Turn::decoder;
    DecodeStatus answer_ = DecodeStatus::hungry;
    bool is_over_ = false;
    std::thread thread_; // last, as it uses the others
};

} // namespace cifra::playback
