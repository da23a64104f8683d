// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// THE transition table. Whatever has no row here is fatal for the connection; whatever has one is decoded only after
// the row was found. STATES.md is generated from it. Four regions run side by side in a session: its phase, its key
// rotation, and a region for each stream, of which there are two kinds. A message is legal only if its row in the phase
// region exists and, where the region column of `region_of` names another one, its row there too.
#pragma once

#include "proto/names.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cifra::states {

enum class Phase : std::uint8_t {
    connect,
    negotiation,
    dh,
    dh_retry,
    auth_server,
    verify_server,
    auth_device,
    verify_device,
    enrolling,
    wait_status,
    auth_user,
    verify_user,
    wait_ok,
    open,
    bye_sent,
    closing,
    closed,
};
inline constexpr std::size_t phase_count = 17;

enum class Rotation : std::uint8_t { steady, pending, held, draining, draining_held };
inline constexpr std::size_t rotation_count = 5;

enum class Stream : std::uint8_t { none, opening, data, ending, ended };
inline constexpr std::size_t stream_count = 5;

// recv_: a frame or an inner message arrived and is authentic. send_: we are about to send one. The others happen
// inside.
enum class On : std::uint8_t {
    tcp_up,
    recv_negotiation,
    recv_response_guessed, // NEGOTIATION_RESPONSE that takes the guessed group
    recv_response_other,   // NEGOTIATION_RESPONSE that names another
    recv_dh_enabled,       // DH_PARAMETERS of the group in force or one that we enable
    recv_dh_other,         // DH_PARAMETERS of a group that we do not
    recv_dh_response,
    recv_refused,
    recv_authenticate,
    recv_enrolment, // AUTHENTICATE of a device that asks for a certificate
    recv_enrolment_status,
    recv_ok,
    recv_error_session,
    recv_bye,
    recv_ping,
    recv_pong,
    recv_rotate,
    recv_rotate_response,
    recv_rotated,
    recv_list,
    recv_catalogue,
    recv_open,
    recv_opened,
    recv_read,
    recv_data,
    recv_close,
    recv_licence_request,
    recv_licence,
    recv_stream_ok,
    recv_error_request,
    recv_error_stream,
    send_request,
    send_reply,
    send_open,
    send_opened,
    send_error_request,
    send_read,
    send_data,
    send_close,
    send_stream_ok,
    send_error_stream,
    send_rotate,
    send_bye,
    verified_user_none,
    verified_user_required,
    signed_user_none,
    signed_user_required,
    signed_enrolment,
    enrolment_answered,
    limit_reached, // N or B of the sending epoch
    login_failed,  // verification, our signer, or nothing in common
    bad_record,
    violation,
    timeout,
    tcp_end,
    flushed, // what was to be said is said, and the linger is over
};
inline constexpr std::size_t on_count = static_cast<std::size_t>(On::flushed) + 1;

template <class State>
struct Row {
    Role role;
    State from;
    On on;
    State to;
};

