// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "states/client_session.hpp"

namespace cifra::states {

using crypto::Party;
using proto::ErrorCode;
using proto::FrameType;
using proto::InnerType;
using proto::ItemType;

namespace {

template <class Container, class Value>
bool contains(const Container& container, const Value& value) {
    return std::find(container.begin(), container.end(), value) != container.end();
}

proto::Nonce32 fresh_nonce(Botan::RandomNumberGenerator& rng) {
    proto::Nonce32 nonce{};
    rng.randomize(nonce.data(), nonce.size());
    return nonce;
}

} // namespace

ClientSession::ClientSession(ClientOffer offer, Botan::RandomNumberGenerator& rng, Instant now, const Timing& timing)
    : Session(Role::client, rng, timing, now), offer_(std::move(offer)) {}

void ClientSession::start() {
    if (!advance(On::tcp_up)) return;
    proto::Negotiation message;
    message.versions = {1};
    message.suites = offer_.suites;
    message.groups = offer_.groups;
    message.schemes = offer_.schemes;
    message.nonce = fresh_nonce(rng_);
    message.server_name = offer_.server_name;
    message.chunk_limit = offer_.chunk_limit;
    message.padding = offer_.padding;
    send_clear(FrameType::negotiation, proto::encode(message));
    agreement_.group = offer_.groups.front();
    send_key();
}

void ClientSession::send_key() {
    ephemeral_.emplace(crypto::EphemeralKey::generate(agreement_.group, rng_));
    const proto::DhParameters message{static_cast<std::uint16_t>(agreement_.group), ephemeral_->public_key()};
    send_clear(FrameType::dh_parameters, proto::encode(message));
}

Event ClientSession::on_clear_frame(FrameType type, ByteView frame, ByteView payload) {
    switch (type) {
        case FrameType::negotiation_response:
            return on_response(frame, payload);
        case FrameType::dh_parameters_response:
            return on_dh_response(frame, payload);
        case FrameType::refused:
            return on_refused(payload);
        default:
            return violate(Fault::not_legal);
    }
}

Event ClientSession::on_refused(ByteView payload) {
    const auto code = proto::decode_refused(payload);
    if (!code) return violate(code.error());
    if (!advance(On::recv_refused)) return violate(Fault::not_legal);
    return finish({event::How::refused, static_cast<std::uint16_t>(*code), {}, true});
}

//
bool ClientSession::offered(const proto::NegotiationResponse& response) const {
    const bool padded = offer_.padding == proto::Padding::none || response.padding == proto::Padding::full;
    return response.version == 1 && contains(offer_.suites, response.suite) &&
           contains(offer_.groups, response.group) && response.chunk_limit <= offer_.chunk_limit &&
           response.features.empty() && padded;
}

Event ClientSession::on_response(ByteView frame, ByteView payload) {
    const auto response = proto::decode_negotiation_response(payload);
    if (!response) return violate(response.error());
    if (!offered(*response)) return violate(Fault::not_offered);
    transcript_.add(frame);
    transcript_.choose(response->suite);
    const bool guessed = response->group == agreement_.group;
    agreement_ = {response->suite, response->group, response->chunk_limit, response->padding, response->rotation};
    if (!advance(guessed ? On::recv_response_guessed : On::recv_response_other)) return violate(Fault::not_legal);
    if (!guessed) send_key();
    return event::MaySend{};
}

Event ClientSession::on_dh_response(ByteView frame, ByteView payload) {
    const auto parameters = proto::decode_dh_parameters(payload);
    if (!parameters) return violate(parameters.error());
    if (parameters->group != static_cast<std::uint16_t>(agreement_.group)) return violate(Fault::not_offered);
    const auto dh = std::move(*ephemeral_).agree(parameters->key, rng_);
    ephemeral_.reset();
    if (!dh) return violate(dh.error());
    if (!advance(On::recv_dh_response)) return violate(Fault::not_legal);
    transcript_.add(frame);
    schedule_ = std::make_unique<crypto::KeySchedule>(agreement_.suite, *dh, transcript_.hash());
    auto secrets = schedule_->take_handshake_secrets();
    install_send(secrets.to_send(role()), 0);
    install_receive(secrets.to_receive(role()), 0);
    return event::None{};
}

Event ClientSession::on_authenticate(ByteView body) {
    const auto items = proto::split_items(body);
    if (!items) return violate(items.error());
    constexpr std::array order{ItemType::request, ItemType::chain, ItemType::signature, ItemType::finished};
    if (!std::equal(items->begin(), items->end(), order.begin(), order.end(),
                    [](const auto& i, ItemType t) { return i.type == t; }))
        return violate(Fault::bad_value);
    auto request = proto::decode_request((*items)[0].value);
    auto chain = proto::decode_chain((*items)[1].value);
    auto signature = proto::decode_signature((*items)[2].value);
    if (!request || !chain || !signature) return violate(Fault::bad_value);
    request_ = std::move(*request);

    ServerProof proof;
    transcript_.add((*items)[0].whole);
    transcript_.add((*items)[1].whole);
    proof.signed_hash = transcript_.hash();
    transcript_.add((*items)[2].whole);
    proof.finished_hash = transcript_.hash();
    transcript_.add((*items)[3].whole);
    proof.signature = std::move(*signature);
    proof.finished.assign((*items)[3].value.begin(), (*items)[3].value.end());
    proof_ = std::move(proof);
    if (!advance(On::recv_authenticate)) return violate(Fault::not_legal);
    return event::VerifyPeer{Party::server, std::move(chain->certificates)};
}

bool ClientSession::server_proof_holds(const crypto::PeerVerified& server) {
    const auto scheme = scheme_from(proof_->signature.scheme);
    if (server.party() != Party::server || !scheme || !contains(offer_.schemes, *scheme)) return false;
    const auto content = crypto::signed_content(Party::server, proof_->signed_hash);
    if (!crypto::verify(server.key(), *scheme, Party::server, content, proof_->signature.bytes)) return false;
    return crypto::equal(proof_->finished, schedule_->finished(Role::server, proof_->finished_hash));
}

Event ClientSession::verified(const crypto::PeerVerified& server, Instant now) {
    if (phase() != Phase::verify_server || !proof_) return event::None{};
    if (!server_proof_holds(server))
        return fail(ErrorCode::auth_failed, event::How::login_failed, Fault::bad_signature);
    proof_.reset();
    if (!advance(On::verified_user_none)) return violate(Fault::not_legal);
    phase_deadline_ = now + timing_.handshake + timing_.user;
    if (!offer_.enrolment) return ask_signature(Party::device, proto::encode_item(proto::Chain{offer_.device_chain}));
    if (!request_.enrolment) return signing_failed();
    return ask_signature(Party::enrolment, proto::encode_item(*offer_.enrolment));
}

Event ClientSession::verification_failed() {
    return fail(ErrorCode::auth_failed, event::How::login_failed, Fault::bad_certificate);
}

Event ClientSession::ask_signature(Party party, Bytes item) {
    signed_item_ = std::move(item);
    transcript_.add(signed_item_);
    return event::Sign{party, request_.schemes, crypto::signed_content(party, transcript_.hash())};
}

Event ClientSession::signing_failed() {
    return fail(ErrorCode::auth_failed, event::How::login_failed, Fault::not_offered);
}

Event ClientSession::identify(std::vector<Bytes> user_chain) {
    if (phase() != Phase::auth_user || !signed_item_.empty()) return event::None{};
    if (user_chain.empty()) return signing_failed();
    return ask_signature(Party::user, proto::encode_item(proto::Chain{std::move(user_chain)}));
}

// `body` is in the transcript; FINISHED goes behind it. False: it is more than a server reads before OK.
bool ClientSession::send_proof(Bytes body) {
    const auto finished = proto::encode_finished(schedule_->finished(Role::client, transcript_.hash()));
    transcript_.add(finished);
    body.insert(body.end(), finished.begin(), finished.end());
    if (send_.sealer->sealed_size(body.size(), 0) > proto::secure_limit_before_ok) return false;
    seal_now(InnerType::authenticate, body);
    return true;
}

Event ClientSession::signed_by(Party party, Scheme scheme, ByteView signature) {
    const bool due = party == Party::user        ? phase() == Phase::auth_user
                     : party == Party::enrolment ? phase() == Phase::auth_device && offer_.enrolment
                                                 : phase() == Phase::auth_device && !offer_.enrolment;
    if (!due || signed_item_.empty()) return event::None{};
    Bytes body = std::exchange(signed_item_, {});
    const auto item =
        proto::encode_item(proto::Signature{static_cast<std::uint16_t>(scheme), {signature.begin(), signature.end()}});
    transcript_.add(item);
    body.insert(body.end(), item.begin(), item.end());
    if (!send_proof(std::move(body))) return fail(ErrorCode::auth_failed, event::How::login_failed, Fault::too_large);
    if (party == Party::enrolment)
        return advance(On::signed_enrolment) ? Event{event::MaySend{}} : violate(Fault::not_legal);
    if (party == Party::user || !user_required()) return finish_login();
    return ask_for_user();
}

Event ClientSession::ask_for_user() {
    if (!advance(On::signed_user_required)) return violate(Fault::not_legal);
    if (request_.tickets && !offer_.ticket.empty()) return send_ticket();
    return event::ChooseUser{request_.issuers, request_.schemes, card_required()};
}

Event ClientSession::send_ticket() {
    auto item = proto::encode_item(proto::Ticket{offer_.ticket});
    transcript_.add(item);
    used_ticket_ = true;
    if (!send_proof(std::move(item))) return fail(ErrorCode::auth_failed, event::How::login_failed, Fault::too_large);
    return finish_login();
}

Event ClientSession::finish_login() {
    if (!advance(On::signed_user_none)) return violate(Fault::not_legal);
    auto secrets = schedule_->start(transcript_.hash());
    install_send(secrets.to_send(role()), 1);
    receive_.next.emplace(opener(secrets.to_receive(role()), 1));
    return event::MaySend{};
}

Event ClientSession::on_enrolment_status(ByteView body) {
    auto status = proto::decode_enrolment_status(body);
    if (!status) return violate(status.error());
    if (!advance(On::recv_enrolment_status)) return violate(Fault::not_legal);
    finish({event::How::clean, 0, {}});
    return event::EnrolmentAnswered{std::move(*status)};
}

Event ClientSession::on_login_ok(ByteView body) {
    auto ok = proto::decode_login_ok(body);
    if (!ok) return violate(ok.error());
    if (!advance(On::recv_ok)) return violate(Fault::not_legal);
    receive_.begin_epoch();
    return event::LoggedIn{std::move(*ok)};
}

Event ClientSession::on_handshake_timeout() { return fail(ErrorCode::timeout, event::How::timeout, {}); }

} // namespace cifra::states
