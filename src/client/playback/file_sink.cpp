// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/file_sink.hpp"

#include "proto/bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <thread>

namespace cifra::playback {
namespace {

using namespace std::chrono_literals;

// What a sound card would have in its own buffer: the largest lead over the clock.
constexpr auto lead = 100ms;
constexpr auto wait_for_room = 10ms;

void append(Bytes& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

} // namespace

void NullSink::open(const AudioFormat& format) {
    close();
    hold(true);
    format_ = format;
    consumed_ = 0;
    paced_until_ = {};
}

std::size_t NullSink::frames_due() {
    if (is_held()) return 0;
    if (pace_ == Pace::unlimited) return std::numeric_limits<std::size_t>::max();
    const auto now = std::chrono::steady_clock::now();
    paced_until_ = std::max(paced_until_, now);
    const std::chrono::duration<double> due = now + lead - paced_until_;
    return static_cast<std::size_t>(std::max(0.0, due.count() * format_.rate));
}

std::size_t NullSink::write(std::span<const std::int16_t> samples) {
    const auto frames = std::min(frames_due(), samples.size() / format_.channels);
    if (frames == 0) {
        if (pace_ == Pace::real_time) std::this_thread::sleep_for(wait_for_room);
        return 0;
    }
    const auto count = frames * format_.channels;
    scaled_.assign(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    scale(scaled_);
    put(scaled_);
    consumed_ += frames;
    paced_until_ += std::chrono::nanoseconds(frames * 1'000'000'000 / format_.rate);
    return count;
}

FileSink::FileSink(std::string path, Pace pace)
    : NullSink(pace),
      path_(std::move(path)),
      is_wav_(path_.ends_with(".wav")),
      was_there_(std::filesystem::exists(path_)) {
    const std::ofstream probe(path_, std::ios::binary | std::ios::app);
    if (!probe) fail();
}

FileSink::~FileSink() {
    close();
    std::error_code ignored;
    if (!was_there_ && !format().is_known()) std::filesystem::remove(path_, ignored); // nothing was played
}

void FileSink::fail() const {
    const int error = errno;
    throw SinkError("cannot write to " + path_ + (error != 0 ? std::string(": ") + std::strerror(error) : ""));
}

void FileSink::open(const AudioFormat& wanted) {
    if (is_wav_ && format().is_known() && format() != wanted) {
        throw SinkError(path_ + ": a WAV file cannot hold tracks of two formats; choose a name without .wav");
    }
    const bool is_first = !format().is_known();
    if (is_first) {
        file_.open(path_, std::ios::binary | std::ios::trunc);
        if (!file_) fail();
    }
    NullSink::open(wanted);
    if (is_wav_ && is_first) write_header();
}

void FileSink::put(std::span<const std::int16_t> samples) {
    Bytes bytes;
    bytes.reserve(samples.size_bytes());
    for (const auto sample : samples) append(bytes, static_cast<std::uint16_t>(sample), 2);
    file_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    bytes_ += bytes.size();
    if (!file_) fail();
}

// The last bytes may be those that the disk does not take.
void FileSink::finish() {
    if (file_.is_open() && !file_.flush()) fail();
}

void FileSink::close() noexcept {
    try {
        if (!file_.is_open()) return;
        if (is_wav_ && format().is_known()) {
            file_.seekp(0);
            write_header();
            file_.seekp(0, std::ios::end);
        }
        file_.flush();
    } catch (...) { // the stream throws no exceptions; bad_alloc at most
        file_.setstate(std::ios::failbit);
    }
}

// RIFF WAVE with a `fmt ` chunk for PCM (16 bytes) and one `data` chunk; sizes stop at 4 GiB - 1.
void FileSink::write_header() {
    constexpr std::uint64_t rest_of_header = 36;
    constexpr std::uint64_t largest = std::numeric_limits<std::uint32_t>::max();
    const auto frame = 2 * format().channels;
    Bytes header;
    append(header, "RIFF");
    append(header, static_cast<std::uint32_t>(std::min(largest, bytes_ + rest_of_header)), 4);
    append(header, "WAVEfmt ");
    append(header, 16, 4);
    append(header, 1, 2);
    append(header, format().channels, 2);
    append(header, format().rate, 4);
    append(header, format().rate * frame, 4);
    append(header, frame, 2);
    append(header, 16, 2);
    append(header, "data");
    append(header, static_cast<std::uint32_t>(std::min(largest, bytes_)), 4);
    file_.write(reinterpret_cast<const char*>(header.data()), static_cast<std::streamsize>(header.size()));
}

} // namespace cifra::playback
