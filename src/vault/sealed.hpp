// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_vault: sealed sections, and reading them from many threads.
#pragma once

#include "crypto/aead.hpp"
#include "vault/file.hpp"
#include "vault/layout.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace cifra::vault {

enum class Section : std::uint8_t { chunk = 1, page = 2, note = 3, summary = 4, metadata = 5 };

// What a section is bound to, besides its key: what it is, whether it is the last of its kind, and which.
std::array<std::uint8_t, 10> bound_to(Section section, bool last, std::uint64_t index);

// `sealed` has the plaintext behind 12 free bytes and before 16. The nonce is random: nothing about a file says which
// nonces were used in what a crash took away.
void seal_section(crypto::Aead& aead, Section section, bool last, std::uint64_t index, MutableBytes sealed,
                  Botan::RandomNumberGenerator& rng);

// Reads and opens what is sealed under one content key in one file. Any thread may call.
class SealedFile {
  public:
    SealedFile(Descriptor fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

    int fd() const noexcept { return fd_.get(); }
    const std::filesystem::path& path() const noexcept { return path_; }
    void set_content_key(crypto::Secret key) { key_ = std::move(key); }
    const crypto::Secret& content_key() const noexcept { return key_; }

    Outcome<void> read(std::uint64_t offset, MutableBytes out) const;
    // A section of this many plaintext bytes, which the caller has bounded; its tag too when asked for.
    Outcome<Bytes> open_section(Section section, bool last, std::uint64_t index, std::uint64_t offset,
                                std::size_t length, SectionTag* tag = nullptr) const;
    // Chunks from `first` on that lie in one group, as many as fill `out`: read and decrypted right there. `out` holds
    // zeros after a failure.
    Outcome<void> open_chunks(const Layout& layout, std::uint64_t first, MutableBytes out) const;
    // Any bytes of the plaintext. Throws std::logic_error beyond its end.
    Outcome<void> read_plain(const Layout& layout, std::uint64_t offset, MutableBytes out) const;

  private:
    // Making one costs a key schedule, and none may be used by two threads at once.
    class Lease;

    Outcome<void> open_chunks_here(const Layout& layout, std::uint64_t first, MutableBytes out) const;
    Failure failed(int error) const;

    Descriptor fd_;
    std::filesystem::path path_;
    crypto::Secret key_;
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<crypto::Aead>> idle_;
};

} // namespace cifra::vault
