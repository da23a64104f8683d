// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Vouchers: made here and elsewhere, typed by people, forged by others.
#include "licence/base32.hpp"
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;
using Catch::Matchers::Contains;

namespace {

std::string verdict_of(const VoucherResult<Voucher>& read) {
    if (read) return "ok";
    switch (read.error()) {
        case VoucherFault::malformed:
            return "malformed";
        case VoucherFault::forged:
            return "forged";
        case VoucherFault::expired:
            return "expired";
        case VoucherFault::other_item:
            break;
    }
    return "other_item";
}

Voucher of_everything() {
    Voucher voucher;
    voucher.serial = 0x0123'4567'89ab'cdef;
    voucher.gives = {5, 100, 3600, 30};
    voucher.expires = 1'767'225'600;
    voucher.item = id(0xff);
    return voucher;
}

} // namespace

TEST_CASE("voucher vectors: each has its verdict, and what is good is made again") {
    const auto vouchers = load_vouchers();
    const auto key = secret(vouchers.key);
    std::set<std::string> seen;
    for (const auto& one : vouchers.all) {
        INFO(one.name << ": " << one.code);
        const auto read = read_voucher(key, one.code, vouchers.now, one.item);
        CHECK(verdict_of(read) == one.verdict);
        if (read) CHECK(*read_voucher(key, make_voucher(key, *read), vouchers.now, one.item) == *read);
        if (one.name == "everything") CHECK(make_voucher(key, of_everything()) == one.code);
        seen.insert(one.verdict);
    }
    CHECK(vouchers.all.size() >= 55);
    CHECK(seen == std::set<std::string>{"ok", "malformed", "forged", "expired", "other_item"});
}

TEST_CASE("what a voucher says is what was put in") {
    const auto key = counted_secret(32);
    for (unsigned parts = 0; parts < 64; ++parts) {
        auto voucher = of_everything();
        if ((parts & 1U) == 0) voucher.gives.plays.reset();
        if ((parts & 2U) == 0) voucher.gives.units.reset();
        if ((parts & 4U) == 0) voucher.gives.seconds.reset();
        if ((parts & 8U) == 0) voucher.gives.days.reset();
        if ((parts & 16U) == 0) voucher.expires.reset();
        if ((parts & 32U) == 0) voucher.item.reset();
        const auto code = make_voucher(key, voucher);
        CHECK(code.size() <= max_voucher);
        CHECK(*read_voucher(key, code, 0, id(0xff)) == voucher);
    }
}

TEST_CASE("a code with any character changed is no good") {
    const auto key = counted_secret(32);
    const auto code = make_voucher(key, of_everything());
    for (std::size_t i = 0; i < code.size(); ++i) {
        for (const char c : std::string_view("0123456789ABCDEFGHJKMNPQRSTVWXYZ")) {
            auto other = code;
            other[i] = c;
            if (other == code || code[i] == '-') continue;
            INFO(other);
            CHECK_FALSE(read_voucher(key, other, 0, id(0xff)).has_value());
        }
    }
}

TEST_CASE("what cannot be a voucher is not made") {
    const auto key = counted_secret(32);
    const auto check = [&](const auto& change) {
        auto voucher = of_everything();
        change(voucher);
        CHECK_THROWS_AS(make_voucher(key, voucher), std::invalid_argument);
    };
    check([](Voucher& v) { v.serial = std::uint64_t{1} << 63U; });
    check([](Voucher& v) { v.gives.plays = 0; });
    check([](Voucher& v) { v.gives.units = 0; });
    check([](Voucher& v) { v.gives.seconds = 0; });
    check([](Voucher& v) { v.gives.days = 0; });
    check([](Voucher& v) { v.expires = -1; });
    check([](Voucher& v) { v.expires = std::int64_t{1} << 40U; });
    CHECK_THROWS_AS(make_voucher(crypto::Secret(31), of_everything()), std::invalid_argument);
}

TEST_CASE("faults of vouchers in words, and taking one that is none is our own mistake") {
    CHECK_THAT(std::string(describe(VoucherFault::malformed)), Contains("no voucher"));
    CHECK_THAT(std::string(describe(VoucherFault::forged)), Contains("made no such voucher"));
    CHECK(describe(VoucherFault::expired) == "the voucher has expired");
    CHECK(describe(VoucherFault::other_item) == "the voucher is for another item");
    CHECK_THROWS_WITH(read_voucher(counted_secret(32), "", 0, {}).value(), Contains("taken that is none"));
}

TEST_CASE("base32: every length there and back") {
    Bytes bytes;
    for (int i = 0; i < 41; ++i) {
        const auto text = to_base32(bytes);
        CHECK(from_base32(text, 128) == bytes);
        if (!text.empty()) CHECK_FALSE(from_base32(text, text.size() - 1));
        bytes.push_back(static_cast<std::uint8_t>(i * 37 + 200));
    }
    CHECK(to_base32(Bytes{0xff, 0xff, 0xff, 0xff, 0xff}) == "ZZZZZ-ZZZ");
    CHECK(to_base32(Bytes{}).empty());
}
