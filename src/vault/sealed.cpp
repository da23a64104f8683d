// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/sealed.hpp"

#include <botan/mem_ops.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::vault {

namespace {

// The most that open_chunks() takes: a chunk of a stream, proto::max_chunk.
constexpr std::size_t max_run = 64;

} // namespace

std::array<std::uint8_t, 10> bound_to(Section section, bool last, std::uint64_t index) {
    std::array<std::uint8_t, 10> bound{static_cast<std::uint8_t>(section), static_cast<std::uint8_t>(last ? 1 : 0)};
    for (std::size_t i = 0; i < 8; ++i) bound.at(9 - i) = static_cast<std::uint8_t>(index >> 8 * i);
    return bound;
}

void seal_section(crypto::Aead& aead, Section section, bool last, std::uint64_t index, MutableBytes sealed,
                  Botan::RandomNumberGenerator& rng) {
    const auto nonce = sealed.first(nonce_size);
    rng.randomize(nonce.data(), nonce.size());
    aead.seal(nonce, bound_to(section, last, index), sealed.subspan(nonce_size, sealed.size() - overhead),
              sealed.last<tag_size>());
}

class SealedFile::Lease {
  public:
    explicit Lease(const SealedFile& file) : file_(file) {
        const std::lock_guard lock(file_.mutex_);
        if (!file_.idle_.empty()) {
            aead_ = std::move(file_.idle_.back());
            file_.idle_.pop_back();
            return;
        }
        aead_ = crypto::make_aead(Suite::aes256_gcm_sha384, file_.key_.view(), crypto::default_provider());
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        const std::lock_guard lock(file_.mutex_);
        file_.idle_.push_back(std::move(aead_));
    }
    crypto::Aead& operator*() const { return *aead_; }
    crypto::Aead* operator->() const { return aead_.get(); }

  private:
    const SealedFile& file_;
    std::unique_ptr<crypto::Aead> aead_;
};

Failure SealedFile::failed(int error) const {
    return error == ended_early ? Failure{Problem::wrong_length, path_} : failure_of(error, path_);
}

Outcome<void> SealedFile::read(std::uint64_t offset, MutableBytes out) const {
    if (const int error = read_at(fd_.get(), offset, out)) return failed(error);
    return {};
}

Outcome<Bytes> SealedFile::open_section(Section section, bool last, std::uint64_t index, std::uint64_t offset,
                                        std::size_t length, SectionTag* tag) const {
    std::array<std::uint8_t, nonce_size> nonce{};
    SectionTag its_tag{};
    Bytes text(length);
    std::array<iovec, 3> pieces{
        {{nonce.data(), nonce.size()}, {text.data(), text.size()}, {its_tag.data(), its_tag.size()}}};
    if (const int error = read_vector(fd_.get(), offset, pieces)) return failed(error);
    if (!Lease(*this)->open(nonce, bound_to(section, last, index), text, its_tag)) {
        return Failure{Problem::not_authentic, path_};
    }
    if (tag != nullptr) *tag = its_tag;
    return text;
}

Outcome<void> SealedFile::open_chunks(const Layout& layout, std::uint64_t first, MutableBytes out) const {
    auto outcome = open_chunks_here(layout, first, out);
    if (!outcome) Botan::secure_scrub_memory(out.data(), out.size());
    return outcome;
}

Outcome<void> SealedFile::read_plain(const Layout& layout, std::uint64_t offset, MutableBytes out) const {
    if (offset > layout.size() || out.size() > layout.size() - offset) throw std::logic_error("beyond the item's end");
    std::array<std::uint8_t, chunk_size> chunk;
    Outcome<void> outcome;
    for (std::size_t done = 0; outcome && done < out.size();) {
        const auto index = (offset + done) / chunk_size;
        const auto begin = static_cast<std::size_t>((offset + done) % chunk_size);
        const auto text = MutableBytes(chunk).first(layout.chunk_length(index));
        outcome = open_chunks(layout, index, text);
        const auto n = std::min(text.size() - begin, out.size() - done);
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(begin), n,
                    out.begin() + static_cast<std::ptrdiff_t>(done));
        done += n;
    }
    Botan::secure_scrub_memory(chunk.data(), chunk.size());
    if (!outcome) Botan::secure_scrub_memory(out.data(), out.size());
    return outcome;
}

// What stands between two chunks' ciphertexts, the tag of one and the nonce of the next, goes aside by the same read.
Outcome<void> SealedFile::open_chunks_here(const Layout& layout, std::uint64_t first, MutableBytes out) const {
    const std::size_t count = (out.size() + chunk_size - 1) / chunk_size;
    if (count == 0 || count > max_run || first + count > layout.chunks()) throw std::logic_error("no run of chunks");
    std::array<std::uint8_t, overhead * max_run> aside;
    std::array<iovec, 2 * max_run + 1> pieces;
    const auto piece_of = [&](std::size_t i) { return out.subspan(i * chunk_size, layout.chunk_length(first + i)); };
    pieces[0] = {aside.data(), nonce_size};
    for (std::size_t i = 0; i < count; ++i) {
        const auto text = piece_of(i);
        pieces.at(2 * i + 1) = {text.data(), text.size()};
        pieces.at(2 * i + 2) = {aside.data() + nonce_size + i * overhead, i + 1 < count ? overhead : tag_size};
    }
    if (const int error = read_vector(fd_.get(), layout.chunk_at(first), std::span(pieces).first(2 * count + 1))) {
        return failed(error);
    }
    const Lease aead(*this);
    for (std::size_t i = 0; i < count; ++i) {
        const auto frame = std::span(aside).subspan(i * overhead, overhead);
        const auto bound = bound_to(Section::chunk, first + i + 1 == layout.chunks(), first + i);
        if (!aead->open(frame.first<nonce_size>(), bound, piece_of(i), frame.last<tag_size>())) {
            return Failure{Problem::not_authentic, path_};
        }
    }
    return {};
}

} // namespace cifra::vault
