// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/vault_key.hpp"

#include "crypto/aead.hpp"
#include "crypto/private_key_file.hpp"
#include "proto/codec.hpp"
#include "vault/file.hpp"

#include <botan/kdf.h>
#include <botan/pwdhash.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace cifra::vault {

namespace {

constexpr std::string_view magic = "CIFRAKEY";
constexpr std::uint16_t version = 1;
constexpr std::size_t bound_length = 52; // associated data: all before the wrapped key

bool within(const Cost& cost, const Cost& least, const Cost& most) {
    return cost.memory_kib >= least.memory_kib && cost.memory_kib <= most.memory_kib && cost.passes >= least.passes &&
           cost.passes <= most.passes && cost.lanes >= least.lanes && cost.lanes <= most.lanes;
}

bool obeyed(const Cost& cost, CostBounds bounds) {
    return within(cost, bounds == CostBounds::strict ? min_cost : Cost{32, 1, 1}, max_cost);
}

Bytes bound_part(const KeyFile& file) {
    const auto cost = file.kind == KeyKind::passphrase ? file.cost : Cost{0, 0, 0};
    return proto::Writer(KeyFile::length)
        .bytes(as_bytes(magic))
        .u16(version)
        .enumeration(file.kind)
        .u8(0)
        .bytes(file.salt)
        .u32(cost.memory_kib)
        .u32(cost.passes)
        .u32(cost.lanes)
        .bytes(file.nonce)
        .take();
}

crypto::Secret wrapping_key(const KeyFile& file, const crypto::Secret& secret) {
    if (file.kind == KeyKind::key_file) return hkdf(secret.view(), file.salt, "cifra vault key file");
    const auto argon2 = Botan::PasswordHashFamily::create_or_throw("Argon2id")
                            ->from_params(file.cost.memory_kib, file.cost.passes, file.cost.lanes);
    crypto::Secret key(VaultKey::size);
    argon2->derive_key(key.writable().data(), key.size(), reinterpret_cast<const char*>(secret.view().data()),
                       secret.size(), file.salt.data(), file.salt.size());
    return key;
}

Outcome<KeyFile> load(const std::filesystem::path& file, CostBounds bounds) {
    const auto fd = open_to_read(file);
    std::uint64_t length = 0;
    if (!fd || !length_of(fd.get(), length)) return failure_of(errno, file);
    if (length != KeyFile::length) return Failure{Problem::wrong_length, file};
    Bytes bytes(KeyFile::length);
    if (const int error = read_at(fd.get(), 0, bytes)) {
        return error == ended_early ? Failure{Problem::wrong_length, file} : failure_of(error, file);
    }
    return parse_key_file(bytes, file, bounds);
}

Outcome<crypto::Secret> ask(KeyKind kind, const std::filesystem::path& file, const KeySource& source) {
    if (kind == KeyKind::passphrase) {
        if (!source.passphrase) return Failure{Problem::no_key, file};
        return source.passphrase();
    }
    if (!source.key_file.empty()) return load_key_file(source.key_file);
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr) return Failure{Problem::no_key, file};
    return load_key_file(std::filesystem::path(folder) / "cifra-vault-key");
}

Bytes wrap(const VaultKey& key, const Wrapping& wrapping, Botan::RandomNumberGenerator& rng) {
    if (wrapping.secret.empty()) throw std::logic_error("an empty passphrase or key");
    if (wrapping.kind == KeyKind::passphrase && !obeyed(wrapping.cost, CostBounds::weak_too)) {
        throw std::logic_error("a cost of Argon2id out of its bounds");
    }
    KeyFile file;
    file.kind = wrapping.kind;
    file.cost = wrapping.cost;
    rng.randomize(file.salt.data(), file.salt.size());
    rng.randomize(file.nonce.data(), file.nonce.size());
    Bytes bytes = bound_part(file);
    const auto aead = crypto::make_aead(Suite::aes256_gcm_sha384, wrapping_key(file, wrapping.secret).view(),
                                        crypto::default_provider());
    auto text = crypto::Secret::copy_of(key.bytes().view());
    std::array<std::uint8_t, crypto::Aead::tag_length> tag{};
    aead->seal(file.nonce, bytes, text.writable(), tag);
    bytes.insert(bytes.end(), text.view().begin(), text.view().end());
    bytes.insert(bytes.end(), tag.begin(), tag.end());
    return bytes;
}

