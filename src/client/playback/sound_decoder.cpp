// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/sound_decoder.hpp"

#include <algorithm>
#include <utility>

namespace cifra::playback {
namespace {

constexpr std::size_t block_samples = 4096;
// While a file is opened, what lies further behind all that was read is taken for a search for the end.
constexpr std::uint64_t longest_step = 65'536;
// The library goes back to where an Ogg page begins, which is at most so long: it need not be fetched again.
constexpr std::size_t kept_bytes = 65'536;

} // namespace

SoundDecoder::SoundDecoder(media::SoundFormat format, std::uint64_t size)
    : file_format_(format), size_(size), block_(block_samples), thread_([this] { run(); }) {}

SoundDecoder::~SoundDecoder() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void SoundDecoder::feed(ByteView bytes) {
    if (window_.size() > kept_bytes) {
        const auto dropped = window_.size() - kept_bytes;
        window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(dropped));
        window_begin_ += dropped;
    }
    window_.insert(window_.end(), bytes.begin(), bytes.end());
}

bool SoundDecoder::is_input_ended() const { return !is_opening_ && !seek_ && wanted() >= size_; }

Decoded SoundDecoder::decode(std::span<std::int16_t> out) {
    if (!error_.empty()) return {DecodeStatus::failed, 0};
    if (!seek_ && !pending_.empty()) return take(out);
    const auto status = run_library();
    return status == DecodeStatus::samples ? take(out) : Decoded{status, 0};
}

Decoded SoundDecoder::take(std::span<std::int16_t> out) {
    const auto count = std::min(out.size() - out.size() % format_.channels, pending_.size());
    std::copy_n(pending_.begin(), count, out.begin());
    pending_ = pending_.subspan(count);
    return {DecodeStatus::samples, count};
}

bool SoundDecoder::seek(std::uint64_t frame) {
    if (!format_.is_known() || !error_.empty()) return false;
    seek_ = frame;
    return true;
}

// Returns when the library has something to say, or needs bytes.
DecodeStatus SoundDecoder::run_library() {
    std::unique_lock lock(mutex_);
    turn_ = Turn::library;
    changed_.notify_all();
    changed_.wait(lock, [this] { return turn_ == Turn::decoder; });
    return answer_;
}

// Hands over, until there is something to do again. False: the library is to come to an end.
bool SoundDecoder::answer(DecodeStatus status) {
    std::unique_lock lock(mutex_);
    answer_ = status;
    turn_ = Turn::decoder;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_over_ || turn_ == Turn::library; });
    return !is_over_;
}

void SoundDecoder::run() {
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_over_ || turn_ == Turn::library; });
        if (is_over_) return;
    }
    auto status = DecodeStatus::new_format;
    try {
        // Some have so much in front of the sound that it looks like a search.
        if (!open() && (std::exchange(may_search_, true) || !open())) status = fail(file_->error());
    } catch (const std::exception& error) {
        status = fail(error.what());
    }
    while (answer(status)) {
        try {
            status = error_.empty() ? fill_block() : DecodeStatus::failed;
        } catch (const std::exception& error) {
            status = fail(error.what());
        }
    }
    // Whatever it may want to read now is not there.
    file_.reset();
}

bool SoundDecoder::open() {
    is_opening_ = true;
    media::ByteSource& bytes = *this;
    file_.emplace(bytes, file_format_);
    is_opening_ = false;
    if (!file_->is_open()) return false;
    format_ = {.rate = file_->rate(), .channels = file_->channels()};
    length_ = file_->frames();
    tags_ = {file_->title(), file_->artist(), file_->album()};
    return true;
}

DecodeStatus SoundDecoder::fill_block() {
    // A seek that comes while this one waits for bytes is carried out behind it.
    do {
        pending_ = {};
        if (seek_ && !carry_out_seek()) return fail(file_->error());
        const auto count = file_->read(block_);
        if (!file_->error().empty()) return fail(file_->error());
        pending_ = std::span(block_).first(count);
    } while (seek_);
    return pending_.empty() ? DecodeStatus::end : DecodeStatus::samples;
}

// Ogg tells nowhere but at the end how long it is, and without the length nothing is found in it. Whoever plays it from
// beginning to end needs neither: so the end is looked at when somebody seeks, not sooner.
bool SoundDecoder::carry_out_seek() {
    const auto frame = *std::exchange(seek_, std::nullopt);
    if (file_->frames() == 0 && !std::exchange(may_search_, true) && !open()) return false;
    return file_->seek(frame);
}

DecodeStatus SoundDecoder::fail(const std::string& error) {
    error_ = error.empty() ? "the recording is damaged" : error;
    return DecodeStatus::failed;
}

std::size_t SoundDecoder::read_at(std::uint64_t offset, MutableBytes out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const auto at = offset + done;
        if (at >= size_) break;
        if (!has(at)) {
            if (is_opening_ && !may_search_ && at > wanted() + longest_step) break;
            if (at != wanted()) window_.clear();
            if (window_.empty()) window_begin_ = at;
            if (!answer(DecodeStatus::hungry)) break;
            continue;
        }
        const auto rest = ByteView(window_).subspan(static_cast<std::size_t>(at - window_begin_));
        const auto count = std::min(rest.size(), out.size() - done);
        std::copy_n(rest.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += count;
    }
    return done;
}

} // namespace cifra::playback
