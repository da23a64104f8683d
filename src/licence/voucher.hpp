// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Vouchers: codes that renew a licence once. Whoever has the key makes them, without a ledger and without a network; a
// ledger takes each serial once. The form is in FORMAT.md.
#pragma once

#include "crypto/secret.hpp"
#include "licence/renewal.hpp"

#include <string>

namespace cifra::licence {

struct Voucher {
    std::uint64_t serial = 0; // below 2^63; of random bits, so that none is guessed from another
    Gives gives;
    std::optional<std::int64_t> expires; // seconds since 1970, below 2^40: the last second in which it is taken
    std::optional<Id16> item;            // for this one only
    bool operator==(const Voucher&) const = default;
};

inline constexpr std::size_t max_voucher = 128; // characters of a code, as they come from a person

enum class VoucherFault : std::uint8_t {
    malformed,  // no code at all
    forged,     // made with another key, or mistyped
    expired,    //
    other_item, // good, for another item
};
std::string_view describe(VoucherFault fault) noexcept; // in words, for people
[[noreturn]] void throw_exception_from_error(VoucherFault fault, const boost::source_location& where);
template <class T>
using VoucherResult = boost::system::result<T, VoucherFault>;

// "A1B2C-D3E4F-…". The key has 32 bytes. Throws std::invalid_argument when a number is 0 or out of its range.
std::string make_voucher(const crypto::Secret& key, const Voucher& voucher);

// Takes either case, blanks and hyphens anywhere, O for 0, I and L for 1. Whether it was used before is the ledger's to
// say. Without an item any is good.
VoucherResult<Voucher> read_voucher(const crypto::Secret& key, std::string_view code, std::int64_t now,
                                    const std::optional<Id16>& item);

} // namespace cifra::licence
