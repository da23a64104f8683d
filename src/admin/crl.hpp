// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists of RFC 5280: base ones, and deltas that say what came since one.
#pragma once

#include "admin/revocations.hpp"

namespace cifra::admin {

struct CrlRequest {
    std::uint64_t number = 1;
    std::optional<std::uint64_t> base; // the number that a delta is laid over
    std::int64_t this_update = 0;      // seconds since 1970
    std::int64_t next_update = 0;
    std::vector<Revocation> revoked;
};

// PEM.
std::string make_crl(const Issued& ca, const CrlRequest& request, Botan::RandomNumberGenerator& rng);

// One that make_crl made.
struct Crl {
    std::string text; // PEM
    std::uint64_t number = 0;
    std::int64_t this_update = 0;
    std::int64_t next_update = 0;
    std::vector<std::string> serials; // hexadecimal, sorted
};
// Nothing if it is no CRL with a number.
std::optional<Crl> parse_crl(const std::string& pem);

} // namespace cifra::admin
