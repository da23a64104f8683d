// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The server's side of the handshake (PROTOCOL.md section 4) and its answers (section 8).
#pragma once

#include "states/session.hpp"

namespace cifra::states {

// Shared by all sessions of one configuration.
struct ServerPolicy {
    std::vector<Suite> suites;   // enabled, in order of preference
    std::vector<Group> groups;   // enabled, in order of preference
    std::vector<Scheme> schemes; // accepted from device and user
    std::uint32_t chunk_limit = 262'144;
    proto::Padding padding = proto::Padding::none;
    proto::RotationPolicy rotation;
    proto::UserAsked user = proto::UserAsked::any;
    bool enrolment = false;     // requests for certificates are taken
    bool tickets = false;       // a ticket may stand for the user's signature
    std::vector<Bytes> issuers; // DER names of accepted issuers of users
    crypto::Credential credential;
    std::uint32_t session_seconds = 24 * 3600;
};

class ServerSession final : public Session {
  public:
    // `policy` is kept for the whole session: a reload makes a new one for new sessions.
    ServerSession(std::shared_ptr<const ServerPolicy> policy, Botan::RandomNumberGenerator& rng, Instant now,
                  const Timing& timing = {});

    // The answer to VerifyPeer and to VerifyTicket. `name`: by which the person is known here, if not by that of the
    // certificate. LoggedIn follows when nobody else has to be proven; send it with accept().
    Event verified(const crypto::PeerVerified& peer, Instant now, const std::string& name = {});
    // Of a device nobody learns more than AUTH_FAILED.
    Event verification_failed(proto::ErrorCode user_code = proto::ErrorCode::user_refused);
    // What OK says beside who logged in.
    struct Welcome {
        std::uint64_t time_ms = 0;        // since 1970
        std::uint32_t ticket_seconds = 0; // how long the ticket is good
        Bytes ticket;                     // at most proto::max_ticket; empty: none
        bool pause_without_card = false;
    };
    // After LoggedIn: sends OK.
    void accept(Welcome welcome, Instant now);

    // The answer to EnrolmentAsked: whether the request's key has signed this session. None: it has; Ended: it has not.
    Event enrolment_verified(const Botan::Public_Key& key);
    // After that: sends the status, and the session is over.
    Event answer_enrolment(const proto::EnrolmentStatus& status);

    const std::string& device() const { return device_; }
    const std::string& person() const { return person_; }

    // Answers. False: nothing waits for it (the request ended meanwhile), or its chunks are larger than agreed.
    bool reply(const proto::Catalogue& catalogue);
    bool reply(const proto::LicenceReply& licence);
    bool reply_opened(const proto::Opened& opened);
    bool refuse(std::uint32_t request, proto::ErrorCode code);
    bool accept_upload(std::uint32_t stream);
    bool fail_stream(std::uint32_t stream, proto::ErrorCode code);

  private:
    Event on_clear_frame(proto::FrameType type, ByteView frame, ByteView payload) override;
    Event on_authenticate(ByteView body) override;
    Event on_login_ok(ByteView) override { return violate(Fault::not_legal); }
    Event on_enrolment_status(ByteView) override { return violate(Fault::not_legal); }
    Event on_handshake_timeout() override;
    Event on_application(On on, ByteView body) override;

    Event refuse_login(proto::RefusedCode code);
    Event on_negotiation(ByteView frame, ByteView payload);
    Event on_dh_parameters(ByteView frame, ByteView payload);
    std::optional<Suite> choose_suite(const std::vector<Suite>& offered) const;
    void send_response();
    Event prove_ourselves(ByteView peer_key);
    Event on_proof(const std::vector<proto::Item>& items);
    Event on_ticket(const std::vector<proto::Item>& items);
    Event on_enrolment(const std::vector<proto::Item>& items);
    void keep_signature(const proto::Item& before, proto::Signature signature, const proto::Item& whole,
                        const proto::Item& finished);
    void keep_finished(const proto::Item& finished);
    bool proof_holds(crypto::Party party, const Botan::Public_Key& key) const;
    bool finished_holds() const;
    Event refused_or(proto::ErrorCode user_code, Fault fault);
    Event on_list(ByteView body);
    Event on_open(ByteView body);
    Event on_licence_request(ByteView body);
    Event on_close(ByteView body);
    Event on_stream_error(ByteView body);
    std::optional<Event> refuse_request(std::uint32_t id);

    std::shared_ptr<const ServerPolicy> policy_;
    Scheme server_scheme_{};
    std::vector<Group> offered_groups_;
    // What the client has sent to prove itself, while it is being looked at.
    struct PeerProof {
        std::optional<proto::Signature> signature; // none beside a ticket
        Bytes finished;
        Bytes signed_hash, finished_hash;
    };
    std::optional<PeerProof> proof_;
    bool enrolment_proven_ = false;
    std::string device_, person_;
    std::vector<std::uint32_t> unanswered_requests_;
};

} // namespace cifra::states
