// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The signature of anything that is signed the way of X.509. Only for what is_strict_der() and
// check_signature_algorithm() have accepted.
#pragma once

#include "proto/bytes.hpp"

#include <botan/ber_dec.h>
#include <botan/x509_obj.h>

namespace cifra::crypto {

class SignedObject final : public Botan::X509_Object {
  public:
    explicit SignedObject(ByteView der) {
        Botan::BER_Decoder decoder(der.data(), der.size());
        decode_from(decoder);
    }
    bool signed_by(const Botan::Public_Key& key) const {
        return verify_signature(key) == Botan::Certificate_Status_Code::OK;
    }
    std::string PEM_label() const override { return "SIGNED OBJECT"; }

  private:
    void force_decode() override {}
};

} // namespace cifra::crypto
