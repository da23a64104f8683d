// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "states/transitions.hpp"

namespace cifra::states {

namespace {

constexpr std::array<std::string_view, phase_count> phase_names{
    "CONNECT",     "NEGOTIATION",   "DH",        "DH_RETRY",    "AUTH_SERVER", "VERIFY_SERVER",
    "AUTH_DEVICE", "VERIFY_DEVICE", "ENROLLING", "WAIT_STATUS", "AUTH_USER",   "VERIFY_USER",
    "WAIT_OK",     "OPEN",          "BYE_SENT",  "CLOSING",     "CLOSED"};
constexpr std::array<std::string_view, rotation_count> rotation_names{"STEADY", "PENDING", "HELD", "DRAINING",
                                                                      "DRAINING_HELD"};
constexpr std::array<std::string_view, stream_count> stream_names{"NONE", "OPENING", "DATA", "ENDING", "ENDED"};
constexpr std::array<std::string_view, on_count> on_names{"tcp_up",
                                                          "recv_negotiation",
                                                          "recv_response_guessed",
                                                          "recv_response_other",
                                                          "recv_dh_enabled",
                                                          "recv_dh_other",
                                                          "recv_dh_response",
                                                          "recv_refused",
                                                          "recv_authenticate",
                                                          "recv_enrolment",
                                                          "recv_enrolment_status",
                                                          "recv_ok",
                                                          "recv_error_session",
                                                          "recv_bye",
                                                          "recv_ping",
                                                          "recv_pong",
                                                          "recv_rotate",
                                                          "recv_rotate_response",
                                                          "recv_rotated",
                                                          "recv_list",
                                                          "recv_catalogue",
                                                          "recv_open",
                                                          "recv_opened",
                                                          "recv_read",
                                                          "recv_data",
                                                          "recv_close",
                                                          "recv_licence_request",
                                                          "recv_licence",
                                                          "recv_stream_ok",
                                                          "recv_error_request",
                                                          "recv_error_stream",
                                                          "send_request",
                                                          "send_reply",
                                                          "send_open",
                                                          "send_opened",
                                                          "send_error_request",
                                                          "send_read",
                                                          "send_data",
                                                          "send_close",
                                                          "send_stream_ok",
                                                          "send_error_stream",
                                                          "send_rotate",
                                                          "send_bye",
                                                          "verified_user_none",
                                                          "verified_user_required",
                                                          "signed_user_none",
                                                          "signed_user_required",
                                                          "signed_enrolment",
                                                          "enrolment_answered",
                                                          "limit_reached",
                                                          "login_failed",
                                                          "bad_record",
                                                          "violation",
                                                          "timeout",
                                                          "tcp_end",
                                                          "flushed"};

} // namespace

std::string_view name_of(Phase phase) noexcept { return phase_names[static_cast<std::size_t>(phase)]; }
std::string_view name_of(Rotation rotation) noexcept { return rotation_names[static_cast<std::size_t>(rotation)]; }
std::string_view name_of(Stream stream) noexcept { return stream_names[static_cast<std::size_t>(stream)]; }
std::string_view name_of(On on) noexcept { return on_names[static_cast<std::size_t>(on)]; }

} // namespace cifra::states
