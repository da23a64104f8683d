// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/codes.hpp"

namespace cifra::proto {
namespace {

constexpr CodeText unknown{"UNKNOWN", "the other side gave a reason that this version does not know",
                           "compare the versions of both sides"};

CodeText session_text(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::bad_record:
            return {"BAD_RECORD", "a record failed authentication",
                    "connect again; if it stays, something between you alters the data"};
        case ErrorCode::protocol:
            return {"PROTOCOL", "the other side broke a rule of the protocol", "report it with the logs of both sides"};
        case ErrorCode::auth_failed:
            return {"AUTH_FAILED", "login refused", "the server's log says why"};
        case ErrorCode::user_refused:
            return {"USER_REFUSED", "the device is known, the person is not let in", "ask the operator"};
        case ErrorCode::timeout:
            return {"TIMEOUT", "the other side took too long", "connect again"};
        case ErrorCode::rotation_timeout:
            return {"ROTATION_TIMEOUT", "a rotation was not answered in time", "connect again"};
        case ErrorCode::busy:
            return {"BUSY", "too many connections or requests", "try again later"};
        case ErrorCode::shutting_down:
            return {"SHUTTING_DOWN", "the server stops or restarts", "reconnect and resume"};
        case ErrorCode::internal:
            return {"INTERNAL", "the server failed", "its log says how"};
        case ErrorCode::limit:
            return {"LIMIT", "more requests or streams than allowed", "wait until one of them has ended"};
        case ErrorCode::session_expired:
            return {"SESSION_EXPIRED", "24 hours are over", "log in again"};
        case ErrorCode::revoked:
            return {"REVOKED", "access was withdrawn", "ask the operator"};
        case ErrorCode::ticket_refused:
            return {"TICKET_REFUSED", "the ticket is no longer good", "log in again"};
        case ErrorCode::card_required:
            return {"CARD_REQUIRED", "this server lets people in by card only",
                    "use your card (`cifra card` shows what is there), or ask the operator"};
        case ErrorCode::disabled:
            return {"DISABLED", "this person is known, and locked out at present", "ask the operator"};
        case ErrorCode::user_expired:
            return {"USER_EXPIRED", "the person's certificate is not valid at this time",
                    "have it renewed; if it should be valid, the clock of one side is wrong"};
        case ErrorCode::not_checked:
            return {"NOT_CHECKED", "the server cannot tell at present whether the certificate was revoked",
                    "tell the operator: a list of revoked certificates is missing or out of date"};
        default:
            return unknown;
    }
}

CodeText request_text(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::unavailable:
            return {"UNAVAILABLE", "unknown item, or not for you", "see `cifra list`"};
        case ErrorCode::stale_cursor:
            return {"STALE_CURSOR", "the catalogue changed", "list again"};
        case ErrorCode::changed:
            return {"CHANGED", "the item changed while it was read", "open it again"};
        case ErrorCode::read_failed:
            return {"READ_FAILED", "the server cannot read the item", "tell the operator"};
        case ErrorCode::name_refused:
            return {"NAME_REFUSED", "not a name for an upload",
                    "take one component of 1 to 255 bytes, with no leading dot and no control characters"};
        case ErrorCode::exists:
            return {"EXISTS", "another item has that name", "choose another"};
        case ErrorCode::quota:
            return {"QUOTA", "your quota for uploads is used up", "ask the operator for more, or to remove something"};
        case ErrorCode::no_space:
            return {"NO_SPACE", "the server's disk is full", "tell the operator, then resume"};
        case ErrorCode::hash_mismatch:
            return {"HASH_MISMATCH", "what arrived is not what was announced: the file changed while it was sent",
                    "send it again"};
        case ErrorCode::uploads_off:
            return {"UPLOADS_OFF", "this server, or this person's role, takes no uploads", "ask the operator"};
        case ErrorCode::superseded:
            return {"SUPERSEDED", "a newer connection took this stream over", "go on in the newer one"};
        case ErrorCode::too_large:
            return {"TOO_LARGE", "larger than the server takes", "ask the operator"};
        default:
            return unknown;
    }
}

CodeText licence_text(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::exhausted:
            return {"EXHAUSTED", "what your licence for this item allows is used up",
                    "get more with `cifra renew ITEM`; `cifra info ITEM` says how"};
        case ErrorCode::expired:
            return {"EXPIRED", "your licence for this item has ended",
                    "get more with `cifra renew ITEM`; `cifra info ITEM` says how"};
        case ErrorCode::not_yet:
            return {"NOT_YET", "your licence for this item has not begun yet", "`cifra info ITEM` says when it begins"};
        case ErrorCode::returned:
            return {"RETURNED", "you have given this item back", "ask the operator for a new licence"};
        case ErrorCode::licence_revoked:
            return {"LICENCE_REVOKED", "your licence for this item was withdrawn", "ask the operator"};
        case ErrorCode::cancelled:
            return {"CANCELLED", "your licence for this item was cancelled", "ask the operator"};
        case ErrorCode::concurrent:
            return {"CONCURRENT", "this item is being played as often at a time as your licence allows",
                    "stop it elsewhere, or wait two minutes if a player was cut off"};
        case ErrorCode::right_missing:
            return {"RIGHT_MISSING", "your licence for this item does not allow that",
                    "`cifra info ITEM` says what it allows"};
        case ErrorCode::voucher_refused:
            return {"VOUCHER_REFUSED", "not a voucher for this item, or one that was used or has ended",
                    "look at its letters again, or ask whoever gave it to you"};
        case ErrorCode::not_renewable:
            return {"NOT_RENEWABLE", "your licence for this item cannot be renewed now",
                    "`cifra info ITEM` says what is left; ask the operator for more"};
        case ErrorCode::ledger_away:
            return {"LEDGER_AWAY", "the server cannot look licences up at present",
                    "try again later; if it stays, tell the operator"};
        case ErrorCode::play_over:
            return {"PLAY_OVER", "this play has ended at the server", "begin it anew"};
        default:
            return unknown;
    }
}

} // namespace

CodeText text_of(ErrorCode code) noexcept {
    if (code >= ErrorCode::exhausted) return licence_text(code);
    return static_cast<std::uint16_t>(code) < 32 ? session_text(code) : request_text(code);
}

CodeText text_of(RefusedCode code) noexcept {
    switch (code) {
        case RefusedCode::version:
            return {"VERSION", "no common version of the protocol", "update the older side"};
        case RefusedCode::suite:
            return {"SUITE", "no common suite", "enable a suite that the server takes"};
        case RefusedCode::group:
            return {"GROUP", "no common group", "enable a group that the server takes"};
        case RefusedCode::malformed:
            return {"MALFORMED", "the server could not read the offer", "report it with the logs of both sides"};
        case RefusedCode::busy:
            return {"BUSY", "the server has too many connections", "try again later"};
        case RefusedCode::scheme:
            return {"SCHEME", "the server's key fits no offered scheme", "enable a scheme that fits the server's key"};
    }
    return unknown;
}

} // namespace cifra::proto
