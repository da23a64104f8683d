// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The vectors of test/vectors/licence, and licences that several tests begin with.
#pragma once

#include "licence/document.hpp"
#include "licence/voucher.hpp"

#include <map>
#include <string>
#include <vector>

namespace cifra::licence::test {

Bytes from_hex(std::string_view hex);
crypto::Secret secret(ByteView bytes);
// 32 bytes, counted on from this one.
crypto::Secret counted_secret(std::uint8_t from);
Id16 id(std::uint8_t byte); // sixteen times this byte

struct DocumentVector {
    std::string name, verdict;
    Bytes signature;
    std::string text;
};
struct VoucherVector {
    std::string name, verdict;
    std::optional<Id16> item;
    std::string code;
};
struct Documents {
    PublicKey key{};
    std::vector<DocumentVector> all;
};
struct Vouchers {
    Bytes key;
    std::int64_t now = 0;
    std::vector<VoucherVector> all;
};
Documents load_documents();
Vouchers load_vouchers();

// What FORMAT.md allows, with these constraints: to play, issued at 1,000,000.
Licence licence_with(const Constraints& constraints);

} // namespace cifra::licence::test
