// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a card, and what its holder can do about it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cifra::token {

enum class CardFault : std::uint8_t {
    no_module,       // no such PKCS#11 module here
    bad_module,      // it may be anybody's, or does not load
    no_service,      // pcscd does not run
    no_reader,       // no reader is connected
    no_card,         // no card is in any reader
    unknown_card,    // a card is there, but the module makes nothing of it
    no_certificate,  // nothing on it that can be used for a login
    no_match,        // nothing that the URI or label names
    ambiguous,       // several certificates could be meant
    bad_selector,    // the URI is malformed, or says what is not known
    pin_in_selector, // a PIN does not belong into a URI
    no_key,          // a certificate without its private key
    unsupported_key, // kind or size outside the profile, or the token cannot sign with it
    removed,         // the card was pulled
    other_card,      // another card is in the reader than the one chosen
    no_pin,          // none was given
    pin_length,      // shorter or longer than this card's: not sent to it
    wrong_pin,
    pin_locked,
    pin_not_set,   // the card was never given one, or it has expired
    bad_signature, // what the card made does not verify under its certificate
    hung,          // no answer: thrown by who set the deadline
    failed,        // anything else that the module says
};
constexpr CardFault last_card_fault = CardFault::failed;

// What PKCS#11 tells of the tries left for the PIN: no number, but these states.
enum class Tries : std::uint8_t {
    unknown, // the token tells nothing: all are left, or it never does
    low,     // a wrong PIN was entered
    last,    // one more wrong PIN locks the card
    locked,
};
std::string_view describe(Tries tries) noexcept; // "not told by the card", "one left", …

std::string_view name_of(CardFault fault) noexcept;  // "wrong_pin"
std::string_view describe(CardFault fault) noexcept; // "wrong PIN"
std::string_view remedy(CardFault fault) noexcept;   // what to do next

// What everything in this folder throws. A removed card is never wrong_pin.
struct CardError : std::runtime_error {
    explicit CardError(CardFault fault_, const std::string& what = {}, Tries tries_ = Tries::unknown);
    CardFault fault;
    Tries tries; // after wrong_pin: what is left now
    std::string remedy;
};

} // namespace cifra::token
