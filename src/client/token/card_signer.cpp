// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/card_signer.hpp"

#include "client/token/login.hpp"
#include "client/token/mechanism.hpp"

#include <algorithm>
#include <optional>

namespace cifra::token {

namespace {

constexpr std::size_t max_signature = 512; // RSA, 4096 bits

// The chosen token as it is now; after it was taken out and put back it may be in another slot. Cards of one make may
// bear one label and no number: the certificate tells them apart.
Token find_token(CK_FUNCTION_LIST* functions, const Certificate& certificate) {
    const auto& chosen = certificate.token;
    bool other = false;
    std::optional<CardError> failed;
    for (const auto slot : slots_with_tokens(functions)) {
        const auto token = read_token(chosen.module, functions, slot);
        if (!token || !token->same_as(chosen)) {
            other = other || (token && slot == chosen.slot);
            continue;
        }
        try {
            if (holds(Session(functions, slot), certificate)) return *token;
            other = true;
        } catch (const CardError& error) {
            failed = error;
        }
    }
    if (failed) throw CardError(*failed);
    throw CardError(other ? CardFault::other_card : CardFault::removed);
}

class Signing {
  public:
    Signing(CK_FUNCTION_LIST* functions, const Certificate& certificate, const AskPin& ask)
        : functions_(functions),
          certificate_(certificate),
          token_(find_token(functions, certificate)),
          session_(functions, token_.slot),
          login_(functions, session_, token_, certificate, ask) {}

    Bytes run(Scheme scheme, ByteView content) {
        if (token_.login_required) login_.as_user();
        key_ = find_key();
        const auto mechanism = mechanism_on(functions_, token_.slot, scheme);
        if (!mechanism) throw CardError(CardFault::unsupported_key);
        begin(*mechanism, scheme);
        const bool each_time = session_.flag(key_, CKA_ALWAYS_AUTHENTICATE).value_or(false);
        if (each_time) login_.for_this_signature();
        if (!each_time && !login_.done()) login_.announce_module();
        return finish(input_of(*mechanism, scheme, content));
    }

  private:
    CK_OBJECT_HANDLE find_key() {
        auto keys = session_.find(CKO_PRIVATE_KEY, &certificate_.id);
        if (keys.empty() && !login_.done()) {
            // Some say that no login is required, and hide their keys until there was one.
            login_.as_user();
            keys = session_.find(CKO_PRIVATE_KEY, &certificate_.id);
        }
        if (keys.empty()) {
            if (is_gone(functions_, token_)) throw CardError(CardFault::removed);
            throw CardError(CardFault::no_key);
        }
        return keys.front();
    }

    void begin(const Mechanism& wanted, Scheme scheme) {
        auto parameter = parameter_of(scheme);
        CK_MECHANISM mechanism{wanted.type, nullptr, 0};
        if (parameter) {
            mechanism.pParameter = &*parameter;
            mechanism.ulParameterLen = sizeof *parameter;
        }
        auto result = functions_->C_SignInit(session_.handle(), &mechanism, key_);
        if (result == CKR_USER_NOT_LOGGED_IN && !login_.done()) {
            login_.as_user();
            result = functions_->C_SignInit(session_.handle(), &mechanism, key_);
        }
        if (result == CKR_KEY_TYPE_INCONSISTENT || result == CKR_KEY_FUNCTION_NOT_PERMITTED ||
            result == CKR_MECHANISM_INVALID)
            throw error_of(functions_, token_, result, CardFault::unsupported_key, "C_SignInit");
        if (result != CKR_OK) throw error_of(functions_, token_, result, CardFault::failed, "C_SignInit");
    }

    Bytes finish(Bytes input) {
        Bytes signature(max_signature);
        CK_ULONG size = signature.size();
        const auto result = functions_->C_Sign(session_.handle(), input.data(), input.size(), signature.data(), &size);
        // Logged in a moment ago, and no longer: the card lost its power, if only for an instant.
        if (result == CKR_USER_NOT_LOGGED_IN && login_.done()) throw CardError(CardFault::removed);
        if (result != CKR_OK) throw error_of(functions_, token_, result, CardFault::failed, "C_Sign");
        signature.resize(std::min<std::size_t>(size, signature.size()));
        return signature;
    }

    CK_FUNCTION_LIST* functions_;
    const Certificate& certificate_;
    Token token_;
    Session session_;
    Login login_;
    CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
};

} // namespace

Result<Bytes> CardSigner::sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& /*rng*/) {
    if (std::find(certificate_.schemes.begin(), certificate_.schemes.end(), scheme) == certificate_.schemes.end())
        return Fault::not_offered;
    auto* const functions = modules_->all().at(certificate_.token.module).functions;
    auto signature = wire_form(scheme, Signing(functions, certificate_, ask_).run(scheme, content));
    if (!crypto::verify(*certificate_.public_key, scheme, crypto::Party::user, content, signature))
        throw CardError(CardFault::bad_signature);
    return signature;
}

} // namespace cifra::token
