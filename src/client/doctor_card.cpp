// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/doctor_card.hpp"

#include "client/aside.hpp"
#include "client/token/card.hpp"
#include "client/token/readers.hpp"

#include <algorithm>
#include <ctime>

namespace cifra::client {

namespace {

constexpr std::chrono::seconds patience{30};

// `bad`: how bad it is when there is none; a token that was found without one needs none.
Findings look_at_readers(Level bad) {
    Findings findings;
    try {
        const auto readers = token::ReaderMonitor().readers();
        if (readers.empty())
            findings.add({bad, "reader", std::string(describe(token::CardFault::no_reader)),
                          std::string(remedy(token::CardFault::no_reader))});
        for (const auto& reader : readers)
            findings.ok("reader", reader.name + (reader.card ? ", with a card" : ", empty"));
    } catch (const token::CardError& error) {
        findings.add({bad, "reader", error.what(), error.remedy});
    }
    return findings;
}

void check_pin(const token::Token& token, Findings& findings) {
    using token::Tries;
    const auto text = "tries for the PIN of " + token.label + ": " + std::string(describe(token.tries));
    switch (token.tries) {
        case Tries::unknown:
            return findings.ok("PIN", text);
        case Tries::low:
            return findings.warn("PIN", text, "think twice at the next one");
        case Tries::last:
            return findings.warn("PIN", text, "one more wrong PIN locks the card");
        case Tries::locked:
            return findings.fail("PIN", text, std::string(remedy(token::CardFault::pin_locked)));
    }
}

void look_at_card(const Settings& settings, Findings& findings, Level bad) {
    const auto module = settings.card_module.empty() ? std::string("opensc") : settings.card_module;
    const char* check = "card module";
    try {
        const auto modules = token::Modules::load(module);
        std::string names;
        for (const auto& one : modules->all()) names += (names.empty() ? "" : ", ") + one.description;
        findings.ok(check, module + (names.empty() ? "" : ": " + names));
        check = "card";
        token::CardOptions options;
        options.module = module;
        options.wish.selector = settings.card;
        options.authorities = settings.user_chain;
        const auto card = token::open_card(modules, options, std::time(nullptr));
        findings.ok(check, "certificate of " + card.certificate.holder + " on " + card.certificate.token.label + " (" +
                               card.certificate.key_kind + ")");
        check_pin(card.certificate.token, findings);
    } catch (const token::CardError& error) {
        findings.add({bad, check, error.what(), error.remedy});
    } catch (const std::runtime_error& error) {
        findings.add({bad, check, error.what(), "check user_chain in the configuration"});
    }
}

void look(const Settings& settings, Findings& findings) {
    const auto bad = settings.card.empty() ? Level::warning : Level::failure;
    Findings card;
    look_at_card(settings, card, bad);
    const auto readers = look_at_readers(bad);
    if (card.all_ok() && !readers.all_ok())
        findings.ok("reader", "none, and this card needs none");
    else
        findings.add(readers);
    findings.add(card);
}

} // namespace

net::awaitable<void> check_card(const Settings& settings, Interrupt& interrupt, Findings& findings) {
    if (settings.card.empty() && !settings.user_key.empty()) {
        findings.ok("card", "none is configured: the personal key is in a file");
        co_return;
    }
    const auto seen = std::make_shared<Findings>();
    const std::function<void()> work = [seen, settings] { look(settings, *seen); };
    const bool in_time = co_await aside(interrupt, work, patience);
    if (in_time)
        findings.add(*seen);
    else
        findings.fail("card", std::string(describe(token::CardFault::hung)),
                      std::string(remedy(token::CardFault::hung)));
}

} // namespace cifra::client
