// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What is on the tokens of some modules. Reading it asks for no PIN.
//
// Everything here blocks, and a card that hangs blocks for ever: call it on a thread of its own with a deadline
// (aside()), give that thread the Modules by shared_ptr, and when the deadline passes leave the thread, throw
// CardError(hung), call nothing of these modules any more (they have one lock), and end the program by _exit().
#pragma once

#include "client/token/card_error.hpp"
#include "client/token/module.hpp"
#include "proto/bytes.hpp"
#include "proto/names.hpp"

#include <botan/pk_keys.h>

namespace cifra::token {

struct Token {
    std::size_t module = 0; // index into Modules::all()
    unsigned long slot = 0;
    std::string label, manufacturer, model, serial;
    std::string reader; // the slot's description: with PC/SC, the reader's name
    std::string uri;    // RFC 7512
    bool login_required = false;
    bool pin_pad = false; // the PIN is entered on the reader
    std::size_t pin_min = 0, pin_max = 0;
    Tries tries = Tries::unknown;
    struct Said;
    std::shared_ptr<const Said> said; // what the module said of itself, the slot and the token

    // The same card, in whichever reader.
    bool same_as(const Token& other) const {
        return label == other.label && manufacturer == other.manufacturer && model == other.model &&
               serial == other.serial;
    }
};

enum class KeyState : std::uint8_t {
    seen,   // a private key with the certificate's id
    hidden, // none, but the token shows private keys only after a login
    absent, // none
};

struct Certificate {
    Token token;
    std::string label, uri;
    Bytes id;        // CKA_ID
    Bytes raw_label; // CKA_LABEL
    Bytes der;       // as it is on the token
    KeyState key = KeyState::absent;

    // From the certificate; empty if it is malformed.
    bool readable = false;
    std::string holder;                         // commonName
    std::string subject, issuer, serial;        // "CN=…,O=…"; hexadecimal
    std::vector<std::string> subject_numbers;   // attributes serialNumber of the subject
    Bytes subject_der, issuer_der;              // names as DER
    std::int64_t not_before = 0, not_after = 0; // seconds since 1970
    bool authority = false;                     // a CA's
    bool signs = false;                         // keyUsage digitalSignature, or no keyUsage
    std::string key_kind;                       // "P-256", "RSA 2048", …
    std::shared_ptr<const Botan::Public_Key> public_key;
    std::vector<Scheme> schemes; // that key and token can both make, the best first
};

struct Listing {
    std::vector<Token> tokens;
    std::vector<Certificate> certificates;
    std::size_t blank = 0; // tokens besides that were never initialised
};

// All tokens that are there, and their certificates. A token that goes meanwhile is left out.
Listing list(const std::shared_ptr<const Modules>& modules);

// Fills everything below `readable`, but for schemes.
void read_certificate(Certificate& certificate);

} // namespace cifra::token
