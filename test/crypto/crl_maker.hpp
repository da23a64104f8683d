// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Revocation lists of every sort for tests, good ones by default.
#pragma once

#include "certificate_maker.hpp"

namespace cifra::test {

struct Revoked {
    Bytes serial;
    int reason = -1;                         // none
    std::vector<OtherExtension> others = {}; // of the entry
};

struct CrlRecipe {
    std::vector<Revoked> revoked = {};
    std::uint64_t number = 10;
    std::optional<std::uint64_t> base = {}; // of a delta
    std::int64_t from = now - day;
    std::optional<std::int64_t> until = now + 7 * day;
    std::vector<OtherExtension> others = {};
    bool extensions = true;
    std::string hash = "SHA-256";
};

Bytes make_crl(const Made& issuer, const CrlRecipe& recipe);
std::string pem_crl(const Bytes& der);
Revoked revoked(const Made& certificate, int reason = -1);

} // namespace cifra::test
