// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "rogue.hpp"

#include <catch2/catch.hpp>

namespace cifra::test {

using proto::FrameType;
using proto::InnerType;
using states::Phase;

namespace {

constexpr std::array<std::string_view, say_count> say_names{"NEGOTIATION",
                                                            "NEGOTIATION_RESPONSE",
                                                            "DH_PARAMETERS",
                                                            "DH_PARAMETERS_RESPONSE",
                                                            "REFUSED",
                                                            "MAC",
                                                            "FRAME_0",
                                                            "FRAME_8",
                                                            "AUTHENTICATE",
                                                            "ENROLMENT",
                                                            "ENROLMENT_STATUS",
                                                            "OK_LOGIN",
                                                            "OK_STREAM",
                                                            "ERROR_SESSION",
                                                            "ERROR_REQUEST",
                                                            "ERROR_STREAM",
                                                            "BYE",
                                                            "PING",
                                                            "PONG",
                                                            "ROTATE",
                                                            "ROTATE_RESPONSE",
                                                            "ROTATED",
                                                            "LIST",
                                                            "CATALOGUE",
                                                            "OPEN",
                                                            "OPENED",
                                                            "READ",
                                                            "DATA",
                                                            "CLOSE",
                                                            "LICENCE_REQUEST",
                                                            "LICENCE",
                                                            "INNER_0",
                                                            "INNER_11",
                                                            "INNER_25",
                                                            "INNER_255"};

constexpr std::uint32_t chunk = proto::min_chunk;
const Item item{5 * std::uint64_t{chunk}, chunk};

Bytes dh_payload(Group group) {
    return proto::encode(proto::DhParameters{static_cast<std::uint16_t>(group),
                                             crypto::EphemeralKey::generate(group, rng()).public_key()});
}

Bytes negotiation() {
    proto::Negotiation message;
    message.versions = {1};
    message.suites = {Suite::aes128_gcm_sha256};
    message.groups = {Group::x25519};
    message.schemes = {Scheme::ecdsa_p256_sha256};
    message.chunk_limit = chunk;
    return proto::encode(message);
}

Bytes negotiation_response(const Pair& pair) {
    proto::NegotiationResponse message;
    message.suite = pair.options.suite;
    message.group = pair.options.client_groups.front();
    message.chunk_limit = chunk;
    return proto::encode(message);
}

Bytes clear_frame(const Pair& pair, Say what) {
    switch (what) {
        case Say::negotiation:
            return proto::make_frame(FrameType::negotiation, negotiation());
        case Say::negotiation_response:
            return proto::make_frame(FrameType::negotiation_response, negotiation_response(pair));
        case Say::dh_parameters:
            return proto::make_frame(FrameType::dh_parameters, dh_payload(pair.options.server_groups.front()));
        case Say::dh_parameters_response:
            return proto::make_frame(FrameType::dh_parameters_response, dh_payload(pair.options.server_groups.front()));
        case Say::refused:
            return proto::make_frame(FrameType::refused, proto::encode_refused(proto::RefusedCode::busy));
        case Say::mac:
            return proto::make_frame(FrameType::mac, Bytes(32));
        case Say::frame_8:
            return {8, 0, 0, 1, 0};
        default:
            return {0, 0, 0, 1, 0};
    }
}

InnerType inner_type(Say what) {
    switch (what) {
        case Say::authenticate:
        case Say::enrolment:
            return InnerType::authenticate;
        case Say::enrolment_status:
            return InnerType::enrolment_status;
        case Say::ok_login:
        case Say::ok_stream:
            return InnerType::ok;
        case Say::error_session:
        case Say::error_request:
        case Say::error_stream:
            return InnerType::error;
        case Say::inner_0:
            return InnerType{0};
        case Say::inner_11:
            return InnerType{11};
        case Say::inner_25:
            return InnerType{25};
        case Say::inner_255:
            return InnerType{255};
        default:
            break;
    }
    constexpr std::array others{InnerType::bye,
                                InnerType::ping,
                                InnerType::pong,
                                InnerType::rotate,
                                InnerType::rotate_response,
                                InnerType::rotated,
                                InnerType::list,
                                InnerType::catalogue,
                                InnerType::open,
                                InnerType::opened,
                                InnerType::read,
                                InnerType::data,
                                InnerType::close,
                                InnerType::licence_request,
                                InnerType::licence};
    return others.at(static_cast<std::size_t>(what) - static_cast<std::size_t>(Say::bye));
}

Bytes authenticate_body(Role from) {
    Bytes body;
    const auto add = [&](const Bytes& part) { body.insert(body.end(), part.begin(), part.end()); };
    if (from == Role::server)
        add(proto::encode_item(proto::Request{proto::UserAsked::any, true, true, {Scheme::ecdsa_p256_sha256}, {}}));
    add(proto::encode_item(proto::Chain{Pki::shared().credential(Party::device).chain}));
    add(proto::encode_item(proto::Signature{0x0403, Bytes(70, 1)}));
    add(proto::encode_finished(Bytes(32, 2)));
    return body;
}

Bytes enrolment_body() {
    Bytes body = proto::encode_item(proto::Enrolment{"listener", Bytes{0x30, 1, 0}, {}, {}});
    for (const auto& part :
         {proto::encode_item(proto::Signature{0x0403, Bytes(70, 1)}), proto::encode_finished(Bytes(32, 2))})
        body.insert(body.end(), part.begin(), part.end());
    return body;
}

Bytes body_of(const Scene& scene, Say what) {
    const auto id = scene.id;
    const auto epoch = scene.pair->session(other(scene.target)).sending_epoch();
    const auto key = [] { return crypto::EphemeralKey::generate(Group::x25519, rng()).public_key(); };
    switch (what) {
        case Say::authenticate:
            return authenticate_body(other(scene.target));
        case Say::enrolment:
            return enrolment_body();
        case Say::enrolment_status:
            return proto::encode(
                proto::EnrolmentStatus{proto::EnrolmentStatus::Status::refused, "4f2a", "no", {}, {}, {}});
        case Say::ok_login:
            return proto::encode(proto::LoginOk{"device", "person", 1, 60, 0, {}, false});
        case Say::ok_stream:
            return proto::encode(proto::StreamOk{id});
        case Say::error_session:
            return proto::encode(proto::Error{proto::Scope::session, 0, proto::ErrorCode::internal});
        case Say::error_request:
            return proto::encode(proto::Error{proto::Scope::request, id, proto::ErrorCode::unavailable});
        case Say::error_stream:
            return proto::encode(proto::Error{proto::Scope::stream, id, proto::ErrorCode::changed});
        case Say::ping:
            return proto::encode(proto::Ping{5});
        case Say::pong:
            return proto::encode(proto::Pong{5});
        case Say::rotate:
            return proto::encode(proto::Rotate{epoch + 1, key()});
        case Say::rotate_response:
            return proto::encode(proto::RotateResponse{epoch + 1, key()});
        case Say::list:
            return proto::encode(proto::List{id, 0, 0, 0, ""});
        case Say::catalogue: {
            proto::Catalogue catalogue;
            catalogue.request = id;
            return proto::encode(catalogue);
        }
        case Say::open: {
            proto::Open open;
            open.request = id;
            open.item = item_id(0);
            return proto::encode(open);
        }
        case Say::opened:
            return proto::encode(proto::plain_opened(id, manifest_of(0, item)));
        case Say::read:
            return proto::encode(proto::Read{id, 1, 0, 1});
        case Say::data:
            return data_body(id, 1, 0, chunk);
        case Say::close:
            return proto::encode(proto::Close{id, 0, 0});
        case Say::licence_request:
            return proto::encode(proto::LicenceRequest{id, proto::LicenceAction::show, item_id(0), {}});
        case Say::licence:
            return proto::encode(proto::LicenceReply{id, item_id(0), {}});
        default:
            return {}; // BYE, ROTATED, and types that are none
    }
}

// --- scenes ---

void inject_frames(Pair& pair, Role from, std::size_t first, std::size_t count) {
    pair.produce(from);
    const auto frames = split_frames(std::as_const(pair.side(from).out).view());
    pair.side(from).out.consume(pair.side(from).out.size());
    for (std::size_t i = first; i < std::min(frames.size(), first + count); ++i) pair.inject(other(from), frames[i]);
}

Scene handshake_scene(Role target, Phase phase, Options options) {
    const bool retry = phase == Phase::dh_retry || (phase == Phase::dh && target == Role::server);
    if (retry) {
        options.client_groups = {Group::p256, Group::x25519};
        options.server_groups = {Group::x25519};
    }
    const auto hold = [&](std::vector<Party>& list, Party party, Phase in) {
        if (phase == in) list.push_back(party);
    };
    hold(options.hold_verdict, Party::server, Phase::verify_server);
    hold(options.hold_verdict, Party::device, Phase::verify_device);
    hold(options.hold_verdict, Party::user, Phase::verify_user);
    options.enrol = phase == Phase::enrolling || phase == Phase::wait_status;
    if (options.enrol) options.hold_verdict.push_back(Party::enrolment);
    hold(options.hold_signature, Party::device, Phase::auth_device);
    hold(options.hold_signature, Party::user, Phase::auth_user);
    options.accept = phase != Phase::wait_ok;
    Scene made{std::make_unique<Pair>(options), target, 1};
    auto& pair = *made.pair;
    if (phase == Phase::connect) return made;
    pair.start();
    if (target == Role::client && phase == Phase::negotiation) return made;
    if (target == Role::server && phase == Phase::negotiation) {
        inject_frames(pair, Role::client, 0, 1);
        return made;
    }
    if (retry && target == Role::server) {
        inject_frames(pair, Role::client, 0, 2);
        return made;
    }
    if (phase == Phase::dh || phase == Phase::dh_retry || phase == Phase::auth_server) {
        inject_frames(pair, Role::client, 0, 2);
        inject_frames(pair, Role::server, 0, phase == Phase::auth_server ? 2 : 1);
        if (phase == Phase::auth_server) Peek::send_number(pair.server) = 0; // its AUTHENTICATE was never sent
        return made;
    }
    pair.run();
    return made;
}

void open_stream(Scene& made, bool upload) { made.id = upload ? made.pair->upload(item.size) : made.pair->open(0); }

// What has to be under way so that `next` is expected of the server.
void prepare_for_client(Scene& made, Say next) {
    auto& pair = *made.pair;
    if (next == Say::catalogue || next == Say::error_request || next == Say::rotate) {
        made.id = pair.client.list(0, 0, 0, "").value();
        pair.run();
    } else if (next == Say::opened) {
        made.id = pair.client.open_item(proto::Mode::save, item_id(0), {}).value();
        pair.run();
    } else if (next == Say::licence) {
        made.id = pair.client.licence(proto::LicenceAction::show, item_id(0), {}).value();
        pair.run();
    } else if (next == Say::error_stream || next == Say::data || next == Say::close) {
        open_stream(made, false);
        if (next == Say::data) REQUIRE(pair.client.read(made.id, 0, 5));
        if (next == Say::close) REQUIRE(pair.client.close_stream(made.id));
    } else if (next == Say::read || next == Say::ok_stream) {
        open_stream(made, true);
        if (next == Say::ok_stream) REQUIRE(pair.client.close_stream(made.id));
    } else if (next == Say::rotated) {
        open_stream(made, false);
        REQUIRE(pair.client.read(made.id, 0, 1));
        pair.produce(Role::client);
        pair.carry(Role::client);
        pair.produce(Role::server); // DATA and ROTATE
        pair.carry(Role::server);
        pair.produce(Role::client); // ROTATE_RESPONSE
        pair.carry(Role::client);
        REQUIRE(pair.client.rotation() == states::Rotation::draining);
        pair.produce(Role::server); // ROTATED: the test says it in its own words
        pair.at_server.out.consume(pair.at_server.out.size());
        --Peek::send_number(pair.server);
    }
}

void prepare_for_server(Scene& made, Say next) {
    auto& pair = *made.pair;
    if (next == Say::read || next == Say::close || next == Say::error_stream || next == Say::rotate_response) {
        open_stream(made, false);
        if (next != Say::rotate_response) return;
        REQUIRE(pair.client.read(made.id, 0, 1));
        pair.produce(Role::client);
        pair.carry(Role::client);
        pair.produce(Role::server);
        REQUIRE(pair.server.rotation() == states::Rotation::pending);
    } else if (next == Say::data) {
        open_stream(made, true);
        REQUIRE(pair.server.read(made.id, 0, 5));
    }
}

} // namespace

std::string_view name_of(Say say) { return say_names.at(static_cast<std::size_t>(say)); }
bool is_clear(Say say) { return say <= Say::frame_8; }

Bytes data_body(std::uint32_t stream, std::uint32_t read_id, std::uint64_t index, std::size_t length, ByteView path) {
    Bytes body(proto::data_header_size);
    proto::write_data_header(std::span(body).first<proto::data_header_size>(), {stream, read_id, index},
                             path.size() / proto::path_hash_size);
    body.insert(body.end(), path.begin(), path.end());
    body.resize(body.size() + length);
    fill(index, MutableBytes(body).last(length));
    return body;
}

Bytes sealed(Pair& pair, Role by, InnerType type, ByteView body) {
    auto& side = pair.side(by);
    side.out.consume(side.out.size());
    Peek::seal(pair.session(by), type, body);
    pair.session(by).produce(side.out, 1, side, pair.now);
    const auto record = split_frames(std::as_const(side.out).view()).back();
    side.out.consume(side.out.size());
    return record;
}

void Scene::say(Say what) {
    auto& peer = pair->session(other(target));
    if (is_clear(what)) return pair->inject(target, clear_frame(*pair, what));
    if (!Peek::can_seal(peer)) // no keys yet: a record of nobody's
        return pair->inject(target, proto::make_frame(FrameType::secure_x, Bytes(100, 9)));
    pair->inject(target, sealed(*pair, other(target), inner_type(what), body_of(*this, what)));
}

void Scene::say(Say what, const std::function<void(Bytes&)>& change) {
    auto body = body_of(*this, what);
    change(body);
    pair->inject(target, sealed(*pair, other(target), inner_type(what), body));
}

std::vector<Phase> phases_of(Role role) {
    if (role == Role::client)
        return {Phase::connect,       Phase::negotiation, Phase::dh,          Phase::dh_retry,  Phase::auth_server,
                Phase::verify_server, Phase::auth_device, Phase::wait_status, Phase::auth_user, Phase::wait_ok,
                Phase::open,          Phase::bye_sent,    Phase::closing,     Phase::closed};
    return {Phase::connect,       Phase::negotiation, Phase::dh,        Phase::auth_device,
            Phase::verify_device, Phase::enrolling,   Phase::auth_user, Phase::verify_user,
            Phase::open,          Phase::bye_sent,    Phase::closing,   Phase::closed};
}

Scene scene(Role target, Phase phase, Say next, Suite suite) {
    Options options;
    options.suite = suite;
    options.items = {item};
    if (phase < Phase::open) return handshake_scene(target, phase, options);
    options.rotation.chunks = 2;
    options.answer =
        next != Say::opened && next != Say::catalogue && next != Say::licence && next != Say::error_request;
    options.window = 0;
    Scene made{std::make_unique<Pair>(options), target, 1};
    auto& pair = *made.pair;
    pair.log_in();
    if (target == Role::client)
        prepare_for_client(made, next);
    else
        prepare_for_server(made, next);
    if (phase == Phase::bye_sent) {
        if (target == Role::client)
            pair.client.bye(pair.now);
        else
            pair.server.bye(pair.now);
    } else if (phase != Phase::open) {
        pair.take(target, made.session().fail(proto::ErrorCode::internal, event::How::violation, {}));
        if (phase == Phase::closed) pair.flush();
    }
    return made;
}

} // namespace cifra::test
