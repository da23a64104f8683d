// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/passphrases.hpp"

namespace cifra::client {

crypto::Secret Passphrases::ask(const std::string& credential, const std::string& text) {
    if (prompter_ == nullptr || !Prompter::possible())
        throw crypto::NoPassphrase(
            "no terminal to ask for a passphrase on: give --passphrase-fd N, or the credential \"" + credential +
            "\" of the service (LoadCredential= in systemd)");
    try {
        return prompter_->ask_from_thread({text, false});
    } catch (const NoAnswer& error) {
        throw crypto::NoPassphrase(error.what());
    }
}

crypto::Secret Passphrases::get(const std::string& credential, const std::string& prompt) {
    if (auto passphrase = source_.get_silently(credential)) return std::move(*passphrase);
    return ask(credential, prompt + ": ");
}

crypto::Secret Passphrases::get_new(const std::string& credential, const std::string& prompt) {
    if (auto passphrase = source_.get_silently(credential)) {
        if (passphrase->empty()) throw crypto::NoPassphrase("the passphrase for a new key must not be empty");
        return std::move(*passphrase);
    }
    for (std::string before;;) {
        auto first = ask(credential, before + prompt + ": ");
        before = "It must not be empty.\n";
        if (first.empty()) continue;
        const auto second = ask(credential, "The same again: ");
        if (crypto::equal(first.view(), second.view())) return first;
        before = "They differ. Once more, please.\n";
    }
}

} // namespace cifra::client
