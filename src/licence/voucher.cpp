// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// version u8 ‖ what follows u8 ‖ serial u64 ‖ [plays u32] ‖ [units u32] ‖ [seconds u32] ‖ [days u32] ‖ [expires u40] ‖
// [item 16] ‖ HMAC-SHA-256 over all of that, its first 16 bytes. Big-endian.
#include "licence/voucher.hpp"

#include "licence/arithmetic.hpp"
#include "licence/base32.hpp"

#include <botan/mac.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::licence {

namespace {

constexpr std::uint8_t version = 1;
enum Part : std::uint8_t {
    has_plays = 1,
    has_units = 2,
    has_seconds = 4,
    has_days = 8,
    has_expiry = 16,
    has_item = 32
};
constexpr std::uint8_t every_part = 63;
constexpr std::size_t mac_size = 16;
constexpr std::uint64_t expiry_end = std::uint64_t{1} << 40U;

Bytes mac_of(const crypto::Secret& key, ByteView content) {
    if (key.size() != 32) throw std::invalid_argument("the key of vouchers has 32 bytes");
    const auto hmac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    hmac->set_key(key.view().data(), key.size());
    hmac->update(content.data(), content.size());
    const auto whole = hmac->final();
    return {whole.begin(), whole.begin() + mac_size};
}

void put(Bytes& out, std::uint64_t value, std::size_t bytes) {
    while (bytes-- > 0) out.push_back(static_cast<std::uint8_t>(value >> (8 * bytes)));
}

class Reader {
  public:
    explicit Reader(ByteView rest) : rest_(rest) {}
    bool has(std::size_t bytes) const { return rest_.size() >= bytes; }
    bool done() const { return rest_.empty(); }
    // Only what has() says.
    ByteView take(std::size_t bytes) {
        const auto taken = rest_.first(bytes);
        rest_ = rest_.subspan(bytes);
        return taken;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (const auto byte : take(bytes)) value = value << 8U | byte;
        return value;
    }

  private:
    ByteView rest_;
};

void demand(bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(std::string("no voucher: ") + what);
}

void put_amount(Bytes& out, const std::optional<std::uint32_t>& amount, Part part) {
    if (!amount) return;
    demand(*amount != 0, "it gives 0 of something");
    out[1] |= part;
    put(out, *amount, 4);
}

bool take_amount(Reader& in, std::uint8_t parts, Part part, std::optional<std::uint32_t>& amount) {
    if ((parts & part) == 0) return true;
    if (!in.has(4)) return false;
    amount = static_cast<std::uint32_t>(in.number(4));
    return *amount != 0;
}

bool take_rest(Reader& in, std::uint8_t parts, Voucher& voucher) {
    if ((parts & has_expiry) != 0) {
        if (!in.has(5)) return false;
        voucher.expires = static_cast<std::int64_t>(in.number(5));
    }
    if ((parts & has_item) != 0) {
        if (!in.has(16)) return false;
        std::ranges::copy(in.take(16), voucher.item.emplace().begin());
    }
    return in.done();
}

std::optional<Voucher> voucher_in(ByteView content) {
    Reader in(content);
    if (!in.has(10) || in.number(1) != version) return {};
    const auto parts = static_cast<std::uint8_t>(in.number(1));
    Voucher voucher;
    voucher.serial = in.number(8);
    const bool good = (parts & ~every_part) == 0 && voucher.serial <= most &&
                      take_amount(in, parts, has_plays, voucher.gives.plays) &&
                      take_amount(in, parts, has_units, voucher.gives.units) &&
                      take_amount(in, parts, has_seconds, voucher.gives.seconds) &&
                      take_amount(in, parts, has_days, voucher.gives.days) && take_rest(in, parts, voucher);
    return good ? std::optional(voucher) : std::nullopt;
}

} // namespace

std::string_view describe(VoucherFault fault) noexcept {
    switch (fault) {
        case VoucherFault::malformed:
            return "this is no voucher: characters are missing or too many, or are none of a code";
        case VoucherFault::forged:
            return "this server made no such voucher, or a character is wrong";
        case VoucherFault::expired:
            return "the voucher has expired";
        case VoucherFault::other_item:
            break;
    }
    return "the voucher is for another item";
}

void throw_exception_from_error(VoucherFault fault, const boost::source_location& where) {
    throw std::logic_error("a voucher was taken that is none: " + std::string(describe(fault)) + " at " +
                           where.to_string());
}

std::string make_voucher(const crypto::Secret& key, const Voucher& voucher) {
    demand(voucher.serial <= most, "the serial is 2^63 or more");
    demand(!voucher.expires || (*voucher.expires >= 0 && static_cast<std::uint64_t>(*voucher.expires) < expiry_end),
           "it expires before 1970 or too late");
    Bytes out{version, 0};
    put(out, voucher.serial, 8);
    put_amount(out, voucher.gives.plays, has_plays);
    put_amount(out, voucher.gives.units, has_units);
    put_amount(out, voucher.gives.seconds, has_seconds);
    put_amount(out, voucher.gives.days, has_days);
    if (voucher.expires) {
        out[1] |= has_expiry;
        put(out, static_cast<std::uint64_t>(*voucher.expires), 5);
    }
    if (voucher.item) {
        out[1] |= has_item;
        out.insert(out.end(), voucher.item->begin(), voucher.item->end());
    }
    const auto mac = mac_of(key, out);
    out.insert(out.end(), mac.begin(), mac.end());
    return to_base32(out);
}

VoucherResult<Voucher> read_voucher(const crypto::Secret& key, std::string_view code, std::int64_t now,
                                    const std::optional<Id16>& item) {
    const auto bytes = from_base32(code, max_voucher);
    if (!bytes || bytes->size() < mac_size) return VoucherFault::malformed;
    const auto content = ByteView(*bytes).first(bytes->size() - mac_size);
    const auto voucher = voucher_in(content);
    if (!voucher) return VoucherFault::malformed;
    if (!crypto::equal(mac_of(key, content), ByteView(*bytes).last(mac_size))) return VoucherFault::forged;
    if (voucher->expires && now > *voucher->expires) return VoucherFault::expired;
    if (voucher->item && item && *voucher->item != *item) return VoucherFault::other_item;
    return *voucher;
}

} // namespace cifra::licence