template <class Write>
Outcome<void> write_down(const std::filesystem::path& file, const Bytes& bytes, Write write) {
    try {
        write(file, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), 0600);
    } catch (const std::system_error& error) {
        return failure_of(error.code().value(), file);
    }
    return {};
}

} // namespace

VaultKey::VaultKey(crypto::Secret key) : key_(std::move(key)) {
    if (key_.size() != size) throw std::logic_error("a vault key has 32 bytes");
}

VaultKey VaultKey::make(Botan::RandomNumberGenerator& rng) {
    crypto::Secret key(size);
    rng.randomize(key.writable().data(), key.size());
    return VaultKey(std::move(key));
}

crypto::Secret VaultKey::derive(std::string_view label) const {
    return hkdf(key_.view(), {}, "cifra " + std::string(label));
}

crypto::Secret hkdf(ByteView key, ByteView salt, std::string_view info) {
    return crypto::Secret(Botan::KDF::create_or_throw("HKDF(SHA-256)")
                              ->derive_key(32, key.data(), key.size(), salt.data(), salt.size(),
                                           reinterpret_cast<const std::uint8_t*>(info.data()), info.size()));
}

Outcome<KeyFile> parse_key_file(ByteView bytes, const std::filesystem::path& file, CostBounds bounds) {
    if (bytes.size() != KeyFile::length) return Failure{Problem::wrong_length, file};
    proto::Reader reader(bytes);
    KeyFile found;
    if (!std::ranges::equal(reader.bytes(magic.size()), as_bytes(magic))) return Failure{Problem::bad_form, file};
    if (reader.u16() != version) return Failure{Problem::unknown_version, file};
    found.kind = reader.u8_enum(KeyKind::passphrase, KeyKind::key_file);
    reader.demand(reader.u8() == 0);
    found.salt = reader.array<16>();
    found.cost = {reader.u32(), reader.u32(), reader.u32()};
    found.nonce = reader.array<12>();
    found.wrapped = reader.array<48>();
    if (!reader.ok()) return Failure{Problem::bad_form, file};
    if (found.kind == KeyKind::passphrase && !obeyed(found.cost, bounds)) return Failure{Problem::out_of_bounds, file};
    if (found.kind == KeyKind::key_file && found.cost != Cost{0, 0, 0}) return Failure{Problem::bad_form, file};
    return found;
}

Outcome<KeyKind> kind_of_vault_key(const std::filesystem::path& file) {
    const auto found = load(file, CostBounds::weak_too);
    if (!found) return found.error();
    return found->kind;
}

Outcome<crypto::Secret> load_key_file(const std::filesystem::path& file) {
    // A credential may be a symbolic link, and no harm is done by one.
    std::error_code ignored;
    const auto real = std::filesystem::canonical(file, ignored);
    const auto fd = open_to_read(ignored ? file : real);
    std::uint64_t length = 0;
    if (!fd || !length_of(fd.get(), length)) return failure_of(errno, file);
    if (length != VaultKey::size) return Failure{Problem::wrong_length, file};
    crypto::Secret key(VaultKey::size);
    if (const int error = read_at(fd.get(), 0, key.writable())) {
        return error == ended_early ? Failure{Problem::wrong_length, file} : failure_of(error, file);
    }
    return key;
}

Outcome<VaultKey> open_vault_key(const std::filesystem::path& file, const KeySource& source) {
    const auto found = load(file, source.bounds);
    if (!found) return found.error();
    const auto secret = ask(found->kind, file, source);
    if (!secret) return secret.error();
    const auto aead =
        crypto::make_aead(Suite::aes256_gcm_sha384, wrapping_key(*found, *secret).view(), crypto::default_provider());
    const auto wrapped = std::span(found->wrapped);
    auto key = crypto::Secret::copy_of(wrapped.first<VaultKey::size>());
    if (!aead->open(found->nonce, ByteView(bound_part(*found)).first(bound_length), key.writable(),
                    wrapped.last<crypto::Aead::tag_length>())) {
        return Failure{Problem::wrong_key, file};
    }
    return VaultKey(std::move(key));
}

Outcome<void> save_vault_key(const std::filesystem::path& file, const VaultKey& key, const Wrapping& wrapping,
                             Botan::RandomNumberGenerator& rng) {
    return write_down(file, wrap(key, wrapping, rng), crypto::write_new_file);
}

Outcome<void> rewrap_vault_key(const std::filesystem::path& file, const VaultKey& key, const Wrapping& wrapping,
                               Botan::RandomNumberGenerator& rng) {
    return write_down(file, wrap(key, wrapping, rng), crypto::replace_file);
}

} // namespace cifra::vault
