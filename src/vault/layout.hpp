// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_vault: where what lies in a container, and its header. FORMAT.md has the tables.
#pragma once

#include "crypto/hash_tree.hpp"
#include "crypto/secret.hpp"
#include "proto/messages.hpp"
#include "vault/failure.hpp"
#include "vault/vault_key.hpp"

#include <array>
#include <optional>

namespace cifra::vault {

inline constexpr std::uint32_t chunk_size = crypto::leaf_size; // of storage
inline constexpr std::uint32_t nonce_size = 12;
inline constexpr std::uint32_t tag_size = 16;
inline constexpr std::uint32_t overhead = nonce_size + tag_size; // of each sealed section
inline constexpr std::uint32_t leaves_per_page = 512;            // hashes of leaves: as much as a chunk
inline constexpr std::uint64_t max_item_size = std::uint64_t{1} << 42;
inline constexpr std::uint32_t max_note = 4096;
inline constexpr std::uint32_t max_metadata = 65'536;

using SectionTag = std::array<std::uint8_t, tag_size>;

// Offsets and lengths, in constant time, from what the header says.
class Layout {
  public:
    Layout(std::uint64_t size, std::uint32_t note_length) : size_(size), note_length_(note_length) {}

    std::uint64_t size() const noexcept { return size_; }
    std::uint64_t chunks() const noexcept { return crypto::leaf_count(size_); }
    std::uint64_t pages() const noexcept { return (chunks() + leaves_per_page - 1) / leaves_per_page; }
    std::uint32_t chunk_length(std::uint64_t chunk) const noexcept;
    std::uint32_t leaves_of(std::uint64_t page) const noexcept;

    std::uint64_t note_at() const noexcept;
    std::uint64_t chunk_at(std::uint64_t chunk) const noexcept;
    std::uint64_t page_at(std::uint64_t page) const noexcept;
    std::uint64_t summary_at() const noexcept;
    std::uint64_t summary_length() const noexcept { return pages() * sizeof(crypto::TreeHash); }
    std::uint64_t metadata_at() const noexcept { return summary_at() + overhead + summary_length(); }
    std::uint64_t file_length(std::uint32_t metadata) const noexcept { return metadata_at() + overhead + metadata; }

  private:
    std::uint64_t size_;
    std::uint32_t note_length_;
};

enum class State : std::uint8_t { partial = 1, whole = 2 };

// As it stands in the file; only open_header() says whether it is true.
struct Header {
    static constexpr std::size_t length = 176;
    State state{};
    proto::Id16 item{};
    std::uint64_t size = 0; // plaintext bytes
    crypto::TreeHash root{};
    std::uint32_t note_length = 0;
    std::uint32_t metadata_length = 0;
    std::array<std::uint8_t, 16> salt{};
    std::array<std::uint8_t, 48> wrapped{}; // the item key, with its tag
    std::array<std::uint8_t, 32> mac{};

    Layout layout() const { return {size, note_length}; }
};

// Forms and bounds.
Outcome<Header> parse_header(ByteView bytes, const std::filesystem::path& file);

// Tags of the sections that the header's MAC binds; a partial one has the note alone.
struct SectionTags {
    SectionTag note{};
    SectionTag summary{};
    SectionTag metadata{};
};

// Fresh for each item. The two keys that are used come from it.
class ItemKey {
  public:
    explicit ItemKey(crypto::Secret key) : key_(std::move(key)) {}
    static ItemKey make(Botan::RandomNumberGenerator& rng);

    crypto::Secret content_key() const { return hkdf(key_.view(), {}, "cifra vault content"); }
    // Wraps this key under the vault's and sets salt, wrapped key and MAC of the header.
    Bytes seal_header(Header& header, const crypto::Secret& items_key, const SectionTags& tags,
                      Botan::RandomNumberGenerator& rng) const;
    bool is_true(const Header& header, const SectionTags& tags) const;

  private:
    crypto::Secret key_;
};

// Nothing: the header was changed, or belongs to another vault.
std::optional<ItemKey> unwrap_item_key(const Header& header, const crypto::Secret& items_key);

// The label of the sub-key that wraps all items' keys.
inline constexpr std::string_view items_label = "vault items";

} // namespace cifra::vault
