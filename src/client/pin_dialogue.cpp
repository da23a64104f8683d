// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/pin_dialogue.hpp"

#include "client/exit_code.hpp"
#include "client/pinentry.hpp"
#include "crypto/private_key.hpp"

#include <cstdlib>

namespace cifra::client {

namespace {

std::string name_of(const token::PinQuestion& question) {
    return question.label.empty() ? question.holder : question.label;
}

bool is_yes(const crypto::Secret& answer) {
    return std::string_view(reinterpret_cast<const char*>(answer.view().data()), answer.size()) == "yes";
}

[[noreturn]] void give_up(const std::string& what) {
    throw Failure(Exit::card, what, "run the same command again; no try was lost");
}

bool display() {
    for (const char* name : {"WAYLAND_DISPLAY", "DISPLAY"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return true;
    return false;
}

} // namespace

// The program, if one may be used here.
std::string PinDialogue::window() const {
    if (!settings_.pinentry.empty()) return settings_.pinentry;
    return display() ? "pinentry" : "";
}

std::string PinDialogue::facts(const token::PinQuestion& question) const {
    auto text = "Card of " + question.holder + " (" + question.label +
                (question.reader.empty() ? "" : ", in " + question.reader) + ")\n";
    if (!settings_.card.empty()) text += "as configured: " + settings_.card + "\n";
    if (question.tries != token::Tries::unknown)
        text += "Tries for the PIN: " + std::string(token::describe(question.tries)) + "\n";
    return text;
}

void PinDialogue::confirm_last(const token::PinQuestion& question) const {
    const auto warning = facts(question) + "One more wrong PIN locks this card.";
    bool confirmed = false;
    if (on_terminal()) {
        const Question yes{warning + "\nType yes to use the last try: ", true};
        confirmed = is_yes(prompter_->ask_from_thread(yes));
    } else if (const auto program = window(); !program.empty() && settings_.pin_fd < 0) {
        confirmed = confirm_pinentry(program, warning);
    } else {
        throw Failure(Exit::card, "one try is left for the PIN of " + name_of(question) + ", and nobody to confirm it",
                      "run it in a terminal: one more wrong PIN locks the card");
    }
    if (!confirmed) give_up("the last try for the PIN was not confirmed");
}

crypto::Secret PinDialogue::ask(const token::PinQuestion& question) const {
    try {
        if (question.tries == token::Tries::last) confirm_last(question);
        if (question.by_module) {
            const auto* const what = "Its own program may ask for the PIN, in a window";
            if (terminal_ != nullptr) terminal_->complain(facts(question) + what);
            return {};
        }
        if (question.pin_pad) {
            const auto where = question.reader.empty() ? std::string("the reader") : question.reader;
            if (terminal_ != nullptr) terminal_->complain(facts(question) + "Enter the PIN on the keypad of " + where);
            return {};
        }
        crypto::PassphraseSource source(settings_.pin_fd, "--pin-fd");
        if (auto pin = source.get_silently("cifra-pin")) return std::move(*pin);
        if (on_terminal())
            return prompter_->ask_from_thread({facts(question) + "PIN of " + name_of(question) + ": ", false});
        if (const auto program = window(); !program.empty()) return ask_pinentry(program, facts(question), "PIN:");
    } catch (const NoAnswer& error) {
        give_up(error.what());
    } catch (const PinentryError& error) {
        throw Failure(Exit::card, std::string("cannot ask for the PIN: ") + error.what(),
                      "set pinentry in the configuration, run it in a terminal, or give --pin-fd N");
    } catch (const crypto::NoPassphrase& error) {
        throw Failure(Exit::card, error.what(), "give --pin-fd N with the PIN as its first line");
    }
    throw Failure(Exit::card, "no terminal to ask for the PIN on",
                  "run it in a terminal, give --pin-fd N, or set pinentry in the configuration");
}

} // namespace cifra::client
