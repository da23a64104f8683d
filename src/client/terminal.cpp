// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/terminal.hpp"

#include "crypto/certificate_form.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace cifra::client {

namespace {

std::size_t columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 80;
}

std::string decimal(double value) {
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.1f", value);
    return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace

std::string harmless(const std::string& text) { return crypto::plain_text(text, "\n"); }

Terminal::Terminal() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void Terminal::say(const std::string& line) {
    if (!quiet) complain(line);
}

void Terminal::complain(const std::string& line) {
    const std::lock_guard lock(mutex_);
    erase_status();
    const auto text = harmless(line) + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void Terminal::status(const std::string& line, bool at_once) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!shows_status() || held_ || (!at_once && now - last_status_ < std::chrono::milliseconds(100))) return;
    last_status_ = now;
    status_shown_ = true;
    std::string text = harmless(line);
    // Cut at the terminal's width, but not inside a UTF-8 sequence; what is longer would scroll.
    std::size_t width = 0, end = 0;
    while (end < text.size() && width + 1 < columns()) {
        ++end;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
        ++width;
    }
    text = "\r\033[K" + text.substr(0, end);
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

void Terminal::clear_status() {
    const std::lock_guard lock(mutex_);
    erase_status();
}

void Terminal::erase_status() {
    if (!status_shown_) return;
    status_shown_ = false;
    std::fputs("\r\033[K", stderr);
}

std::string show_bytes(std::uint64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (value /= 1024; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
    return decimal(value) + " " + units[unit];
}

std::string show_time(std::uint64_t seconds) {
    const auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    if (seconds < 3600) return std::to_string(seconds / 60) + ":" + two(seconds % 60);
    return std::to_string(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60);
}

Progress::Progress(Terminal& terminal, std::string name, std::uint64_t total, std::uint64_t begin)
    : terminal_(terminal),
      name_(std::move(name)),
      total_(total),
      begin_(begin),
      started_(std::chrono::steady_clock::now()) {}

double Progress::rate(std::uint64_t done) const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    return elapsed.count() > 0 && done > begin_ ? static_cast<double>(done - begin_) / elapsed.count() : 0;
}

void Progress::show(std::uint64_t done, std::uint32_t epoch, bool at_once) {
    if (!terminal_.shows_status()) return;
    const double speed = rate(done);
    const auto percent = total_ == 0 ? 100 : done * 100 / total_;
    auto line = name_ + "  " + std::to_string(percent) + "%  " + show_bytes(done) + " of " + show_bytes(total_) + "  " +
                show_bytes(static_cast<std::uint64_t>(speed)) + "/s";
    if (speed > 0 && done < total_)
        line += "  ETA " + show_time(static_cast<std::uint64_t>(static_cast<double>(total_ - done) / speed));
    terminal_.status(line + "  epoch " + std::to_string(epoch), at_once);
}

} // namespace cifra::client
