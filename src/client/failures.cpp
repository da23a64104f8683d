// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Ends and refusals in words, each with its exit status.
#include "client/denial.hpp"

namespace cifra::client {

using proto::ErrorCode;
namespace event = states::event;

namespace {

Failure worded(Exit status, const proto::CodeText& text) {
    return {status, std::string(text.text), std::string(text.remedy)};
}

bool is_denial(ErrorCode code) { return code >= ErrorCode::exhausted && code <= play_over; }

Exit status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::bad_record:
        case ErrorCode::protocol:
            return Exit::integrity;
        case ErrorCode::auth_failed:
        case ErrorCode::user_refused:
        case ErrorCode::revoked:
        case ErrorCode::ticket_refused:
        case ErrorCode::card_required:
        case ErrorCode::disabled:
        case ErrorCode::user_expired:
        case ErrorCode::not_checked:
            return Exit::login_refused;
        case ErrorCode::timeout:
        case ErrorCode::rotation_timeout:
        case ErrorCode::busy:
        case ErrorCode::shutting_down:
        case ErrorCode::session_expired:
        case ErrorCode::ledger_away:
            return Exit::lost;
        default:
            return is_denial(code) ? Exit::licence : Exit::refused;
    }
}

} // namespace

Failure failure_of(ErrorCode code, const std::string& subject) {
    const auto text = proto::text_of(code);
    auto failure = worded(status_of(code), text);
    const auto lead = subject.empty() ? "the server refused" : subject;
    const std::string number =
        text.name == "UNKNOWN" ? " (code " + std::to_string(static_cast<unsigned>(code)) + ")" : "";
    if (code == ErrorCode::exists) failure.remedy = "give another with --name";
    Failure refusal(failure.status, lead + ": " + std::string(text.text) + " [" + std::string(text.name) + "]" + number,
                    failure.remedy);
    refusal.code = static_cast<std::uint16_t>(code);
    return refusal;
}

Failure failure_of(const event::Ended& end, bool logged_in) {
    switch (end.how) {
        case event::How::clean:
            return {Exit::lost, "the server ended the session", "run the same command again"};
        case event::How::truncated:
            return {Exit::lost, logged_in ? "the connection was cut" : "the server closed the connection during login",
                    logged_in ? "run the same command again: it goes on where it stopped"
                              : "check that it is a Cifra server, or wait: it may be too busy"};
        case event::How::refused: {
            const auto text = proto::text_of(static_cast<proto::RefusedCode>(end.code));
            const auto status =
                end.code == static_cast<std::uint16_t>(proto::RefusedCode::busy) ? Exit::lost : Exit::login_refused;
            return {status, "the server refused: " + std::string(text.text) + " [" + std::string(text.name) + "]",
                    std::string(text.remedy)};
        }
        case event::How::peer_error:
            return failure_of(static_cast<ErrorCode>(end.code), "the server ended the session");
        case event::How::bad_record:
            return {Exit::integrity, "data from the server failed authentication",
                    "connect again; if it stays, something between alters it"};
        case event::How::violation:
            if (end.fault == Fault::not_proven)
                return {Exit::integrity, "the server sent something else than the publisher signed",
                        "nothing of that was used; tell the server's operator"};
            return {Exit::integrity, std::string("the server broke the protocol: ") + describe(end.fault),
                    logged_in ? "tell its operator" : "check that a Cifra server runs at that address and port"};
        case event::How::timeout:
            return {Exit::lost, "the server took too long to answer",
                    logged_in ? "run the same command again: it goes on where it stopped"
                              : "check that a Cifra server runs at that address and port, or try again later"};
        case event::How::login_failed:
            break;
    }
    if (end.fault == Fault::not_offered)
        return {Exit::login_refused, "the server asks for a person, and no personal key is configured",
                "set user_chain and user_key in the configuration"};
    return {Exit::not_trusted, "the server could not prove who it is", "check that you dialled the right server"};
}

} // namespace cifra::client
