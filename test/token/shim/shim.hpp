// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 module that hands every call on to SoftHSM, and answers some of them as a test wants.
#pragma once

#include <p11-kit/pkcs11.h>

#include <vector>

namespace cifra::test {

struct Shim {
    // What is answered instead of CKR_OK, without SoftHSM being asked; CKR_OK: it is asked.
    CK_RV initialize = CKR_OK, open_session = CKR_OK, login = CKR_OK, sign_init = CKR_OK, sign = CKR_OK;
    CK_RV token_info = CKR_OK;
    // From C_Login or C_Sign on: the token is not there any more.
    bool gone_at_login = false, gone_at_sign = false, gone = false;
    CK_FLAGS set = 0, clear = 0;           // flags of the token
    CK_FLAGS set_after_login = 0;          // once C_Login was called
    CK_RV sign_init_before_login = CKR_OK; // only as long as nobody logged in
    bool spoil_signature = false;
    bool pin_pad = false; // C_Login with no PIN means that the right one was entered
    char pin[32] = {};
    std::vector<CK_MECHANISM_TYPE> lacks; // mechanisms that it does not have
    unsigned logins = 0, context_logins = 0, logouts = 0, signatures = 0, empty_logins = 0;
    CK_MECHANISM_TYPE signed_with = 0;
    unsigned char serial = 0; // another serial number, if not 0
    bool alike = false;       // every token says the same serial number
};

} // namespace cifra::test

extern "C" cifra::test::Shim* cifra_shim();
