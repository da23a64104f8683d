// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// How a session ends, and when: PROTOCOL.md section 7.
#include "states/session.hpp"

namespace cifra::states {

using proto::ErrorCode;
using proto::FrameType;
using proto::InnerType;

std::string_view event::code_name(const Ended& end) noexcept {
    if (end.code == 0) return {};
    return end.refused ? proto::text_of(static_cast<proto::RefusedCode>(end.code)).name
                       : proto::text_of(static_cast<ErrorCode>(end.code)).name;
}

Event Session::finish(event::Ended end) {
    if (!end_) end_ = end;
    queue_.clear();
    streams_.clear();
    missing_ = 0;
    wipe_keys();
    return *end_;
}

Event Session::violate(Fault fault) {
    if (fault == Fault::bad_record) return fail(ErrorCode::bad_record, event::How::bad_record, fault);
    return fail(ErrorCode::protocol, event::How::violation, fault);
}

// Whoever says nothing is told nothing: REFUSED is the answer to a frame, or to a server that has no time.
void Session::refuse_in_clear(ErrorCode code, event::How how) {
    const bool ours = code == ErrorCode::busy || code == ErrorCode::shutting_down || code == ErrorCode::internal;
    if (how == event::How::timeout && !ours) return;
    const auto refused = ours ? proto::RefusedCode::busy : proto::RefusedCode::malformed;
    send_clear(FrameType::refused, proto::encode_refused(refused));
}

Event Session::fail(ErrorCode code, event::How how, Fault fault) {
    if (ended()) return event::None{};
    // Until the device is proven there is one code.
    const bool unproven = role() == Role::server && (phase() == Phase::auth_device || phase() == Phase::verify_device ||
                                                     phase() == Phase::enrolling);
    if (send_.sealer)
        seal_now(InnerType::error,
                 proto::encode(proto::Error{proto::Scope::session, 0, unproven ? ErrorCode::auth_failed : code}));
    else if (machine_.allows(On::recv_negotiation) || machine_.allows(On::recv_dh_enabled))
        refuse_in_clear(code, how);
    const On on = how == event::How::bad_record                                          ? On::bad_record
                  : how == event::How::timeout                                           ? On::timeout
                  : how == event::How::login_failed && machine_.allows(On::login_failed) ? On::login_failed
                                                                                         : On::violation;
    const bool closing = advance(on);
    (void)closing; // every phase but closing and closed, left above, has these rows
    return finish({how, static_cast<std::uint16_t>(code), fault});
}

void Session::bye(Instant now) {
    if (phase() != Phase::open) return;
    if (login_pending_) { // in place of OK
        fail(ErrorCode::shutting_down, event::How::login_failed, {});
        return;
    }
    seal_now(InnerType::bye, {});
    if (advance(On::send_bye)) phase_deadline_ = now + timing_.bye;
    queue_.clear();
    streams_.clear();
}

Event Session::tcp_ended() {
    if (phase() == Phase::closed) return event::None{};
    const bool answered = ended() && end_;
    if (!advance(On::tcp_end)) return event::None{};
    if (answered) {
        wipe_keys();
        return event::None{};
    }
    return finish({event::How::truncated, 0, {}});
}

// --- time ---

Instant Session::deadline() const {
    if (ended()) return Instant::max();
    if (phase() != Phase::open || login_pending_) return phase_deadline_;
    auto first = std::min(phase_deadline_, last_received_ + (ping_waiting_ ? timing_.silence : timing_.ping_after));
    if (held()) first = std::min({first, last_moved_ + timing_.held_still, held_since_ + timing_.held_total});
    if (role() == Role::server && agreement_.rotation.seconds != 0 && rotation() == Rotation::steady &&
        (send_.application || receive_.application))
        first = std::min(first, epoch_began_ + std::chrono::seconds(agreement_.rotation.seconds));
    return first;
}

Event Session::timeout(Instant now) {
    if (ended() || now < deadline()) return event::None{};
    if (phase() == Phase::bye_sent) {
        if (advance(On::timeout)) return finish({event::How::truncated, 0, {}});
        return event::None{};
    }
    if (phase() != Phase::open || login_pending_) return on_handshake_timeout();
    if (now >= phase_deadline_) return fail(ErrorCode::session_expired, event::How::timeout, {});
    if (now >= last_received_ + timing_.silence) return fail(ErrorCode::timeout, event::How::timeout, {});
    if (held() && (now >= last_moved_ + timing_.held_still || now >= held_since_ + timing_.held_total))
        return fail(ErrorCode::rotation_timeout, event::How::timeout, {});
    if (!ping_waiting_ && now >= last_received_ + timing_.ping_after) {
        queue(InnerType::ping, proto::encode(proto::Ping{send_.number.value}));
        ping_waiting_ = true;
    }
    consider_rotation(now);
    return event::MaySend{};
}

} // namespace cifra::states
