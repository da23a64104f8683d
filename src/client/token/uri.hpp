// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// RFC 7512 URIs. For this folder only.
#pragma once

#include "client/token/pkcs11.hpp"
#include "client/token/token.hpp"

struct p11_kit_uri;

namespace cifra::token {

// What a URI can be compared with, as the module said it.
struct Token::Said {
    CK_INFO module{};
    CK_SLOT_INFO slot{};
    CK_TOKEN_INFO token{};
};

// Nothing for a slot without an initialised token.
std::optional<Token> read_token(std::size_t module, CK_FUNCTION_LIST* functions, CK_SLOT_ID slot);

std::string token_uri(const Token::Said& said);
std::string certificate_uri(const Token::Said& said, const Bytes& id, const Bytes& label);

bool is_uri(const std::string& text); // "pkcs11:", upper or lower case

class Uri {
  public:
    // Throws CardError: bad_selector (malformed, attributes that are not known, or that say which module to load),
    // pin_in_selector (pin-value and pin-source). The text is not repeated: it may hold a PIN.
    explicit Uri(const std::string& text);
    // A URI of the key, public or private, means the certificate with its id, or else its label.
    bool matches(const Certificate& certificate) const;

  private:
    std::shared_ptr<p11_kit_uri> uri_;
};

} // namespace cifra::token
