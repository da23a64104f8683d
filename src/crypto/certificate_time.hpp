// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/der_check.hpp"

#include <botan/asn1_time.h>

#include <chrono>
#include <string>

namespace cifra::crypto {

// Seconds since 1970, for any year that X.509 can say.
std::int64_t seconds_of(const Botan::X509_Time& time);

// UTCTime or GeneralizedTime in the one form that RFC 5280 allows: to the second, ending in Z.
std::optional<std::int64_t> seconds_of(const DerElement& time);

std::string date_text(std::int64_t seconds); // 2027-01-31T23:59:59Z

// For Botan, whose clock ends in 2262.
std::chrono::system_clock::time_point time_point(std::int64_t seconds);

} // namespace cifra::crypto
