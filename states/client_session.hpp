// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The client's side of the handshake (PROTOCOL.md section 4) and its requests (section 8).
#pragma once

#include "states/session.hpp"

namespace cifra::states {

struct ClientOffer {
    std::vector<Suite> suites;   // in order of preference
    std::vector<Group> groups;   // the first is the guess
    std::vector<Scheme> schemes; // accepted in the server's signature
    std::string server_name;     // what was dialled; sent as a hint, compared with the certificate by the driver
    std::uint32_t chunk_limit = proto::max_chunk;
    proto::Padding padding = proto::Padding::none;
    std::vector<Bytes> device_chain;           // DER, leaf first
    Bytes ticket;                              // of an earlier login; empty: none. Used if the server takes any
    std::optional<proto::Enrolment> enrolment; // in place of device_chain: ask for a certificate
};

class ClientSession final : public Session {
  public:
    ClientSession(ClientOffer offer, Botan::RandomNumberGenerator& rng, Instant now, const Timing& timing = {});

    // TCP is up: NEGOTIATION and DH_PARAMETERS go out.
    void start();

    // The answer to VerifyPeer{server}: then comes Sign{device}, or an end if the server's proof does not hold.
    Event verified(const crypto::PeerVerified& server, Instant now);
    Event verification_failed();
    // The answer to Sign. The next event is ChooseUser when the server asks for a person and no ticket speaks for her.
    Event signed_by(crypto::Party party, Scheme scheme, ByteView signature);
    // The answer to ChooseUser: DER, leaf first. Then comes Sign{user}.
    Event identify(std::vector<Bytes> user_chain);
    // No key, no common scheme, cancelled.
    Event signing_failed();
    // What the server's REQUEST says; once it is verified it may be believed.
    bool user_required() const { return request_.user != proto::UserAsked::none; }
    bool card_required() const { return request_.user == proto::UserAsked::card; }
    bool takes_enrolment() const { return request_.enrolment; }
    bool takes_tickets() const { return request_.tickets; }
    bool used_ticket() const { return used_ticket_; }

    // Requests; the id, or nothing when no more may be sent now. An OPEN's id is its stream.
    std::optional<std::uint32_t> list(std::uint64_t revision, std::uint64_t cursor, std::uint16_t limit,
                                      std::string query);
    std::optional<std::uint32_t> open_item(proto::Mode mode, const proto::Id16& item, const proto::Id16& play);
    std::optional<std::uint32_t> open_upload(const proto::Upload& upload);
    // `voucher`: at most proto::max_voucher bytes, and only to renew.
    std::optional<std::uint32_t> licence(proto::LicenceAction action, const proto::Id16& item, std::string voucher);
    // Ends a stream, with the counts of both sides.
    bool close_stream(std::uint32_t stream);

  private:
    Event on_clear_frame(proto::FrameType type, ByteView frame, ByteView payload) override;
    Event on_authenticate(ByteView body) override;
    Event on_login_ok(ByteView body) override;
    Event on_enrolment_status(ByteView body) override;
    Event on_handshake_timeout() override;
    Event on_application(On on, ByteView body) override;

    Event on_response(ByteView frame, ByteView payload);
    Event on_dh_response(ByteView frame, ByteView payload);
    Event on_refused(ByteView payload);
    bool offered(const proto::NegotiationResponse& response) const;
    void send_key();
    bool server_proof_holds(const crypto::PeerVerified& server);
    Event ask_signature(crypto::Party party, Bytes item);
    Event ask_for_user();
    Event send_ticket();
    bool send_proof(Bytes body);
    Event finish_login();
    Event on_catalogue(ByteView body);
    Event on_opened(ByteView body);
    Event on_licence(ByteView body);
    bool as_asked(const proto::Opened& opened);
    Event on_request_error(ByteView body);
    Event on_stream_error(ByteView body);
    Event on_close(ByteView body);
    Event on_stream_ok(ByteView body);
    std::optional<std::uint32_t> new_request();
    bool answered(std::uint32_t request);

    ClientOffer offer_;
    proto::Request request_;
    Bytes signed_item_; // CHAIN or ENROLMENT, while its signature is being made
    bool used_ticket_ = false;
    // The server's AUTHENTICATE while its chain is being verified.
    struct ServerProof {
        proto::Signature signature;
        Bytes finished;
        Bytes signed_hash, finished_hash; // T(CHAIN), T(SIGNATURE)
    };
    std::optional<ServerProof> proof_;
    std::vector<std::uint32_t> waiting_;             // request ids without an answer
    std::map<std::uint32_t, proto::Upload> uploads_; // announced, to be repeated by OPENED
    std::map<std::uint32_t, proto::Id16> items_;     // asked for, likewise
    std::map<std::uint32_t, proto::Id16> licences_;  // items whose licence was asked for
};

} // namespace cifra::states
