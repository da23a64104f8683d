// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Private keys on disk: PKCS#8 PEM, encrypted (PBES2), and where a passphrase may come from. Never from argv.
#pragma once

#include "crypto/certificate.hpp"
#include "crypto/secret.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace cifra::crypto {

// A passphrase was wrong: told apart from every other failure, as the user can do something about it.
// $CIFRA_PBKDF2_ROUNDS is no number that is taken.
struct WrongRounds : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct WrongPassphrase : std::runtime_error {
    using std::runtime_error::runtime_error;
};
// No passphrase is to be had (no terminal, no descriptor, no credential).
struct NoPassphrase : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Where passphrases come from, in this order: --passphrase-fd N (a line each), $CREDENTIALS_DIRECTORY/<name> (systemd),
// the terminal without echo. `prompt` is shown on the terminal only.
class PassphraseSource {
  public:
    // `option` is the one that gave `fd`, for what goes wrong.
    explicit PassphraseSource(int fd = -1, std::string option = "--passphrase-fd")
        : fd_(fd), option_(std::move(option)) {}
    Secret get(const std::string& credential_name, const std::string& prompt);
    // From the first two only; nothing when neither is there. May be called on any thread.
    std::optional<Secret> get_silently(const std::string& credential_name);
    // The same twice on a terminal, until both agree; for new keys.
    Secret get_new(const std::string& credential_name, const std::string& prompt);

  private:
    int fd_;
    std::string option_;
};

// Throws std::runtime_error naming file, reason and remedy; WrongPassphrase. `ask` is only called for an encrypted key.
std::shared_ptr<const Botan::Private_Key> load_private_key(const std::filesystem::path& pem,
                                                           const std::function<Secret()>& ask);
// Writes mode 0600, temp + fsync + rename. Refuses to overwrite. PBKDF2 with as many rounds as $CIFRA_PBKDF2_ROUNDS
// says; throws WrongRounds.
void save_private_key(const std::filesystem::path& pem, const Botan::Private_Key& key, const Secret& passphrase,
                      Botan::RandomNumberGenerator& rng);

// The certificates alone, for a key that is opened later or lies on a card: no signer. Throws when the leaf is not of
// this party.
Credential load_certificates(Party party, const std::filesystem::path& certificates_pem);

// Key and certificate file together; throws when they do not belong together, or the leaf is not of this party.
Credential load_credential(Party party, const std::filesystem::path& certificates_pem,
                           const std::filesystem::path& key_pem, const std::function<Secret()>& ask);

} // namespace cifra::crypto
