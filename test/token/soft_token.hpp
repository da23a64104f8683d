// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Tokens of SoftHSM in a folder of the test's own, filled through PKCS#11, and the shim in front of them.
#pragma once

#include "client/token/card.hpp"
#include "shim/shim.hpp"

#include <botan/x509cert.h>

namespace cifra::test {

inline constexpr std::string_view right_pin = "739184";

// A certificate to be made.
struct Leaf {
    std::string name = "Ada Listener";
    std::string label = "Authentication";
    Bytes id = {1};
    std::string key = "secp256r1"; // or "secp384r1", "rsa2048", …
    bool digital_signature = true;
    bool authority = false;
    std::int64_t from = -86'400, to = 30 * 86'400; // seconds from now
    bool with_key = true;                          // its private key goes onto the token too
    bool other_key = false;                        // or one that is not its own
    bool always_authenticate = false;
    bool private_key_seen = false; // CKA_PRIVATE false: no login is needed to see and use it
};

class SoftToken {
  public:
    SoftToken();
    SoftToken(const SoftToken&) = delete;
    SoftToken& operator=(const SoftToken&) = delete;
    ~SoftToken();

    // A token in a slot of its own.
    CK_SLOT_ID add_token(const std::string& label);
    // A certificate on it, issued by the intermediate CA of this object. Gives its DER.
    Bytes add(CK_SLOT_ID slot, const Leaf& leaf);
    void add_certificate(CK_SLOT_ID slot, const Bytes& der, const Bytes& id, const std::string& label);

    const Botan::X509_Certificate& root() const { return root_; }
    const Botan::X509_Certificate& issuer() const { return issuer_; }
    const std::filesystem::path& folder() const { return folder_; }
    std::int64_t now() const { return now_; }

    // The module, through the shim.
    static const std::string& module();
    static Shim& shim();
    std::shared_ptr<const token::Modules> modules() const { return modules_; }
    token::Listing list() const { return token::list(modules_); }

  private:
    Botan::X509_Certificate make(const Botan::Public_Key& key, const Leaf& leaf, const std::string& issuer_name,
                                 const Botan::Private_Key& issuer_key) const;

    std::filesystem::path folder_;
    std::int64_t now_;
    std::shared_ptr<Botan::Private_Key> root_key_, issuer_key_;
    Botan::X509_Certificate root_, issuer_;
    std::shared_ptr<const token::Modules> modules_;
};

// Gives the PIN, and counts how often it was asked.
struct PinGiver {
    std::string pin{right_pin};
    std::vector<token::PinQuestion> asked;
    token::AskPin ask() {
        return [this](const token::PinQuestion& question) {
            asked.push_back(question);
            return crypto::Secret::copy_of(as_bytes(pin));
        };
    }
};

} // namespace cifra::test
