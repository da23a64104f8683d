// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The one key of a vault, and vault.key, the file that holds it wrapped: by a passphrase, or by a key file that lies
// elsewhere. FORMAT.md has its fields.
#pragma once

#include "crypto/secret.hpp"
#include "vault/failure.hpp"

#include <botan/rng.h>

#include <functional>
#include <optional>

namespace cifra::vault {

class VaultKey {
  public:
    static constexpr std::size_t size = 32;

    static VaultKey make(Botan::RandomNumberGenerator& rng);
    // Throws std::logic_error unless it has 32 bytes.
    explicit VaultKey(crypto::Secret key);

    // 32 bytes of their own for each purpose: "vault items", "ledger seal" and so on.
    crypto::Secret derive(std::string_view label) const;
    const crypto::Secret& bytes() const noexcept { return key_; }

  private:
    crypto::Secret key_;
};

// HKDF-SHA-256 of RFC 5869, 32 bytes.
crypto::Secret hkdf(ByteView key, ByteView salt, std::string_view info);

enum class KeyKind : std::uint8_t { passphrase = 1, key_file = 2 };

// Of Argon2id. What a file may ask for is bounded before it is obeyed: max_cost, and min_cost as a weak one is none
// that we wrote.
struct Cost {
    std::uint32_t memory_kib = 65'536;
    std::uint32_t passes = 3;
    std::uint32_t lanes = 4;
    bool operator==(const Cost&) const = default;
};
inline constexpr Cost min_cost{65'536, 3, 1};
inline constexpr Cost max_cost{1'048'576, 16, 4};

// Weak costs are for tests, which could do little else if each took most of a second.
enum class CostBounds : std::uint8_t { strict, weak_too };

// vault.key, taken apart; nothing of it is proven yet.
struct KeyFile {
    static constexpr std::size_t length = 100;
    KeyKind kind{};
    std::array<std::uint8_t, 16> salt{};
    Cost cost; // passphrase only
    std::array<std::uint8_t, 12> nonce{};
    std::array<std::uint8_t, 48> wrapped{}; // with its tag
};
Outcome<KeyFile> parse_key_file(ByteView bytes, const std::filesystem::path& file,
                                CostBounds bounds = CostBounds::strict);

// What wraps the vault key.
struct Wrapping {
    KeyKind kind{};
    crypto::Secret secret; // a passphrase, not empty; or 32 bytes
    Cost cost = {};
};

// What is asked for the secret that opens vault.key, once its kind is known. May throw what a PassphraseSource throws.
struct KeySource {
    std::function<crypto::Secret()> passphrase;
    // Empty: $CREDENTIALS_DIRECTORY/cifra-vault-key.
    std::filesystem::path key_file = {};
    CostBounds bounds = CostBounds::strict;
};

Outcome<VaultKey> open_vault_key(const std::filesystem::path& file, const KeySource& source);
Outcome<KeyKind> kind_of_vault_key(const std::filesystem::path& file);
// 32 bytes, neither more nor fewer.
Outcome<crypto::Secret> load_key_file(const std::filesystem::path& file);

// Both durable when they return. The first never replaces a file. The second does: another passphrase or key file for
// the same key; it is whole, old or new, whenever the machine stops.
Outcome<void> save_vault_key(const std::filesystem::path& file, const VaultKey& key, const Wrapping& wrapping,
                             Botan::RandomNumberGenerator& rng);
Outcome<void> rewrap_vault_key(const std::filesystem::path& file, const VaultKey& key, const Wrapping& wrapping,
                               Botan::RandomNumberGenerator& rng);

} // namespace cifra::vault
