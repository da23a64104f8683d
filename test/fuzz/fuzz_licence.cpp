// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What begins with '{' as a licence: what is accepted writes itself again, is decided about and renewed. All else as a
// voucher: read by the key, and what is good is made again.
#include "require.hpp"

#include "licence/base32.hpp"
#include "licence/document.hpp"
#include "licence/renewal.hpp"
#include "licence/voucher.hpp"
#include "licence/words.hpp"

using namespace cifra;
using namespace cifra::licence;

namespace {

constexpr std::int64_t now = 1'767'225'600;

void live(const Licence& licence, std::int64_t at) {
    Usage usage;
    for (int i = 0; i < 4; ++i) {
        const auto left = remaining(licence, usage, at);
        fuzz::require(!describe(left).empty());
        const auto decision = decide(licence, usage, Right::play, at, 0);
        if (!decision) {
            fuzz::require(!describe(decision.error()).empty() && !remedy_of(decision.error()).empty());
            const auto renewed = renew(licence, usage, at, By::by_operator);
            if (!renewed) return;
            const auto state = state_of(licence, *renewed, at);
            fuzz::require(state != State::expired && state != State::exhausted);
            usage = *renewed;
            continue;
        }
        fuzz::require(has(licence.rights, Right::play) && (!left.plays || left.plays->left > 0));
        usage = with_play(usage, Right::play, at);
        usage = with_lease(usage, lease(licence, usage, {16, 60'000}));
        const auto after = remaining(licence, usage, at);
        fuzz::require(!after.units || after.units->left <= after.units->of);
    }
}

void check_document(std::string_view text) {
    const auto licence = parse(text);
    if (!licence) {
        fuzz::require(!licence.error().what.empty());
        return;
    }
    fuzz::require(!fault_of(*licence) && text_of(*licence) == text);
    fuzz::require(!constraint_words(*licence).empty());
    live(*licence, now);
    live(*licence, licence->constraints.not_before.value_or(0));
    live(*licence, max_time);
}

const crypto::Secret& key() {
    static const auto counted = [] {
        crypto::Secret bytes(32);
        for (std::uint8_t i = 32; auto& byte : bytes.writable()) byte = i++;
        return bytes;
    }();
    return counted;
}

void check_voucher(std::string_view code) {
    if (const auto bytes = from_base32(code, max_voucher)) {
        const auto again = to_base32(*bytes);
        fuzz::require(from_base32(again, 2 * max_voucher) == bytes);
    }
    const auto voucher = read_voucher(key(), code, now, {});
    if (!voucher) {
        fuzz::require(voucher.error() != VoucherFault::other_item);
        return;
    }
    fuzz::require(*read_voucher(key(), make_voucher(key(), *voucher), now, voucher->item) == *voucher);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.starts_with('{')) {
        check_document(text);
    } else {
        check_voucher(text);
    }
    return 0;
}