namespace table {
using enum Phase;
using enum On;

inline constexpr auto C = Role::client;
inline constexpr auto S = Role::server;

inline constexpr std::array phases{
    // The client's handshake.
    Row{C, connect, tcp_up, negotiation},
    Row{C, negotiation, recv_response_guessed, dh},
    Row{C, negotiation, recv_response_other, dh_retry},
    Row{C, negotiation, recv_refused, closed},
    Row{C, dh, recv_dh_response, auth_server},
    Row{C, dh, recv_refused, closed},
    Row{C, dh_retry, recv_dh_response, auth_server},
    Row{C, dh_retry, recv_refused, closed},
    Row{C, auth_server, recv_authenticate, verify_server},
    Row{C, auth_server, recv_error_session, closed},
    Row{C, verify_server, verified_user_none, auth_device},
    Row{C, auth_device, signed_user_none, wait_ok},
    Row{C, auth_device, signed_user_required, auth_user},
    Row{C, auth_device, signed_enrolment, wait_status},
    Row{C, auth_device, recv_error_session, closed},
    Row{C, wait_status, recv_enrolment_status, closed},
    Row{C, wait_status, recv_error_session, closed},
    Row{C, auth_user, signed_user_none, wait_ok},
    Row{C, auth_user, recv_error_session, closed},
    Row{C, wait_ok, send_request, wait_ok},
    Row{C, wait_ok, recv_ok, open},
    Row{C, wait_ok, recv_error_session, closed},

    // The server's handshake.
    Row{S, connect, recv_negotiation, negotiation},
    Row{S, negotiation, recv_dh_enabled, auth_device},
    Row{S, negotiation, recv_dh_other, dh},
    Row{S, dh, recv_dh_enabled, auth_device},
    Row{S, auth_device, recv_authenticate, verify_device},
    Row{S, auth_device, recv_enrolment, enrolling},
    Row{S, enrolling, enrolment_answered, closing},
    Row{S, auth_device, recv_error_session, closed},
    Row{S, verify_device, verified_user_none, open},
    Row{S, verify_device, verified_user_required, auth_user},
    Row{S, auth_user, recv_authenticate, verify_user},
    Row{S, auth_user, recv_error_session, closed},
    Row{S, verify_user, verified_user_none, open},

    // Failures of the handshake: something is said, then the connection closes.
    Row{C, verify_server, login_failed, closing},
    Row{C, auth_device, login_failed, closing},
    Row{C, auth_user, login_failed, closing},
    Row{S, connect, login_failed, closing},
    Row{S, negotiation, login_failed, closing},
    Row{S, auth_device, login_failed, closing},
    Row{S, verify_device, login_failed, closing},
    Row{S, enrolling, login_failed, closing},
    Row{S, verify_user, login_failed, closing},

    // An open session: what the client takes and sends.
    Row{C, open, recv_catalogue, open},
    Row{C, open, recv_opened, open},
    Row{C, open, recv_licence, open},
    Row{C, open, recv_data, open},
    Row{C, open, recv_read, open},
    Row{C, open, recv_close, open},
    Row{C, open, recv_stream_ok, open},
    Row{C, open, recv_error_request, open},
    Row{C, open, recv_error_stream, open},
    Row{C, open, recv_rotate, open},
    Row{C, open, recv_rotated, open},
    Row{C, open, recv_ping, open},
    Row{C, open, recv_pong, open},
    Row{C, open, send_request, open},
    Row{C, open, recv_error_session, closed},
    Row{C, open, recv_bye, closing},
    Row{C, open, send_bye, bye_sent},

    // An open session: what the server takes and sends.
    Row{S, open, recv_list, open},
    Row{S, open, recv_open, open},
    Row{S, open, recv_licence_request, open},
    Row{S, open, recv_read, open},
    Row{S, open, recv_data, open},
    Row{S, open, recv_close, open},
    Row{S, open, recv_error_stream, open},
    Row{S, open, recv_rotate_response, open},
    Row{S, open, recv_ping, open},
    Row{S, open, recv_pong, open},
    Row{S, open, send_reply, open},
    Row{S, open, send_rotate, open},
    Row{S, open, recv_error_session, closed},
    Row{S, open, recv_bye, closing},
    Row{S, open, send_bye, bye_sent},

    // After our BYE: whatever was under way is discarded.
    Row{C, bye_sent, recv_catalogue, bye_sent},
    Row{C, bye_sent, recv_opened, bye_sent},
    Row{C, bye_sent, recv_licence, bye_sent},
    Row{C, bye_sent, recv_data, bye_sent},
    Row{C, bye_sent, recv_read, bye_sent},
    Row{C, bye_sent, recv_close, bye_sent},
    Row{C, bye_sent, recv_stream_ok, bye_sent},
    Row{C, bye_sent, recv_error_request, bye_sent},
    Row{C, bye_sent, recv_error_stream, bye_sent},
    Row{C, bye_sent, recv_rotate, bye_sent},
    Row{C, bye_sent, recv_rotated, bye_sent},
    Row{C, bye_sent, recv_ping, bye_sent},
    Row{C, bye_sent, recv_pong, bye_sent},
    Row{C, bye_sent, recv_error_session, closed},
    Row{C, bye_sent, recv_bye, closed},
    Row{S, bye_sent, recv_list, bye_sent},
    Row{S, bye_sent, recv_open, bye_sent},
    Row{S, bye_sent, recv_licence_request, bye_sent},
    Row{S, bye_sent, recv_read, bye_sent},
    Row{S, bye_sent, recv_data, bye_sent},
    Row{S, bye_sent, recv_close, bye_sent},
    Row{S, bye_sent, recv_error_stream, bye_sent},
    Row{S, bye_sent, recv_rotate_response, bye_sent},
    Row{S, bye_sent, recv_ping, bye_sent},
    Row{S, bye_sent, recv_pong, bye_sent},
    Row{S, bye_sent, recv_error_session, closed},
    Row{S, bye_sent, recv_bye, closed},

    // The end.
    Row{C, closing, flushed, closed},
    Row{S, closing, flushed, closed},
};

// What may befall every phase but closed; kept apart so that it is said once.
struct AnyRow {
    On on;
    Phase to;
};
inline constexpr std::array any_phase{
    AnyRow{bad_record, closing},
    AnyRow{violation, closing},
    AnyRow{timeout, closing},
    AnyRow{tcp_end, closed},
};

inline constexpr std::array rotations{
    Row{S, Rotation::steady, send_rotate, Rotation::pending},
    Row{S, Rotation::pending, limit_reached, Rotation::held},
    Row{S, Rotation::pending, recv_rotate_response, Rotation::steady},
    Row{S, Rotation::held, recv_rotate_response, Rotation::steady},

    Row{C, Rotation::steady, limit_reached, Rotation::held},
    Row{C, Rotation::steady, recv_rotate, Rotation::draining},
    Row{C, Rotation::held, recv_rotate, Rotation::draining},
    Row{C, Rotation::draining, limit_reached, Rotation::draining_held},
    Row{C, Rotation::draining, recv_rotated, Rotation::steady},
    Row{C, Rotation::draining_held, recv_rotated, Rotation::held},
};

// The client receives DATA, the server sends it.
inline constexpr std::array downloads{
    Row{C, Stream::none, send_open, Stream::opening},
    Row{C, Stream::opening, recv_opened, Stream::data},
    Row{C, Stream::opening, recv_error_request, Stream::ended},
    Row{C, Stream::data, send_read, Stream::data},
    Row{C, Stream::data, recv_data, Stream::data},
    Row{C, Stream::data, recv_error_stream, Stream::ended},
    Row{C, Stream::data, send_close, Stream::ending},
    Row{C, Stream::ending, recv_data, Stream::ending},
    Row{C, Stream::ending, recv_close, Stream::ended},
    Row{C, Stream::ending, recv_error_stream, Stream::ended},

    Row{S, Stream::none, recv_open, Stream::opening},
    Row{S, Stream::opening, send_opened, Stream::data},
    Row{S, Stream::opening, send_error_request, Stream::ended},
    Row{S, Stream::data, recv_read, Stream::data},
    Row{S, Stream::data, send_data, Stream::data},
    Row{S, Stream::data, send_error_stream, Stream::ended},
    Row{S, Stream::data, recv_error_stream, Stream::ended},
    Row{S, Stream::data, recv_close, Stream::ending},
    Row{S, Stream::ending, send_close, Stream::ended},
    Row{S, Stream::ended, recv_read, Stream::ended},
    Row{S, Stream::ended, recv_close, Stream::ended},
    Row{S, Stream::ended, recv_error_stream, Stream::ended},
};

// The client sends DATA, the server receives it.
inline constexpr std::array uploads{
    Row{C, Stream::none, send_open, Stream::opening},
    Row{C, Stream::opening, recv_opened, Stream::data},
    Row{C, Stream::opening, recv_error_request, Stream::ended},
    Row{C, Stream::data, recv_read, Stream::data},
    Row{C, Stream::data, send_data, Stream::data},
    Row{C, Stream::data, recv_error_stream, Stream::ended},
    Row{C, Stream::data, send_close, Stream::ending},
    Row{C, Stream::ending, recv_read, Stream::ending},
    Row{C, Stream::ending, recv_stream_ok, Stream::ended},
    Row{C, Stream::ending, recv_error_stream, Stream::ended},
    Row{C, Stream::ended, recv_read, Stream::ended},

    Row{S, Stream::none, recv_open, Stream::opening},
    Row{S, Stream::opening, send_opened, Stream::data},
    Row{S, Stream::opening, send_error_request, Stream::ended},
    Row{S, Stream::data, send_read, Stream::data},
    Row{S, Stream::data, recv_data, Stream::data},
    Row{S, Stream::data, send_error_stream, Stream::ended},
    Row{S, Stream::data, recv_error_stream, Stream::ended},
    Row{S, Stream::data, recv_close, Stream::ending},
    Row{S, Stream::ending, send_stream_ok, Stream::ended},
    Row{S, Stream::ending, send_error_stream, Stream::ended},
    Row{S, Stream::ending, recv_error_stream, Stream::ended},
    Row{S, Stream::ended, recv_data, Stream::ended},
    Row{S, Stream::ended, recv_close, Stream::ended},
    Row{S, Stream::ended, recv_error_stream, Stream::ended},
};
} // namespace table

