// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "states/server_session.hpp"

namespace cifra::states {

using crypto::Party;
using proto::ErrorCode;
using proto::FrameType;
using proto::InnerType;
using proto::ItemType;
using proto::RefusedCode;

namespace {
template <class Container, class Value>
bool contains(const Container& container, const Value& value) {
    return std::find(container.begin(), container.end(), value) != container.end();
}

template <std::size_t size>
bool in_order(const std::vector<proto::Item>& items, const std::array<ItemType, size>& order) {
    return std::equal(items.begin(), items.end(), order.begin(), order.end(),
                      [](const auto& item, ItemType type) { return item.type == type; });
}
} // namespace

ServerSession::ServerSession(std::shared_ptr<const ServerPolicy> policy, Botan::RandomNumberGenerator& rng, Instant now,
                             const Timing& timing)
    : Session(Role::server, rng, timing, now), policy_(std::move(policy)) {}

Event ServerSession::refuse_login(RefusedCode code) {
    send_clear(FrameType::refused, proto::encode_refused(code));
    if (!advance(On::login_failed)) return event::None{};
    return finish({event::How::login_failed, static_cast<std::uint16_t>(code), Fault::no_common, true});
}

Event ServerSession::on_clear_frame(FrameType type, ByteView frame, ByteView payload) {
    if (type == FrameType::negotiation) return on_negotiation(frame, payload);
    return on_dh_parameters(frame, payload);
}

//
std::optional<Suite> ServerSession::choose_suite(const std::vector<Suite>& offered) const {
    const auto& enabled = policy_->suites;
    if (!offered.empty() && offered.front() == Suite::chacha20_poly1305_sha256 && contains(enabled, offered.front()))
        return offered.front();
    const auto found = std::find_if(enabled.begin(), enabled.end(), [&](Suite s) { return contains(offered, s); });
    return found == enabled.end() ? std::nullopt : std::optional(*found);
}

Event ServerSession::on_negotiation(ByteView frame, ByteView payload) {
    const auto offer = proto::decode_negotiation(payload);
    if (!offer) return violate(offer.error());
    if (!contains(offer->versions, 1U)) return refuse_login(RefusedCode::version);
    const auto suite = choose_suite(offer->suites);
    if (!suite) return refuse_login(RefusedCode::suite);
    const auto scheme = crypto::choose_scheme(policy_->credential.signer->schemes(), offer->schemes, Party::server);
    if (!scheme) return refuse_login(RefusedCode::scheme);
    server_scheme_ = *scheme;
    offered_groups_ = offer->groups;
    agreement_.suite = *suite;
    agreement_.chunk_limit = std::min(policy_->chunk_limit, offer->chunk_limit);
    agreement_.padding = std::max(policy_->padding, offer->padding);
    agreement_.rotation = policy_->rotation;
    if (!advance(On::recv_negotiation)) return violate(Fault::not_legal);
    transcript_.add(frame);
    transcript_.choose(*suite);
    return event::None{};
}

void ServerSession::send_response() {
    proto::NegotiationResponse message;
    message.suite = agreement_.suite;
    message.group = agreement_.group;
    rng_.randomize(message.nonce.data(), message.nonce.size());
    message.chunk_limit = agreement_.chunk_limit;
    message.padding = agreement_.padding;
    message.rotation = agreement_.rotation;
    send_clear(FrameType::negotiation_response, proto::encode(message));
}

Event ServerSession::on_dh_parameters(ByteView frame, ByteView payload) {
    const auto parameters = proto::decode_dh_parameters(payload);
    if (!parameters) return violate(parameters.error());
    const auto group = group_from(parameters->group);
    const bool second = phase() == Phase::dh;
    const bool enabled = group && contains(offered_groups_, *group) && contains(policy_->groups, *group);
    if (second ? (!group || *group != agreement_.group) : false) return violate(Fault::not_offered);
    if (enabled) {
        transcript_.add(frame);
        agreement_.group = *group;
        if (!second) send_response();
        return prove_ourselves(parameters->key);
    }
    const auto other = std::find_if(policy_->groups.begin(), policy_->groups.end(),
                                    [&](Group g) { return contains(offered_groups_, g); });
    if (other == policy_->groups.end()) return refuse_login(RefusedCode::group);
    if (!advance(On::recv_dh_other)) return violate(Fault::not_legal);
    transcript_.add(frame);
    agreement_.group = *other;
    send_response();
    return event::MaySend{};
}

Event ServerSession::prove_ourselves(ByteView peer_key) {
    auto key = crypto::EphemeralKey::generate(agreement_.group, rng_);
    const proto::DhParameters answer{static_cast<std::uint16_t>(agreement_.group), key.public_key()};
    const auto dh = std::move(key).agree(peer_key, rng_);
    if (!dh) return violate(dh.error());
    if (!advance(On::recv_dh_enabled)) return violate(Fault::not_legal);
    send_clear(FrameType::dh_parameters_response, proto::encode(answer));
    schedule_ = std::make_unique<crypto::KeySchedule>(agreement_.suite, *dh, transcript_.hash());
    auto secrets = schedule_->take_handshake_secrets();
    install_send(secrets.to_send(role()), 0);
    install_receive(secrets.to_receive(role()), 0);

    Bytes body;
    const auto add = [&](const Bytes& item) {
        transcript_.add(item);
        body.insert(body.end(), item.begin(), item.end());
    };
    add(proto::encode_item(
        proto::Request{policy_->user, policy_->enrolment, policy_->tickets, policy_->schemes, policy_->issuers}));
    add(proto::encode_item(proto::Chain{policy_->credential.chain}));
    const auto content = crypto::signed_content(Party::server, transcript_.hash());
    const auto signature = policy_->credential.signer->sign(server_scheme_, content, rng_);
    if (!signature) return fail(ErrorCode::internal, event::How::login_failed, signature.error());
    add(proto::encode_item(proto::Signature{static_cast<std::uint16_t>(server_scheme_), *signature}));
    add(proto::encode_finished(schedule_->finished(Role::server, transcript_.hash())));
    if (send_.sealer->sealed_size(body.size(), 0) > proto::secure_limit_before_ok)
        return fail(ErrorCode::internal, event::How::login_failed, Fault::too_large);
    seal_now(InnerType::authenticate, body);
    return event::MaySend{};
}

//
Event ServerSession::on_authenticate(ByteView body) {
    const auto items = proto::split_items(body);
    if (!items) return violate(items.error());
    if (in_order(*items, std::array{ItemType::chain, ItemType::signature, ItemType::finished})) return on_proof(*items);
    if (in_order(*items, std::array{ItemType::ticket, ItemType::finished})) return on_ticket(*items);
    if (in_order(*items, std::array{ItemType::enrolment, ItemType::signature, ItemType::finished}))
        return on_enrolment(*items);
    return violate(Fault::bad_value);
}

void ServerSession::keep_signature(const proto::Item& before, proto::Signature signature, const proto::Item& whole,
                                   const proto::Item& finished) {
    transcript_.add(before.whole);
    proof_.emplace();
    proof_->signed_hash = transcript_.hash();
    proof_->signature = std::move(signature);
    transcript_.add(whole.whole);
    keep_finished(finished);
}

void ServerSession::keep_finished(const proto::Item& finished) {
    proof_->finished_hash = transcript_.hash();
    proof_->finished.assign(finished.value.begin(), finished.value.end());
    transcript_.add(finished.whole);
}

Event ServerSession::on_proof(const std::vector<proto::Item>& items) {
    auto chain = proto::decode_chain(items[0].value);
    auto signature = proto::decode_signature(items[1].value);
    if (!chain || !signature) return violate(Fault::bad_value);
    keep_signature(items[0], std::move(*signature), items[1], items[2]);
    const auto party = phase() == Phase::auth_device ? Party::device : Party::user;
    if (!advance(On::recv_authenticate)) return violate(Fault::not_legal);
    return event::VerifyPeer{party, std::move(chain->certificates)};
}

Event ServerSession::on_ticket(const std::vector<proto::Item>& items) {
    if (phase() != Phase::auth_user || !policy_->tickets) return violate(Fault::not_offered);
    auto ticket = proto::decode_ticket(items[0].value);
    if (!ticket) return violate(Fault::bad_value);
    transcript_.add(items[0].whole);
    proof_.emplace();
    keep_finished(items[1]);
    if (!advance(On::recv_authenticate)) return violate(Fault::not_legal);
    return event::VerifyTicket{std::move(ticket->bytes)};
}

Event ServerSession::on_enrolment(const std::vector<proto::Item>& items) {
    if (!policy_->enrolment) return violate(Fault::not_offered);
    auto enrolment = proto::decode_enrolment(items[0].value);
    auto signature = proto::decode_signature(items[1].value);
    if (!enrolment || !signature) return violate(Fault::bad_value);
    keep_signature(items[0], std::move(*signature), items[1], items[2]);
    if (!advance(On::recv_enrolment)) return violate(Fault::not_legal);
    return event::EnrolmentAsked{std::move(*enrolment)};
}

bool ServerSession::finished_holds() const {
    return crypto::equal(proof_->finished, schedule_->finished(Role::client, proof_->finished_hash));
}

bool ServerSession::proof_holds(Party party, const Botan::Public_Key& key) const {
    if (!proof_->signature) return party == Party::user && finished_holds();
    const auto scheme = scheme_from(proof_->signature->scheme);
    if (!scheme || !contains(policy_->schemes, *scheme)) return false;
    const auto content = crypto::signed_content(party, proof_->signed_hash);
    return crypto::verify(key, *scheme, party, content, proof_->signature->bytes) && finished_holds();
}

Event ServerSession::refused_or(ErrorCode user_code, Fault fault) {
    const auto code = phase() == Phase::verify_user ? user_code : ErrorCode::auth_failed;
    return fail(code, event::How::login_failed, fault);
}

Event ServerSession::verified(const crypto::PeerVerified& peer, Instant now, const std::string& name) {
    if ((phase() != Phase::verify_device && phase() != Phase::verify_user) || !proof_) return event::None{};
    const auto party = phase() == Phase::verify_device ? Party::device : Party::user;
    if (peer.party() != party || !proof_holds(party, peer.key()))
        return refused_or(ErrorCode::user_refused, Fault::bad_signature);
    proof_.reset();
    const bool user_follows = party == Party::device && policy_->user != proto::UserAsked::none;
    (party == Party::device ? device_ : person_) = name.empty() ? peer.name() : name;
    if (!advance(user_follows ? On::verified_user_required : On::verified_user_none)) return violate(Fault::not_legal);
    if (user_follows) {
        phase_deadline_ = now + timing_.user;
        return event::None{};
    }
    auto secrets = schedule_->start(transcript_.hash());
    install_send(secrets.to_send(role()), 1);
    install_receive(secrets.to_receive(role()), 1);
    login_pending_ = true;
    return event::LoggedIn{{device_, person_, 0, policy_->session_seconds, 0, {}, false}};
}

Event ServerSession::verification_failed(ErrorCode user_code) {
    return refused_or(user_code, user_code == ErrorCode::ticket_refused ? Fault::not_offered : Fault::bad_certificate);
}

void ServerSession::accept(Welcome welcome, Instant now) {
    if (!login_pending_ || !open()) return;
    login_pending_ = false;
    enter_open(now);
    phase_deadline_ = now + std::chrono::seconds(policy_->session_seconds);
    seal_now(InnerType::ok, proto::encode(proto::LoginOk{device_, person_, welcome.time_ms, policy_->session_seconds,
                                                         welcome.ticket_seconds, std::move(welcome.ticket),
                                                         welcome.pause_without_card}));
}

Event ServerSession::enrolment_verified(const Botan::Public_Key& key) {
    if (phase() != Phase::enrolling || !proof_) return event::None{};
    if (!proof_holds(Party::enrolment, key))
        return fail(ErrorCode::auth_failed, event::How::login_failed, Fault::bad_signature);
    proof_.reset();
    enrolment_proven_ = true;
    return event::None{};
}

Event ServerSession::answer_enrolment(const proto::EnrolmentStatus& status) {
    if (phase() != Phase::enrolling || !enrolment_proven_) return event::None{};
    const auto body = proto::encode(status);
    if (send_.sealer->sealed_size(body.size(), 0) > proto::secure_limit_before_ok)
        return fail(ErrorCode::internal, event::How::login_failed, Fault::too_large);
    seal_now(InnerType::enrolment_status, body);
    if (!advance(On::enrolment_answered)) return violate(Fault::not_legal);
    return finish({event::How::clean, 0, {}});
}

Event ServerSession::on_handshake_timeout() { return fail(ErrorCode::timeout, event::How::timeout, {}); }

} // namespace cifra::states
