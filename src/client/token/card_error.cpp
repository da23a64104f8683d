// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/card_error.hpp"

#include <array>

namespace cifra::token {

namespace {

struct Row {
    CardFault fault;
    std::string_view name, what, remedy;
};

constexpr std::array rows{
    Row{CardFault::no_module, "no_module", "the PKCS#11 module is not there",
        "install the package opensc-pkcs11 (Debian), or name the module of your card's maker with card_module"},
    Row{CardFault::bad_module, "bad_module", "the PKCS#11 module cannot be used",
        "it must be a file that only root or you can write; install it again from a package"},
    Row{CardFault::no_service, "no_service", "the smart card service (pcscd) does not run",
        "install the package pcscd, and start it: systemctl enable --now pcscd.socket"},
    Row{CardFault::no_reader, "no_reader", "no card reader is connected",
        "connect the reader; `cifra card` shows when it is seen"},
    Row{CardFault::no_card, "no_card", "no card is in the reader", "insert your card, contacts first, and try again"},
    Row{CardFault::unknown_card, "unknown_card", "the PKCS#11 module does not know this card",
        "turn it over if it was inserted upside down; else name the module of your card's maker with card_module"},
    Row{CardFault::no_certificate, "no_certificate", "the card has no certificate that can be used for a login",
        "`cifra card` shows each of them with the reason; ask the operator which card is expected"},
    Row{CardFault::no_match, "no_match", "no certificate matches what was chosen",
        "`cifra card` lists the URI of each certificate: copy one into `card` of cifra.toml"},
    Row{CardFault::ambiguous, "ambiguous", "several certificates could be meant",
        "choose one by its URI: --card URI, or `card` in cifra.toml"},
    Row{CardFault::bad_selector, "bad_selector", "the URI of the certificate cannot be used",
        "copy a URI that `cifra card` prints"},
    Row{CardFault::pin_in_selector, "pin_in_selector", "a PIN, or where to find it, does not belong into a URI",
        "take pin-value and pin-source out; the PIN is asked for, or read from --pin-fd N"},
    Row{CardFault::no_key, "no_key", "the private key of this certificate is not on the card",
        "choose another certificate; `cifra card` lists them"},
    Row{CardFault::unsupported_key, "unsupported_key", "the card's key cannot be used here",
        "P-256, P-384 and RSA of 2048 to 4096 bits are; choose another certificate, or ask for a newer card"},
    Row{CardFault::removed, "removed", "the card was removed",
        "insert it again and leave it in until the login is done"},
    Row{CardFault::other_card, "other_card", "another card is in the reader than the one that was chosen",
        "insert the card that the login began with, or start again"},
    Row{CardFault::no_pin, "no_pin", "no PIN was given",
        "run it in a terminal, or give --pin-fd N with the PIN as its first line"},
    Row{CardFault::pin_length, "pin_length", "a PIN of that length cannot be this card's; it was not sent to the card",
        "try again; no try was lost"},
    Row{CardFault::wrong_pin, "wrong_pin", "wrong PIN", "try again; think twice, since a card locks after a few"},
    Row{CardFault::pin_locked, "pin_locked", "the PIN of this card is locked",
        "unlock it with its PUK, in the program of its maker or where it was issued"},
    Row{CardFault::pin_not_set, "pin_not_set", "the PIN of this card is not set, or has expired",
        "set one in the program of the card's maker"},
    Row{CardFault::bad_signature, "bad_signature", "the card made a signature that its own certificate does not verify",
        "nothing was sent; try again, and have the card looked at when it comes back"},
    Row{CardFault::hung, "hung", "the card does not answer", "take it out, insert it again, and start again"},
    Row{CardFault::failed, "failed", "the card or its reader failed",
        "take the card out, insert it again, and try again"},
};

const Row& row_of(CardFault fault) noexcept {
    static_assert(rows.size() == static_cast<std::size_t>(last_card_fault) + 1);
    return rows.at(static_cast<std::size_t>(fault));
}

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows.at(i).fault) != i) return false;
    return true;
}
static_assert(in_order());

} // namespace

std::string_view describe(Tries tries) noexcept {
    switch (tries) {
        case Tries::low:
            return "fewer than all, as a wrong PIN was entered";
        case Tries::last:
            return "one left";
        case Tries::locked:
            return "none left, locked";
        case Tries::unknown:
            break;
    }
    return "not told by the card";
}

std::string_view name_of(CardFault fault) noexcept { return row_of(fault).name; }
std::string_view describe(CardFault fault) noexcept { return row_of(fault).what; }
std::string_view remedy(CardFault fault) noexcept { return row_of(fault).remedy; }

CardError::CardError(CardFault fault_, const std::string& what, Tries tries_)
    : std::runtime_error(what.empty() ? std::string(describe(fault_)) : what),
      fault(fault_),
      tries(tries_),
      remedy(token::remedy(fault_)) {
    if (fault != CardFault::wrong_pin) return;
    if (tries == Tries::last)
        remedy = "one try is left: one more wrong PIN locks the card. Be sure of it before you try again";
    if (tries == Tries::locked) remedy = token::remedy(CardFault::pin_locked);
}

} // namespace cifra::token