template <class State, std::size_t size>
constexpr std::optional<State> look_up(const std::array<Row<State>, size>& rows, Role role, State from, On on) {
    for (const auto& row : rows)
        if (row.role == role && row.from == from && row.on == on) return row.to;
    return std::nullopt;
}

constexpr std::optional<Phase> next(Role role, Phase from, On on) {
    if (const auto to = look_up(table::phases, role, from, on)) return to;
    if (from != Phase::closed && !(from == Phase::closing && on != On::tcp_end))
        for (const auto& row : table::any_phase)
            if (row.on == on) return row.to;
    return std::nullopt;
}
constexpr std::optional<Rotation> next(Role role, Rotation from, On on) {
    return look_up(table::rotations, role, from, on);
}
enum class Direction : std::uint8_t { download, upload };
constexpr std::optional<Stream> next(Role role, Direction direction, Stream from, On on) {
    return direction == Direction::download ? look_up(table::downloads, role, from, on)
                                            : look_up(table::uploads, role, from, on);
}

std::string_view name_of(Phase phase) noexcept;       // "AUTH_SERVER"
std::string_view name_of(Rotation rotation) noexcept; // "DRAINING"
std::string_view name_of(Stream stream) noexcept;     // "OPENING"
std::string_view name_of(On on) noexcept;             // "recv_rotate"

} // namespace cifra::states
