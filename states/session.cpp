// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "states/session.hpp"

namespace cifra::states {

using proto::ErrorCode;
using proto::FrameType;
using proto::InnerType;

namespace {

constexpr std::size_t bytes_before_ok = 40 * 1024;
constexpr std::size_t max_pongs_waiting = 16; // a peer that asks without reading must not fill our memory

// The event that an authenticated inner type stands for. AUTHENTICATE exists in two forms, OK and ERROR in several
// scopes, told apart by their first byte.
std::optional<On> event_of(InnerType type, ByteView body) {
    const int scope = body.empty() ? -1 : body[0];
    switch (type) {
        case InnerType::authenticate:
            return scope == static_cast<int>(proto::ItemType::enrolment) ? On::recv_enrolment : On::recv_authenticate;
        case InnerType::enrolment_status:
            return On::recv_enrolment_status;
        case InnerType::ok:
            return scope == 0 ? On::recv_ok : On::recv_stream_ok;
        case InnerType::error:
            return scope == 0 ? On::recv_error_session : scope == 1 ? On::recv_error_request : On::recv_error_stream;
        case InnerType::bye:
            return On::recv_bye;
        case InnerType::ping:
            return On::recv_ping;
        case InnerType::pong:
            return On::recv_pong;
        case InnerType::rotate:
            return On::recv_rotate;
        case InnerType::rotate_response:
            return On::recv_rotate_response;
        case InnerType::rotated:
            return On::recv_rotated;
        case InnerType::list:
            return On::recv_list;
        case InnerType::catalogue:
            return On::recv_catalogue;
        case InnerType::open:
            return On::recv_open;
        case InnerType::opened:
            return On::recv_opened;
        case InnerType::read:
            return On::recv_read;
        case InnerType::data:
            return On::recv_data;
        case InnerType::close:
            return On::recv_close;
        case InnerType::licence_request:
            return On::recv_licence_request;
        case InnerType::licence:
            return On::recv_licence;
    }
    return std::nullopt;
}

bool waits_for_verdict(Phase phase) {
    return phase == Phase::verify_server || phase == Phase::verify_device || phase == Phase::verify_user ||
           phase == Phase::enrolling;
}

} // namespace

Session::Session(Role role, Botan::RandomNumberGenerator& rng, const Timing& timing, Instant now)
    : machine_(role),
      rng_(rng),
      timing_(timing),
      started_(now),
      last_received_(now),
      phase_deadline_(now + timing.handshake),
      epoch_began_(now),
      held_since_(now),
      last_moved_(now) {}

bool Session::reading() const { return !waits_for_verdict(phase()) && !login_pending_ && phase() != Phase::closed; }

std::uint32_t Session::sending_epoch() const { return send_.sealer ? send_.sealer->epoch() : 0; }

bool Session::frame_legal(FrameType type) const {
    switch (type) {
        case FrameType::negotiation:
            return machine_.allows(On::recv_negotiation);
        case FrameType::negotiation_response:
            return machine_.allows(On::recv_response_guessed);
        case FrameType::dh_parameters:
            return machine_.allows(On::recv_dh_enabled);
        case FrameType::dh_parameters_response:
            return machine_.allows(On::recv_dh_response);
        case FrameType::refused:
            return machine_.allows(On::recv_refused);
        case FrameType::secure_x:
            return receive_.opener.has_value();
        case FrameType::mac:
            return false; // only directly behind a SECURE_X, where receive() takes it
    }
    return false;
}

// Silence is the absence of bytes, not of whole frames: a large record may take long on a slow line.
void Session::note_bytes(std::size_t waiting, Instant now) {
    if (waiting > waiting_) {
        last_received_ = last_moved_ = now;
        ping_waiting_ = false;
    }
    waiting_ = waiting;
}

void Session::taken(Instant now) { last_received_ = last_moved_ = now; }

Session::Step Session::receive(MutableBytes input, Instant now) {
    if (ended()) return {input.size(), event::None{}};
    missing_ = 0;
    if (!reading()) return {0, event::None{}};
    note_bytes(input.size(), now);
    if (input.size() < proto::frame_header_size) {
        missing_ = proto::frame_header_size - input.size();
        return {0, event::None{}};
    }
    const bool in_session = phase() == Phase::open || phase() == Phase::bye_sent;
    const auto& suite = crypto::info(agreement_.suite);
    const proto::FrameLimits limits{
        in_session ? proto::secure_limit_after_ok(agreement_.chunk_limit) : proto::secure_limit_before_ok,
        receive_.opener ? static_cast<std::uint32_t>(suite.mac_length()) : 0};
    const auto header = proto::parse_frame_header(ByteView(input).first<proto::frame_header_size>(), limits);
    if (!header) return {input.size(), violate(header.error())};
    if (!frame_legal(header->type)) return {input.size(), violate(Fault::not_legal)};

    const std::size_t frame_size = proto::frame_header_size + header->length;
    const std::size_t mac_size = header->type == FrameType::secure_x ? suite.mac_length() : 0;
    const std::size_t whole = frame_size + (mac_size != 0 ? proto::frame_header_size + mac_size : 0);
    if (mac_size != 0 && input.size() >= frame_size + proto::frame_header_size) {
        const auto mac =
            proto::parse_frame_header(ByteView(input).subspan(frame_size).first<proto::frame_header_size>(), limits);
        if (!mac || mac->type != FrameType::mac) return {input.size(), violate(Fault::bad_record)};
    }
    if (input.size() < whole) {
        missing_ = whole - input.size();
        return {0, event::None{}};
    }
    if (!in_session && (received_before_ok_ += whole) > bytes_before_ok)
        return {input.size(), violate(Fault::too_large)};
    waiting_ = 0;

    const auto frame = input.first(frame_size);
    if (header->type != FrameType::secure_x)
        return {whole, on_clear_frame(header->type, frame, frame.subspan(proto::frame_header_size))};
    return {whole, on_record(frame, ByteView(input).subspan(whole - mac_size, mac_size), now)};
}

Event Session::on_record(MutableBytes frame, ByteView mac, Instant now) {
    const bool moves_on = receive_.next && crypto::epoch_of(frame) == receive_.next->epoch();
    auto& opener = moves_on ? *receive_.next : *receive_.opener;
    const auto record = opener.open(frame, mac, receive_.number);
    if (!record) return violate(record.error());
    if (++receive_.records > max_records) return violate(Fault::too_large);
    const auto type = proto::inner_type_from(record->inner_type);
    if (!type) return violate(type.error());
    const auto on = event_of(*type, record->body);
    if (!on || !machine_.allows(*on)) return violate(Fault::not_legal);
    // Only ROTATED, or the login's answer, may be the first of its epoch, and neither may come under the former one
    // . An ERROR under epoch 0 refuses the login.
    const bool begins =
        *on == On::recv_rotated || *on == On::recv_ok || (phase() == Phase::wait_ok && *on == On::recv_error_session);
    if (moves_on ? !begins : (*on == On::recv_rotated || *on == On::recv_ok)) return violate(Fault::not_legal);
    if (moves_on) {
        receive_.opener = std::move(receive_.next);
        receive_.next.reset();
    }
    if (proto::is_application(*type)) receive_.application = true;
    return on_message(*on, record->body, now);
}

Event Session::on_message(On on, ByteView body, Instant now) {
    switch (on) {
        case On::recv_authenticate:
        case On::recv_enrolment:
            return on_authenticate(body);
        case On::recv_enrolment_status:
            return on_enrolment_status(body);
        case On::recv_ok: {
            auto event = on_login_ok(body);
            if (open()) enter_open(now);
            return event;
        }
        case On::recv_error_session:
            return on_error_session(body);
        case On::recv_bye:
        case On::recv_ping:
        case On::recv_pong:
        case On::recv_rotate:
        case On::recv_rotate_response:
        case On::recv_rotated:
            return on_control(on, body, now);
        default:
            break;
    }
    if (phase() == Phase::bye_sent) return event::None{};
    auto event = on == On::recv_data ? on_data(body) : on == On::recv_read ? on_read(body) : on_application(on, body);
    consider_rotation(now);
    return event;
}

Event Session::on_control(On on, ByteView body, Instant now) {
    switch (on) {
        case On::recv_bye:
            return proto::decode_empty(body) ? on_bye(now) : violate(Fault::trailing);
        case On::recv_ping: {
            const auto ping = proto::decode_ping(body);
            if (!ping) return violate(ping.error());
            const auto waiting =
                std::count_if(queue_.begin(), queue_.end(), [](const Queued& q) { return q.type == InnerType::pong; });
            if (static_cast<std::size_t>(waiting) >= max_pongs_waiting)
                return fail(ErrorCode::limit, event::How::violation, Fault::too_large);
            if (open()) queue(InnerType::pong, proto::encode(proto::Pong{ping->token}));
            return event::MaySend{};
        }
        case On::recv_pong: {
            const auto pong = proto::decode_pong(body);
            return pong ? Event{event::None{}} : violate(pong.error());
        }
        case On::recv_rotate:
            return on_rotate(body, now);
        case On::recv_rotate_response:
            return on_rotate_response(body, now);
        default:
            return proto::decode_empty(body) ? on_rotated(now) : violate(Fault::trailing);
    }
}

Event Session::on_error_session(ByteView body) {
    const auto error = proto::decode_error(body);
    if (!error) return violate(error.error());
    if (!advance(On::recv_error_session)) return violate(Fault::not_legal);
    return finish({event::How::peer_error, static_cast<std::uint16_t>(error->code), {}});
}

Event Session::on_bye(Instant) {
    if (phase() == Phase::open) seal_now(InnerType::bye, {});
    if (!advance(On::recv_bye)) return violate(Fault::not_legal);
    return finish({event::How::clean, 0, {}});
}

void Session::enter_open(Instant now) {
    last_received_ = epoch_began_ = now;
    phase_deadline_ = now + timing_.session;
}

} // namespace cifra::states
