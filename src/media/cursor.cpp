// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "media/cursor.hpp"

#include <algorithm>
#include <limits>

namespace cifra::media {

namespace {

constexpr std::size_t window_size = 65'536;
constexpr std::int64_t max_size = std::numeric_limits<std::int64_t>::max() / 2; // two positions may be added

} // namespace

std::int64_t Cursor::size() const {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(source_.size(), max_size));
}

std::size_t Cursor::read(MutableBytes out) noexcept {
    try {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
        const auto count = source_.read_at(static_cast<std::uint64_t>(position_), out.first(wanted));
        position_ += static_cast<std::int64_t>(count);
        left_ -= count;
        return count;
    } catch (...) {
        return 0;
    }
}

std::int64_t Cursor::seek(std::int64_t offset, int whence) noexcept {
    const auto base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position_ : size();
    if (offset < -base || offset > max_size - base) return -1;
    position_ = base + offset;
    return position_;
}

std::size_t ReadAhead::read_at(std::uint64_t offset, MutableBytes out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const auto at = offset + done;
        if (at < begin_ || at - begin_ >= window_.size()) {
            window_.resize(window_size);
            window_.resize(source_.read_at(at, window_));
            begin_ = at;
            if (window_.empty()) break;
        }
        const auto rest = ByteView(window_).subspan(static_cast<std::size_t>(at - begin_));
        const auto count = std::min(rest.size(), out.size() - done);
        std::copy_n(rest.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += count;
    }
    return done;
}

} // namespace cifra::media
