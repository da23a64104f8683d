// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/pkcs11.hpp"

#include "crypto/certificate_form.hpp"

#include <array>

namespace cifra::token {

namespace {

constexpr std::size_t max_objects = 64;
constexpr CK_ULONG max_attribute = 16 * 1024;

constexpr std::pair<CK_RV, const char*> names[] = {
    {CKR_CANCEL, "CKR_CANCEL"},
    {CKR_HOST_MEMORY, "CKR_HOST_MEMORY"},
    {CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    {CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
    {CKR_FUNCTION_CANCELED, "CKR_FUNCTION_CANCELED"},
    {CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    {CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
    {CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT"},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    {CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID"},
    {CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE"},
    {CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED"},
    {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
    {CKR_PIN_INVALID, "CKR_PIN_INVALID"},
    {CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE"},
    {CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED"},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    {CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED"},
    {CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
    {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
    {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
    {CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED"},
    {CKR_USER_ALREADY_LOGGED_IN, "CKR_USER_ALREADY_LOGGED_IN"},
    {CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
    {CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED"},
    {CKR_USER_TYPE_INVALID, "CKR_USER_TYPE_INVALID"},
    {CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED"},
};

} // namespace

std::string name_of_return(CK_RV value) {
    for (const auto& [known, name] : names)
        if (known == value) return name;
    return "PKCS#11 error " + std::to_string(value);
}

std::string padded_text(std::span<const unsigned char> field) {
    std::string text(field.begin(), field.end());
    text.erase(std::min(text.find('\0'), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    return crypto::plain_text(text);
}

Tries tries_of(CK_FLAGS flags) {
    if ((flags & CKF_USER_PIN_LOCKED) != 0) return Tries::locked;
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) return Tries::last;
    if ((flags & CKF_USER_PIN_COUNT_LOW) != 0) return Tries::low;
    return Tries::unknown;
}

Session::Session(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot) : functions_(functions) {
    const auto result = functions_->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle_);
    if (result == CKR_OK) return;
    const bool gone = result == CKR_DEVICE_REMOVED || result == CKR_TOKEN_NOT_PRESENT || result == CKR_SLOT_ID_INVALID;
    const auto fault = gone                                 ? CardFault::removed
                       : result == CKR_TOKEN_NOT_RECOGNIZED ? CardFault::unknown_card
                                                            : CardFault::failed;
    throw CardError(fault, std::string(describe(fault)) + " (" + name_of_return(result) + ")");
}

Session::~Session() { functions_->C_CloseSession(handle_); }

std::vector<CK_OBJECT_HANDLE> Session::find(CK_OBJECT_CLASS kind, const Bytes* id) const {
    Bytes wanted = id == nullptr ? Bytes{} : *id;
    std::array<CK_ATTRIBUTE, 2> pattern{CK_ATTRIBUTE{CKA_CLASS, &kind, sizeof kind},
                                        CK_ATTRIBUTE{CKA_ID, wanted.data(), wanted.size()}};
    std::vector<CK_OBJECT_HANDLE> found(max_objects);
    CK_ULONG count = 0;
    if (functions_->C_FindObjectsInit(handle_, pattern.data(), id == nullptr ? 1 : 2) != CKR_OK) return {};
    std::size_t have = 0;
    while (have < found.size() &&
           functions_->C_FindObjects(handle_, &found[have], found.size() - have, &count) == CKR_OK && count != 0)
        have += std::min<std::size_t>(count, found.size() - have);
    functions_->C_FindObjectsFinal(handle_);
    found.resize(have);
    return found;
}

std::optional<Bytes> Session::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    CK_ATTRIBUTE wanted{type, nullptr, 0};
    if (functions_->C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > max_attribute)
        return std::nullopt; // CK_UNAVAILABLE_INFORMATION is the largest number
    Bytes value(wanted.ulValueLen);
    if (value.empty()) return value;
    wanted.pValue = value.data();
    if (functions_->C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > value.size())
        return std::nullopt;
    value.resize(wanted.ulValueLen);
    return value;
}

std::optional<bool> Session::flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    const auto value = attribute(object, type);
    if (!value || value->size() != sizeof(CK_BBOOL)) return std::nullopt;
    return value->front() != CK_FALSE;
}

} // namespace cifra::token
