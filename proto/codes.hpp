// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The one table of errors: PROTOCOL.md sections 4.6 and 8.3.
#pragma once

#include <cstdint>
#include <string_view>

namespace cifra::proto {

enum class RefusedCode : std::uint16_t { version = 1, suite, group, malformed, busy, scheme };

enum class ErrorCode : std::uint16_t {
    bad_record = 1,
    protocol = 2,
    auth_failed = 3,
    user_refused = 4,
    timeout = 5,
    rotation_timeout = 6,
    busy = 7,
    shutting_down = 8,
    internal = 9,
    limit = 10,
    session_expired = 11,
    revoked = 12,
    ticket_refused = 13,
    card_required = 14,
    disabled = 15,
    user_expired = 16,
    not_checked = 17,
    unavailable = 32,
    stale_cursor = 33,
    changed = 34,
    read_failed = 35,
    name_refused = 36,
    exists = 37,
    quota = 38,
    no_space = 39,
    hash_mismatch = 40,
    uploads_off = 41,
    superseded = 42,
    too_large = 43,
    exhausted = 44,
    expired = 45,
    not_yet = 46,
    returned = 47,
    licence_revoked = 48,
    cancelled = 49,
    concurrent = 50,
    right_missing = 51,
    voucher_refused = 52,
    not_renewable = 53,
    ledger_away = 54,
    play_over = 55,
};

struct CodeText {
    std::string_view name;   // "BAD_RECORD"
    std::string_view text;   // what happened, for people
    std::string_view remedy; // what to do next
};

// For a code outside the table: name "UNKNOWN".
CodeText text_of(ErrorCode code) noexcept;
CodeText text_of(RefusedCode code) noexcept;

} // namespace cifra::proto
