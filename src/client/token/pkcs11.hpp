// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The calls of PKCS#11 that this folder makes, each with what it owns. For this folder only.
#pragma once

#include "client/token/card_error.hpp"
#include "proto/bytes.hpp"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>

#include <optional>
#include <span>

namespace cifra::token {

// "CKR_PIN_INCORRECT", or its number for one that is not known here.
std::string name_of_return(CK_RV value);

// Text of a PKCS#11 structure: filled up with blanks, not terminated; what is not plain text becomes '?'.
std::string padded_text(std::span<const unsigned char> field);

std::vector<CK_SLOT_ID> slots_with_tokens(CK_FUNCTION_LIST* functions);

Tries tries_of(CK_FLAGS token_flags);

// One session on a slot, closed when it goes. Reads only.
class Session {
  public:
    // Throws CardError.
    Session(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    CK_SESSION_HANDLE handle() const { return handle_; }
    // Objects of that class, with that CKA_ID if one is given: at most 64.
    std::vector<CK_OBJECT_HANDLE> find(CK_OBJECT_CLASS kind, const Bytes* id = nullptr) const;
    // Nothing when there is no such attribute, or when it is longer than 16 KiB.
    std::optional<Bytes> attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const;
    std::optional<bool> flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const;

  private:
    CK_FUNCTION_LIST* functions_;
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
};

} // namespace cifra::token
