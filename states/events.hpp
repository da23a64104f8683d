// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a session tells its driver. Views inside an event live until the driver touches the buffer that it gave to
// receive().
#pragma once

#include "crypto/signature.hpp"
#include "proto/handshake.hpp"
#include "proto/messages.hpp"
#include "proto/negotiation.hpp"

#include <variant>

namespace cifra::states {

// What both sides agreed on.
struct Agreement {
    Suite suite{};
    Group group{};
    std::uint32_t chunk_limit = 0; // bytes
    proto::Padding padding = proto::Padding::none;
    proto::RotationPolicy rotation;
};

namespace event {

struct None {};

// Validate this path, then call verified() or verification_failed(); nothing is received meanwhile.
struct VerifyPeer {
    crypto::Party party{};
    std::vector<Bytes> chain;
};
// Server: find out whether this ticket is one of ours and still good, and validate whom it stands for; then call
// verified() with that person, or verification_failed(ticket_refused or another).
struct VerifyTicket {
    Bytes ticket;
};
// Server: read the device's request, then call enrolment_verified() with its key, and when that holds
// answer_enrolment(); or verification_failed().
struct EnrolmentAsked {
    proto::Enrolment enrolment;
};
// Client: the server asks for a person. Call identify() with her chain, or signing_failed().
struct ChooseUser {
    std::vector<Bytes> issuers;   // DER names; empty: the server does not say
    std::vector<Scheme> accepted; // what the server takes
    bool card = false;            // only a card will do
};
// Client: the session is over with this.
struct EnrolmentAnswered {
    proto::EnrolmentStatus status;
};
// Sign `content` with the key of this party, then call signed_by() or signing_failed().
struct Sign {
    crypto::Party party{};
    std::vector<Scheme> accepted; // what the server takes
    Bytes content;
};
struct LoggedIn {
    proto::LoginOk who; // what the server said (client) or will say (server)
};
struct ListRequest {
    proto::List list;
};
struct OpenRequest {
    proto::Open open;
};
struct LicenceAsked {
    proto::LicenceRequest request;
};
struct LicenceArrived {
    proto::LicenceReply reply;
};
struct CatalogueArrived {
    proto::Catalogue catalogue;
};
struct StreamOpened {
    proto::Opened opened;
};
struct RequestRefused {
    std::uint32_t request = 0;
    proto::ErrorCode code{};
};
// Of a signed stream only when its path leads to the root.
struct ChunkArrived {
    std::uint32_t stream = 0;
    std::uint64_t index = 0;
    ByteView bytes;
};
// The other side sent ERROR(stream).
struct StreamFailed {
    std::uint32_t stream = 0;
    proto::ErrorCode code{};
};
// Client: the answer to our CLOSE, and whether both counted the same. Server: a download was closed (and answered).
struct StreamClosed {
    std::uint32_t stream = 0;
    bool counts_agree = false;
    std::uint64_t chunks = 0; // DATA in this stream, discarded ones included
};
// Server: the client says that its upload is whole; answer with accept_upload() or fail_stream().
struct UploadClosed {
    std::uint32_t stream = 0;
    bool counts_agree = false;
};
// Client: the upload is durable.
struct UploadAccepted {
    std::uint32_t stream = 0;
};
// A READ opened or moved a window, or a rotation ended: there may be something to send.
struct MaySend {};
struct Rotated {
    std::uint32_t epoch = 0;
};

enum class How : std::uint8_t {
    clean,       // BYE from both
    truncated,   // TCP ended without it
    refused,     // REFUSED arrived: code
    peer_error,  // ERROR(session) arrived: code
    violation,   // the other side broke a rule: fault; we sent code
    bad_record,  // a record failed; we sent code
    timeout,     // somebody took too long; code
    login_failed // we refused or gave up: code
};
struct Ended {
    How how{};
    std::uint16_t code = 0; // 0: none
    Fault fault{};
    bool refused = false; // the code is a RefusedCode, not an ErrorCode
};
// "AUTH_FAILED"; empty when there is no code.
std::string_view code_name(const Ended& end) noexcept;

} // namespace event

using Event =
    std::variant<event::None, event::VerifyPeer, event::VerifyTicket, event::EnrolmentAsked, event::ChooseUser,
                 event::EnrolmentAnswered, event::Sign, event::LoggedIn, event::ListRequest, event::OpenRequest,
                 event::LicenceAsked, event::LicenceArrived, event::CatalogueArrived, event::StreamOpened,
                 event::RequestRefused, event::ChunkArrived, event::StreamFailed, event::StreamClosed,
                 event::UploadClosed, event::UploadAccepted, event::MaySend, event::Rotated, event::Ended>;

} // namespace cifra::states
