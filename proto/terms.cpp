// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"

namespace cifra::proto {

void write_terms(Writer& writer, const Terms& terms) {
    writer.enumeration(terms.state)
        .u8(terms.rights)
        .enumeration(terms.renewal)
        .u64(terms.plays)
        .u64(terms.units)
        .u64(terms.seconds)
        .u64(terms.not_before)
        .u64(terms.not_after)
        .u64(terms.renewals);
}

Terms read_terms(Reader& reader) {
    constexpr std::uint8_t all_rights = right_play | right_save | right_bridge | right_preview;
    Terms terms;
    terms.state = reader.u8_enum(TermsState::open, TermsState::not_yet);
    terms.rights = reader.u8();
    reader.demand((terms.rights & ~all_rights) == 0);
    terms.renewal = reader.u8_enum(TermsRenewal::none, TermsRenewal::by_operator);
    terms.plays = reader.u64();
    terms.units = reader.u64();
    terms.seconds = reader.u64();
    terms.not_before = reader.u64();
    terms.not_after = reader.u64();
    terms.renewals = reader.u64();
    return terms;
}

} // namespace cifra::proto
