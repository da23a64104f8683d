// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The PIN's way to the card. For this folder only.
#pragma once

#include "client/token/card_signer.hpp"
#include "client/token/uri.hpp"

#include <chrono>

namespace cifra::token {

// Whether this token is no longer in that slot: PC/SC is asked, for at most `patience` until it says so, and the module
// only where PC/SC knows no such reader.
bool is_gone(CK_FUNCTION_LIST* functions, const Token& token, std::chrono::milliseconds patience = {});

// The error for what a call answered: removed where the card is gone, else `otherwise`.
CardError error_of(CK_FUNCTION_LIST* functions, const Token& token, CK_RV result, CardFault otherwise,
                   const char* call);

// Whether this certificate is on the session's token.
bool holds(const Session& session, const Certificate& certificate);

// One login for one signature, ended when it goes.
class Login {
  public:
    Login(CK_FUNCTION_LIST* functions, const Session& session, const Token& token, const Certificate& certificate,
          const AskPin& ask)
        : functions_(functions), session_(session), token_(token), certificate_(certificate), ask_(ask) {}
    Login(const Login&) = delete;
    Login& operator=(const Login&) = delete;
    ~Login();

    bool done() const { return done_; }
    // Throws CardError.
    void as_user();
    // Nobody logged in: the module may ask by itself.
    void announce_module() const;
    // For a key with CKA_ALWAYS_AUTHENTICATE, behind C_SignInit. The PIN that was right a moment ago is not asked for
    // again.
    void for_this_signature();

  private:
    void enter(CK_USER_TYPE user);
    const crypto::Secret& pin(const Token& now);
    Token demand_token() const;
    Tries tries_now() const;
    [[noreturn]] void refused(CK_RV result);

    CK_FUNCTION_LIST* functions_;
    const Session& session_;
    const Token& token_;
    const Certificate& certificate_;
    const AskPin& ask_;
    crypto::Secret pin_;
    bool done_ = false;
};

} // namespace cifra::token
