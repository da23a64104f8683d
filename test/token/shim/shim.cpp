// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "shim.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

namespace {

using cifra::test::Shim;

Shim control;
CK_FUNCTION_LIST* real = nullptr;
bool logged_in = false;

CK_RV initialize(void* arguments) {
    if (control.initialize != CKR_OK) return control.initialize;
    logged_in = false;
    return real->C_Initialize(arguments);
}

CK_RV slot_list(unsigned char present, CK_SLOT_ID* slots, CK_ULONG* count) {
    if (control.gone && present != CK_FALSE) {
        *count = 0;
        return CKR_OK;
    }
    return real->C_GetSlotList(present, slots, count);
}

CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
    if (control.gone) return CKR_TOKEN_NOT_PRESENT;
    if (control.token_info != CKR_OK) return control.token_info;
    const auto result = real->C_GetTokenInfo(slot, info);
    info->flags = (info->flags | control.set) & ~control.clear;
    if (control.logins != 0) info->flags |= control.set_after_login;
    if (control.pin_pad) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    if (control.alike) std::memset(info->serialNumber, '0', sizeof info->serialNumber);
    if (control.serial != 0) info->serialNumber[0] = control.serial;
    return result;
}

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void* data, CK_NOTIFY notify, CK_SESSION_HANDLE* session) {
    if (control.open_session != CKR_OK) return control.open_session;
    return real->C_OpenSession(slot, flags, data, notify, session);
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char* pin, CK_ULONG size) {
    ++(user == CKU_CONTEXT_SPECIFIC ? control.context_logins : control.logins);
    control.gone = control.gone || control.gone_at_login;
    if (pin == nullptr) ++control.empty_logins;
    if (control.login != CKR_OK) return control.login;
    CK_RV result = CKR_ARGUMENTS_BAD;
    if (pin == nullptr && control.pin_pad) {
        auto* const entered = reinterpret_cast<unsigned char*>(control.pin);
        result = real->C_Login(session, user, entered, std::strlen(control.pin));
    } else {
        result = real->C_Login(session, user, pin, size);
    }
    if (result == CKR_OK) logged_in = true;
    return result;
}

CK_RV logout(CK_SESSION_HANDLE session) {
    ++control.logouts;
    logged_in = false;
    return real->C_Logout(session);
}

CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO* info) {
    if (std::find(control.lacks.begin(), control.lacks.end(), type) != control.lacks.end())
        return CKR_MECHANISM_INVALID;
    return real->C_GetMechanismInfo(slot, type, info);
}

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
    if (control.sign_init != CKR_OK) return control.sign_init;
    if (!logged_in && control.sign_init_before_login != CKR_OK) return control.sign_init_before_login;
    control.signed_with = mechanism->mechanism;
    return real->C_SignInit(session, mechanism, key);
}

CK_RV sign(CK_SESSION_HANDLE session, unsigned char* data, CK_ULONG size, unsigned char* signature, CK_ULONG* length) {
    ++control.signatures;
    control.gone = control.gone || control.gone_at_sign;
    if (control.sign != CKR_OK) return control.sign;
    const auto result = real->C_Sign(session, data, size, signature, length);
    if (control.spoil_signature && result == CKR_OK) signature[*length - 1] ^= 1;
    return result;
}

} // namespace

extern "C" Shim* cifra_shim() { return &control; }

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
    static CK_FUNCTION_LIST ours;
    if (real == nullptr) {
        void* const library = ::dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) return CKR_GENERAL_ERROR;
        const auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(::dlsym(library, "C_GetFunctionList"));
        if (get == nullptr || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
        ours = *real;
        ours.C_Initialize = initialize;
        ours.C_GetSlotList = slot_list;
        ours.C_GetTokenInfo = token_info;
        ours.C_OpenSession = open_session;
        ours.C_Login = login;
        ours.C_Logout = logout;
        ours.C_GetMechanismInfo = mechanism_info;
        ours.C_SignInit = sign_init;
        ours.C_Sign = sign;
    }
    *list = &ours;
    return CKR_OK;
}
