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
    add(proto::encode_item(proto::Request{policy_->user_required, policy_->schemes, policy_->issuers}));
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

Event ServerSession::on_authenticate(ByteView body) {
    const auto items = proto::split_items(body);
    if (!items) return violate(items.error());
    constexpr std::array order{ItemType::chain, ItemType::signature, ItemType::finished};
    if (!std::equal(items->begin(), items->end(), order.begin(), order.end(),
                    [](const auto& i, ItemType t) { return i.type == t; }))
        return violate(Fault::bad_value);
    auto chain = proto::decode_chain((*items)[0].value);
    auto signature = proto::decode_signature((*items)[1].value);
    if (!chain || !signature) return violate(Fault::bad_value);
    PeerProof proof;
    transcript_.add((*items)[0].whole);
    proof.signed_hash = transcript_.hash();
    transcript_.add((*items)[1].whole);
    proof.finished_hash = transcript_.hash();
    transcript_.add((*items)[2].whole);
    proof.signature = std::move(*signature);
    proof.finished.assign((*items)[2].value.begin(), (*items)[2].value.end());
    proof_ = std::move(proof);
    const auto party = phase() == Phase::auth_device ? Party::device : Party::user;
    if (!advance(On::recv_authenticate)) return violate(Fault::not_legal);
    return event::VerifyPeer{party, std::move(chain->certificates)};
}

bool ServerSession::peer_proof_holds(const crypto::PeerVerified& peer) const {
    const auto party = phase() == Phase::verify_device ? Party::device : Party::user;
    const auto scheme = scheme_from(proof_->signature.scheme);
    if (peer.party() != party || !scheme || !contains(policy_->schemes, *scheme)) return false;
    const auto content = crypto::signed_content(party, proof_->signed_hash);
    if (!crypto::verify(peer.key(), *scheme, party, content, proof_->signature.bytes)) return false;
    return crypto::equal(proof_->finished, schedule_->finished(Role::client, proof_->finished_hash));
}

Event ServerSession::user_refused_or(Fault fault) {
    const auto code = phase() == Phase::verify_user ? ErrorCode::user_refused : ErrorCode::auth_failed;
    return fail(code, event::How::login_failed, fault);
}

Event ServerSession::verified(const crypto::PeerVerified& peer, Instant now) {
    if ((phase() != Phase::verify_device && phase() != Phase::verify_user) || !proof_) return event::None{};
    if (!peer_proof_holds(peer)) return user_refused_or(Fault::bad_signature);
    proof_.reset();
    const bool user_follows = phase() == Phase::verify_device && policy_->user_required;
    (phase() == Phase::verify_device ? device_ : person_) = peer.name();
    if (!advance(user_follows ? On::verified_user_required : On::verified_user_none)) return violate(Fault::not_legal);
    if (user_follows) {
        phase_deadline_ = now + timing_.user;
        return event::None{};
    }
    auto secrets = schedule_->start(transcript_.hash());
    install_send(secrets.to_send(role()), 1);
    install_receive(secrets.to_receive(role()), 1);
    login_pending_ = true;
    return event::LoggedIn{{device_, person_, 0, policy_->session_seconds}};
}

Event ServerSession::verification_failed() { return user_refused_or(Fault::bad_certificate); }

void ServerSession::accept(std::uint64_t time_ms, Instant now) {
    if (!login_pending_ || !open()) return;
    login_pending_ = false;
    enter_open(now);
    phase_deadline_ = now + std::chrono::seconds(policy_->session_seconds);
    seal_now(InnerType::ok, proto::encode(proto::LoginOk{device_, person_, time_ms, policy_->session_seconds}));
}

Event ServerSession::on_handshake_timeout() { return fail(ErrorCode::timeout, event::How::timeout, {}); }

} // namespace cifra::states
