// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/token.hpp"

#include "client/token/mechanism.hpp"
#include "client/token/uri.hpp"

namespace cifra::token {

namespace {

constexpr CK_ULONG max_slots = 64;

} // namespace

std::vector<CK_SLOT_ID> slots_with_tokens(CK_FUNCTION_LIST* functions) {
    // A reader may come or go between the two calls.
    for (int tries = 0; tries < 3; ++tries) {
        CK_ULONG count = 0;
        if (functions->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK || count == 0 || count > max_slots) return {};
        std::vector<CK_SLOT_ID> slots(count);
        const auto result = functions->C_GetSlotList(CK_TRUE, slots.data(), &count);
        if (result == CKR_BUFFER_TOO_SMALL) continue;
        slots.resize(result == CKR_OK ? count : 0);
        return slots;
    }
    return {};
}

std::optional<Token> read_token(std::size_t module, CK_FUNCTION_LIST* functions, CK_SLOT_ID slot) {
    const auto said = std::make_shared<Token::Said>();
    if (functions->C_GetInfo(&said->module) != CKR_OK || functions->C_GetSlotInfo(slot, &said->slot) != CKR_OK ||
        functions->C_GetTokenInfo(slot, &said->token) != CKR_OK || (said->token.flags & CKF_TOKEN_INITIALIZED) == 0)
        return std::nullopt;
    const auto& info = said->token;
    Token token;
    token.module = module;
    token.slot = slot;
    token.label = padded_text(info.label);
    token.manufacturer = padded_text(info.manufacturerID);
    token.model = padded_text(info.model);
    token.serial = padded_text(info.serialNumber);
    token.reader = padded_text(said->slot.slotDescription);
    token.uri = token_uri(*said);
    token.login_required = (info.flags & CKF_LOGIN_REQUIRED) != 0;
    token.pin_pad = (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    token.pin_min = info.ulMinPinLen;
    token.pin_max = info.ulMaxPinLen;
    token.tries = tries_of(info.flags);
    token.said = said;
    return token;
}

namespace {

KeyState key_state(const Session& session, const Token& token, const Bytes& id) {
    if (!id.empty() && !session.find(CKO_PRIVATE_KEY, &id).empty()) return KeyState::seen;
    // The public half beside it says nothing: cards hold those of other keys too.
    return token.login_required ? KeyState::hidden : KeyState::absent;
}

void add_certificates(Listing& listing, const Token& token, CK_FUNCTION_LIST* functions) {
    const Session session(functions, token.slot);
    for (const auto object : session.find(CKO_CERTIFICATE)) {
        auto der = session.attribute(object, CKA_VALUE);
        if (!der || der->empty()) continue;
        Certificate certificate;
        certificate.token = token;
        certificate.der = std::move(*der);
        certificate.id = session.attribute(object, CKA_ID).value_or(Bytes{});
        certificate.raw_label = session.attribute(object, CKA_LABEL).value_or(Bytes{});
        certificate.label = padded_text(certificate.raw_label);
        certificate.uri = certificate_uri(*token.said, certificate.id, certificate.raw_label);
        read_certificate(certificate);
        certificate.key = certificate.authority ? KeyState::absent : key_state(session, token, certificate.id);
        if (certificate.public_key) certificate.schemes = schemes_on(functions, token.slot, *certificate.public_key);
        listing.certificates.push_back(std::move(certificate));
    }
}

bool is_blank(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot) {
    CK_TOKEN_INFO info{};
    return functions->C_GetTokenInfo(slot, &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) == 0;
}

} // namespace

Listing list(const std::shared_ptr<const Modules>& modules) {
    Listing listing;
    for (std::size_t module = 0; module < modules->all().size(); ++module) {
        auto* const functions = modules->all()[module].functions;
        for (const auto slot : slots_with_tokens(functions)) {
            const auto token = read_token(module, functions, slot);
            if (!token) {
                if (is_blank(functions, slot)) ++listing.blank;
                continue;
            }
            try {
                add_certificates(listing, *token, functions);
            } catch (const CardError&) {
                continue;
            }
            listing.tokens.push_back(*token);
        }
    }
    return listing;
}

} // namespace cifra::token
