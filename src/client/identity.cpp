// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/identity.hpp"

#include "client/exit_code.hpp"

namespace cifra::client {

Identity Identity::load(const Settings& settings) {
    Identity identity;
    crypto::PassphraseSource passphrases(settings.passphrase_fd);
    try {
        identity.servers_ = crypto::TrustStore::load(crypto::Party::server, settings.server_roots);
        identity.device_ =
            crypto::load_credential(crypto::Party::device, settings.device_chain, settings.device_key, [&] {
                return passphrases.get("cifra-device", "Passphrase of the device key " + settings.device_key.string());
            });
        if (!settings.user_chain.empty() && !settings.user_key.empty())
            identity.user_ = crypto::load_credential(crypto::Party::user, settings.user_chain, settings.user_key, [&] {
                return passphrases.get("cifra-user", "Passphrase of the personal key " + settings.user_key.string());
            });
    } catch (const crypto::WrongPassphrase& error) {
        throw Failure(Exit::passphrase, error.what(), "try again; the operator can issue a new key if it is lost");
    } catch (const crypto::NoPassphrase& error) {
        throw Failure(Exit::passphrase, error.what(),
                      "run it in a terminal, or give --passphrase-fd N with a line for each key");
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::bad_input, error.what(),
                      "check the paths in the configuration; the operator can issue keys and certificates again");
    }
    return identity;
}

} // namespace cifra::client
