// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/layout.hpp"

#include "crypto/aead.hpp"
#include "proto/codec.hpp"

#include <botan/mac.h>

#include <algorithm>

namespace cifra::vault {

namespace {

constexpr std::string_view magic = "CIFRAVLT";
constexpr std::uint16_t version = 1;
constexpr std::uint8_t suite_aes256_gcm_sha256 = 1;
constexpr std::size_t bound_length = 96; // associated data of the wrapped key: all before it
constexpr std::uint64_t chunk_stride = chunk_size + overhead;
// The salt is fresh each time a key is wrapped, so that a key for wrapping is used once.
constexpr std::array<std::uint8_t, nonce_size> no_nonce{};

Bytes bound_part(const Header& header) {
    return proto::Writer(Header::length)
        .bytes(as_bytes(magic))
        .u16(version)
        .u8(suite_aes256_gcm_sha256)
        .enumeration(header.state)
        .u32(chunk_size)
        .bytes(header.item)
        .u64(header.size)
        .bytes(header.root)
        .u32(header.note_length)
        .u32(header.metadata_length)
        .bytes(header.salt)
        .take();
}

std::unique_ptr<crypto::Aead> wrapping_aead(const crypto::Secret& items_key, ByteView salt) {
    return crypto::make_aead(Suite::aes256_gcm_sha384, hkdf(items_key.view(), salt, "cifra vault item").view(),
                             crypto::default_provider());
}

bool all_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::array<std::uint8_t, 32> mac_of(const crypto::Secret& item_key, const Header& header, const SectionTags& tags) {
    const auto key = hkdf(item_key.view(), {}, "cifra vault header");
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(key.view().data(), key.size());
    mac->update(bound_part(header));
    mac->update(header.wrapped.data(), header.wrapped.size());
    mac->update(tags.note.data(), tags.note.size());
    if (header.state == State::whole) {
        mac->update(tags.summary.data(), tags.summary.size());
        mac->update(tags.metadata.data(), tags.metadata.size());
    }
    std::array<std::uint8_t, 32> out{};
    mac->final(out.data());
    return out;
}

} // namespace

std::uint32_t Layout::chunk_length(std::uint64_t chunk) const noexcept {
    return proto::chunk_length(size_, chunk_size, chunk);
}

std::uint32_t Layout::leaves_of(std::uint64_t page) const noexcept {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(leaves_per_page, chunks() - page * leaves_per_page));
}

std::uint64_t Layout::note_at() const noexcept { return Header::length; }

std::uint64_t Layout::chunk_at(std::uint64_t chunk) const noexcept {
    // A full page is as long as a chunk.
    return note_at() + overhead + note_length_ + (chunk + chunk / leaves_per_page) * chunk_stride;
}

std::uint64_t Layout::page_at(std::uint64_t page) const noexcept {
    const auto last = page * leaves_per_page + leaves_of(page) - 1;
    return chunk_at(last) + overhead + chunk_length(last);
}

std::uint64_t Layout::summary_at() const noexcept {
    if (size_ == 0) return chunk_at(0);
    const auto last = pages() - 1;
    return page_at(last) + overhead + leaves_of(last) * sizeof(crypto::TreeHash);
}

Outcome<Header> parse_header(ByteView bytes, const std::filesystem::path& file) {
    if (bytes.size() != Header::length) return Failure{Problem::wrong_length, file};
    proto::Reader reader(bytes);
    if (!std::ranges::equal(reader.bytes(magic.size()), as_bytes(magic))) return Failure{Problem::bad_form, file};
    if (reader.u16() != version) return Failure{Problem::unknown_version, file};
    if (reader.u8() != suite_aes256_gcm_sha256) return Failure{Problem::unknown_suite, file};
    Header header;
    header.state = reader.u8_enum(State::partial, State::whole);
    reader.demand(reader.u32() == chunk_size);
    header.item = reader.array<16>();
    header.size = reader.u64();
    header.root = reader.array<32>();
    header.note_length = reader.u32();
    header.metadata_length = reader.u32();
    header.salt = reader.array<16>();
    header.wrapped = reader.array<48>();
    header.mac = reader.array<32>();
    const bool partial = header.state == State::partial;
    reader.demand(!partial || (header.metadata_length == 0 && all_zero(header.root)));
    if (!reader.ok()) return Failure{Problem::bad_form, file};
    if (header.size > max_item_size || header.note_length > max_note || header.metadata_length > max_metadata) {
        return Failure{Problem::out_of_bounds, file};
    }
    return header;
}

ItemKey ItemKey::make(Botan::RandomNumberGenerator& rng) {
    crypto::Secret key(VaultKey::size);
    rng.randomize(key.writable().data(), key.size());
    return ItemKey(std::move(key));
}

Bytes ItemKey::seal_header(Header& header, const crypto::Secret& items_key, const SectionTags& tags,
                           Botan::RandomNumberGenerator& rng) const {
    rng.randomize(header.salt.data(), header.salt.size());
    auto wrapped = crypto::Secret::copy_of(key_.view());
    const auto tag = std::span(header.wrapped).last<crypto::Aead::tag_length>();
    wrapping_aead(items_key, header.salt)->seal(no_nonce, bound_part(header), wrapped.writable(), tag);
    std::ranges::copy(wrapped.view(), header.wrapped.begin());
    header.mac = mac_of(key_, header, tags);
    Bytes bytes = bound_part(header);
    bytes.insert(bytes.end(), header.wrapped.begin(), header.wrapped.end());
    bytes.insert(bytes.end(), header.mac.begin(), header.mac.end());
    return bytes;
}

bool ItemKey::is_true(const Header& header, const SectionTags& tags) const {
    return crypto::equal(mac_of(key_, header, tags), header.mac);
}

std::optional<ItemKey> unwrap_item_key(const Header& header, const crypto::Secret& items_key) {
    const auto wrapped = std::span(header.wrapped);
    auto key = crypto::Secret::copy_of(wrapped.first<VaultKey::size>());
    const auto bound = bound_part(header);
    static_assert(bound_length + 48 + 32 == Header::length);
    if (!wrapping_aead(items_key, header.salt)
             ->open(no_nonce, bound, key.writable(), wrapped.last<crypto::Aead::tag_length>())) {
        return std::nullopt;
    }
    return ItemKey(std::move(key));
}

} // namespace cifra::vault
