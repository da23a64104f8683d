// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/uri.hpp"

#include "crypto/certificate_form.hpp"

#include <p11-kit/uri.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace cifra::token {

namespace {

using Owned = std::unique_ptr<P11KitUri, void (*)(P11KitUri*)>;

Owned make_uri() {
    Owned uri(p11_kit_uri_new(), p11_kit_uri_free);
    if (!uri) throw std::bad_alloc();
    return uri;
}

std::string format(P11KitUri* uri, P11KitUriType type) {
    char* text = nullptr;
    if (p11_kit_uri_format(uri, type, &text) != P11_KIT_URI_OK) return {};
    std::string copy = text;
    std::free(text); // p11-kit's
    return copy;
}

} // namespace

std::string token_uri(const Token::Said& said) {
    const auto uri = make_uri();
    *p11_kit_uri_get_token_info(uri.get()) = said.token;
    return format(uri.get(), P11_KIT_URI_FOR_TOKEN);
}

std::string certificate_uri(const Token::Said& said, const Bytes& id, const Bytes& label) {
    const auto uri = make_uri();
    *p11_kit_uri_get_token_info(uri.get()) = said.token;
    CK_OBJECT_CLASS kind = CKO_CERTIFICATE;
    Bytes id_copy = id;
    Bytes label_copy = label;
    std::array<CK_ATTRIBUTE, 3> attributes{CK_ATTRIBUTE{CKA_CLASS, &kind, sizeof kind},
                                           CK_ATTRIBUTE{CKA_ID, id_copy.data(), id_copy.size()},
                                           CK_ATTRIBUTE{CKA_LABEL, label_copy.data(), label_copy.size()}};
    for (auto& attribute : attributes)
        if (attribute.ulValueLen != 0) p11_kit_uri_set_attribute(uri.get(), &attribute);
    return format(uri.get(), P11_KIT_URI_FOR_OBJECT_ON_TOKEN);
}

bool is_uri(const std::string& text) {
    constexpr std::string_view scheme = "pkcs11:";
    return text.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), text.begin(),
                                                      [](char a, char b) { return a == crypto::ascii_lower(b); });
}

Uri::Uri(const std::string& text) : uri_(p11_kit_uri_new(), p11_kit_uri_free) {
    if (!uri_) throw std::bad_alloc();
    const auto refuse = [](const std::string& why) {
        throw CardError(CardFault::bad_selector, "the URI of the certificate " + why);
    };
    const int parsed = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri_.get());
    if (parsed != P11_KIT_URI_OK)
        refuse(parsed == P11_KIT_URI_BAD_ENCODING ? "has a percent sign without two hexadecimal digits"
                                                  : "is not of the form of RFC 7512, pkcs11:name=value;…");
    auto* const uri = uri_.get();
    if (p11_kit_uri_get_pin_value(uri) != nullptr || p11_kit_uri_get_pin_source(uri) != nullptr)
        throw CardError(CardFault::pin_in_selector);
    if (p11_kit_uri_get_module_name(uri) != nullptr || p11_kit_uri_get_module_path(uri) != nullptr)
        refuse("says which module to load: that is what card_module is for");
    if (p11_kit_uri_any_unrecognized(uri) != 0) refuse("has an attribute that is not known");
    // The key's class, and its label beside an id, are another's than the certificate's.
    const auto* kind = p11_kit_uri_get_attribute(uri, CKA_CLASS);
    CK_OBJECT_CLASS value = CKO_CERTIFICATE;
    if (kind != nullptr && kind->pValue != nullptr && kind->ulValueLen == sizeof value)
        value = *static_cast<const CK_OBJECT_CLASS*>(kind->pValue);
    if (value != CKO_CERTIFICATE && value != CKO_PRIVATE_KEY && value != CKO_PUBLIC_KEY)
        refuse("is of something else than a certificate or a key");
    p11_kit_uri_clear_attribute(uri, CKA_CLASS);
    if (value != CKO_CERTIFICATE && p11_kit_uri_get_attribute(uri, CKA_ID) != nullptr)
        p11_kit_uri_clear_attribute(uri, CKA_LABEL);
}

bool Uri::matches(const Certificate& certificate) const {
    const auto& token = certificate.token;
    if (!token.said) return false;
    const auto slot = p11_kit_uri_get_slot_id(uri_.get());
    if (slot != static_cast<CK_SLOT_ID>(-1) && slot != token.slot) return false;
    Bytes id = certificate.id;
    Bytes label = certificate.raw_label;
    const std::array<CK_ATTRIBUTE, 2> attributes{CK_ATTRIBUTE{CKA_ID, id.data(), id.size()},
                                                 CK_ATTRIBUTE{CKA_LABEL, label.data(), label.size()}};
    return p11_kit_uri_match_module_info(uri_.get(), &token.said->module) != 0 &&
           p11_kit_uri_match_slot_info(uri_.get(), &token.said->slot) != 0 &&
           p11_kit_uri_match_token_info(uri_.get(), &token.said->token) != 0 &&
           p11_kit_uri_match_attributes(uri_.get(), attributes.data(), attributes.size()) != 0;
}

} // namespace cifra::token
