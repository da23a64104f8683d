// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Bytes that must not outlive their use: move-only, wiped when they go, never printable, never compared by ==.
#pragma once

#include "proto/bytes.hpp"

#include <botan/secmem.h>

namespace cifra::crypto {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::size_t size) : bytes_(size) {}
    explicit Secret(Botan::secure_vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
    static Secret copy_of(ByteView bytes) { return Secret({bytes.begin(), bytes.end()}); }

    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& from) noexcept { bytes_.swap(from.bytes_); }
    Secret& operator=(Secret&& from) noexcept {
        Secret gone(std::move(from));
        bytes_.swap(gone.bytes_);
        return *this;
    }
    ~Secret() = default; // Botan's allocator wipes

    ByteView view() const { return {bytes_.data(), bytes_.size()}; }
    MutableBytes writable() { return {bytes_.data(), bytes_.size()}; }
    std::size_t size() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }
    void wipe() { Secret gone(std::move(*this)); }

  private:
    Botan::secure_vector<std::uint8_t> bytes_;
};

// The two directions never mix: a sealer takes the one, an opener the other.
struct SendSecret {
    Secret value;
};
struct ReceiveSecret {
    Secret value;
};

// Constant time in the contents; lengths are public.
bool equal(ByteView a, ByteView b) noexcept;

} // namespace cifra::crypto
