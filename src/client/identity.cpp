// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/identity.hpp"

#include "client/key_failures.hpp"

namespace cifra::client {

Identity Identity::load(const Settings& settings, Prompter* prompter, Terminal* terminal) {
    Identity identity;
    crypto::PassphraseSource passphrases(settings.passphrase_fd);
    with_key_failures([&] {
        identity.servers_ =
            crypto::TrustStore::load(crypto::Party::server, settings.server_roots, settings.server_crls);
        if (!settings.publisher_roots.empty())
            identity.publishers_ =
                crypto::TrustStore::load(crypto::Party::publisher, settings.publisher_roots, settings.publisher_crls);
        identity.device_ =
            crypto::load_credential(crypto::Party::device, settings.device_chain, settings.device_key, [&] {
                return passphrases.get("cifra-device", "Passphrase of the device key " + settings.device_key.string());
            });
    });
    identity.person_ = make_person(settings, prompter, terminal);
    identity.tickets_ = Tickets(settings, identity.device_.chain.front());
    identity.prompter_ = prompter;
    return identity;
}

} // namespace cifra::client
