// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "pair.hpp"

#include <catch2/catch.hpp>

namespace cifra::test {

using proto::ErrorCode;

namespace {

const std::vector<Scheme> schemes{Scheme::ecdsa_p256_sha256, Scheme::ed25519, Scheme::rsa_pss_sha256};

bool worth_keeping(const Event& event) {
    return !std::holds_alternative<event::None>(event) && !std::holds_alternative<event::MaySend>(event) &&
           !std::holds_alternative<event::ChunkArrived>(event);
}

Role role_of(const Side& side) { return side.session.role(); }

} // namespace

void fill(std::uint64_t index, MutableBytes out) {
    static const Bytes pattern = [] {
        Bytes bytes(2 * 65'536 + proto::max_chunk);
        std::uint32_t state = 1;
        for (auto& byte : bytes) {
            state = state * 1'664'525U + 1'013'904'223U;
            byte = static_cast<std::uint8_t>(state >> 24);
        }
        return bytes;
    }();
    std::copy_n(pattern.begin() + static_cast<std::ptrdiff_t>(index * 97 % 65'536), out.size(), out.begin());
}

crypto::HashTree tree_of(const Item& form) {
    std::vector<crypto::TreeHash> leaves;
    for (std::uint64_t i = 0; i < proto::chunk_count(form.size, form.chunk_size); ++i) {
        Bytes chunk(proto::chunk_length(form.size, form.chunk_size, i));
        fill(i, chunk);
        for (std::size_t at = 0; at < chunk.size(); at += crypto::leaf_size) {
            const auto rest = ByteView(chunk).subspan(at);
            leaves.push_back(crypto::hash_leaf(rest.first(std::min<std::size_t>(rest.size(), crypto::leaf_size))));
        }
    }
    return crypto::HashTree(std::move(leaves));
}

proto::Opened opened_of(std::uint32_t request, std::uint8_t item, const Item& form) {
    auto opened = proto::plain_opened(request, manifest_of(item, form));
    if (!form.is_signed) return opened;
    opened.manifest.root = tree_of(form).root();
    opened.signature = {{Bytes{0x30}}, 0x0403, Bytes(70, 1)};
    return opened;
}

bool Side::read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes to) {
    if (source_fails && source_fails(stream, index)) return false;
    if (const auto tree = trees.find(stream); tree != trees.end()) {
        const auto* info = session.stream(stream);
        tree->second.path(info->size, info->chunk_size, index, path);
    }
    fill(index, to);
    return true;
}

std::vector<Bytes> split_frames(ByteView bytes) {
    std::vector<Bytes> frames;
    while (bytes.size() >= proto::frame_header_size) {
        const std::size_t length =
            proto::frame_header_size + (std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | bytes[3]);
        const auto frame = bytes.first(std::min(length, bytes.size()));
        if (frame[0] == static_cast<std::uint8_t>(proto::FrameType::mac) && !frames.empty())
            frames.back().insert(frames.back().end(), frame.begin(), frame.end());
        else
            frames.emplace_back(frame.begin(), frame.end());
        bytes = bytes.subspan(frame.size());
    }
    return frames;
}

Bytes join(const std::vector<Bytes>& parts) {
    Bytes whole;
    for (const auto& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

proto::Id16 item_id(std::uint8_t item) {
    proto::Id16 id{};
    id[0] = 1;
    id[15] = item;
    return id;
}

proto::Manifest manifest_of(std::uint8_t item, const Item& form) {
    proto::Manifest manifest;
    manifest.item = item_id(item);
    manifest.size = form.size;
    manifest.chunk_size = form.chunk_size;
    manifest.name = "item";
    return manifest;
}

proto::Upload upload_of(std::uint64_t size, std::uint32_t chunk_size) {
    proto::Upload upload;
    upload.name = "upload";
    upload.size = size;
    upload.chunk_size = chunk_size;
    upload.sha256.fill(7);
    return upload;
}

const crypto::Credential& Options::credential(Party party) const {
    if (party == Party::enrolment) return credential(Party::device);
    const auto& other = party == Party::server   ? server_credential
                        : party == Party::device ? device_credential
                                                 : user_credential;
    return other ? *other : Pki::shared().credential(party);
}

std::shared_ptr<const states::ServerPolicy> policy_of(const Options& options) {
    states::ServerPolicy policy;
    policy.suites = {options.suite};
    policy.groups = options.server_groups;
    policy.schemes = schemes;
    policy.chunk_limit = options.chunk_limit;
    policy.padding = options.server_padding;
    policy.rotation = options.rotation;
    policy.user = options.user ? proto::UserAsked::any : proto::UserAsked::none;
    policy.enrolment = options.takes_enrolment;
    policy.tickets = options.takes_tickets;
    policy.credential = options.credential(Party::server);
    policy.session_seconds = options.session_seconds;
    return std::make_shared<const states::ServerPolicy>(std::move(policy));
}

states::ClientOffer offer_of(const Options& options) {
    states::ClientOffer offer;
    offer.suites = {options.suite};
    offer.groups = options.client_groups;
    offer.schemes = schemes;
    offer.server_name = Pki::host;
    offer.chunk_limit = options.chunk_limit;
    offer.padding = options.client_padding;
    offer.device_chain = options.credential(Party::device).chain;
    offer.ticket = options.ticket;
    if (options.enrol) offer.enrolment = proto::Enrolment{"listener", Bytes{0x30, 0}, {}, {}};
    return offer;
}

const std::vector<Suite>& all_suites() {
    static const std::vector<Suite> suites = [] {
        std::vector<Suite> all;
        all.reserve(suite_count);
        for (std::size_t i = 0; i < suite_count; ++i) all.push_back(static_cast<Suite>(i));
        return all;
    }();
    return suites;
}

Pair::Pair(Options of)
    : options(std::move(of)), client(offer_of(options), rng(), now), server(policy_of(options), rng(), now) {}

void Pair::start() { client.start(); }

void Pair::run() {
    for (int round = 0; round < 100'000; ++round) {
        const auto before = at_client.moved + at_server.moved;
        for (const auto role : {Role::client, Role::server}) {
            produce(role);
            carry(role);
        }
        for (const auto role : {Role::client, Role::server}) receive(role); // what waited for a verdict
        if (before == at_client.moved + at_server.moved && at_client.out.empty() && at_server.out.empty() &&
            !client.has_output() && !server.has_output())
            return;
    }
    FAIL("the sessions never come to rest");
}

void Pair::log_in() {
    start();
    run();
    REQUIRE(client.open());
    REQUIRE(server.open());
}

void Pair::produce(Role who) { session(who).produce(side(who).out, options.budget, side(who), now); }

void Pair::carry(Role from) {
    auto& mine = side(from);
    if (mine.out.empty()) return;
    const ByteView sealed = std::as_const(mine.out).view();
    if (!filter) {
        inject(other(from), sealed);
    } else {
        Bytes arriving;
        for (auto& frame : split_frames(sealed))
            for (const auto& part : filter(from, mine.frames_sent++, std::move(frame)))
                arriving.insert(arriving.end(), part.begin(), part.end());
        inject(other(from), arriving);
    }
    mine.out.consume(mine.out.size());
}

void Pair::inject(Role at, ByteView bytes) {
    auto& there = side(at);
    if (options.feed == 0) {
        there.in.insert(there.in.end(), bytes.begin(), bytes.end());
        return receive(at);
    }
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), options.feed));
        there.in.insert(there.in.end(), part.begin(), part.end());
        receive(at);
        bytes = bytes.subspan(part.size());
    }
}

void Pair::receive(Role who) {
    auto& here = side(who);
    std::size_t done = 0;
    while (done < here.in.size()) {
        auto step = here.session.receive(MutableBytes(here.in).subspan(done), now);
        if (step.consumed == 0) break;
        done += step.consumed;
        take(who, std::move(step.event));
    }
    here.moved += done;
    here.in.erase(here.in.begin(), here.in.begin() + static_cast<std::ptrdiff_t>(done));
}

void Pair::take(Role who, Event event) {
    auto& here = side(who);
    if (const auto* chunk = std::get_if<event::ChunkArrived>(&event)) {
        Bytes expected(chunk->bytes.size());
        fill(chunk->index, expected);
        here.content_right = here.content_right && std::equal(expected.begin(), expected.end(), chunk->bytes.begin());
        here.chunks[chunk->stream].push_back(chunk->index);
        ++here.delivered;
        return;
    }
    if (!worth_keeping(event)) return;
    here.events.push_back(event);
    const auto asked = [&](Party party, const std::vector<Party>& held) {
        here.question = event;
        if (std::find(held.begin(), held.end(), party) == held.end()) answer(who);
    };
    if (const auto* verify = std::get_if<event::VerifyPeer>(&event)) {
        asked(verify->party, options.hold_verdict);
    } else if (std::holds_alternative<event::VerifyTicket>(event)) {
        asked(Party::user, options.hold_verdict);
    } else if (std::holds_alternative<event::EnrolmentAsked>(event)) {
        asked(Party::enrolment, options.hold_verdict);
    } else if (std::holds_alternative<event::ChooseUser>(event)) {
        here.question = event;
        if (!options.hold_choice) answer(who);
    } else if (const auto* sign = std::get_if<event::Sign>(&event)) {
        asked(sign->party, options.hold_signature);
    } else if (role_of(here) == Role::server) {
        take_server(event);
    }
}

void Pair::answer(Role who) {
    auto& here = side(who);
    REQUIRE(here.question);
    const Event question = *std::exchange(here.question, std::nullopt);
    if (const auto* ask = std::get_if<event::VerifyPeer>(&question))
        verify(who, *ask);
    else if (const auto* ticket = std::get_if<event::VerifyTicket>(&question))
        look_at_ticket(*ticket);
    else if (const auto* asked = std::get_if<event::EnrolmentAsked>(&question))
        enrol(*asked);
    else if (std::holds_alternative<event::ChooseUser>(question))
        take(who, client.identify(options.credential(Party::user).chain));
    else
        sign(std::get<event::Sign>(question));
}

void Pair::verify(Role who, const event::VerifyPeer& ask) {
    const auto peer = Pki::shared().validate(ask.party, ask.chain);
    if (who == Role::client)
        take(who, peer ? client.verified(*peer, now) : client.verification_failed());
    else
        take(who, peer ? server.verified(*peer, now) : server.verification_failed());
}

// The ticket of these tests is one byte, and good if it is 1.
void Pair::look_at_ticket(const event::VerifyTicket& ask) {
    const auto peer = Pki::shared().validate(Party::user, options.credential(Party::user).chain);
    REQUIRE(peer.has_value());
    const bool good = ask.ticket == Bytes{1};
    take(Role::server,
         good ? server.verified(*peer, now, "by ticket") : server.verification_failed(ErrorCode::ticket_refused));
}

void Pair::enrol(const event::EnrolmentAsked& ask) {
    if (ask.enrolment.device_request != Bytes{0x30, 0}) return take(Role::server, server.verification_failed());
    const auto peer = Pki::shared().validate(Party::device, options.credential(Party::device).chain);
    REQUIRE(peer.has_value());
    take(Role::server, server.enrolment_verified(peer->key()));
    take(Role::server, server.answer_enrolment({proto::EnrolmentStatus::Status::pending, "4f2a", "", {}, {}, {}}));
}

void Pair::sign(const event::Sign& ask) {
    const auto& signer = options.credential(ask.party).signer;
    const auto scheme = crypto::choose_scheme(signer->schemes(), ask.accepted, ask.party);
    REQUIRE(scheme.has_value());
    const auto signature = signer->sign(*scheme, ask.content, rng());
    REQUIRE(signature.has_value());
    take(Role::client, client.signed_by(ask.party, *scheme, *signature));
}

void Pair::take_server(Event& event) {
    if (std::holds_alternative<event::LoggedIn>(event) && options.accept)
        return server.accept({1'700'000'000'000, 0, {}, false}, now);
    if (!options.answer) return;
    if (const auto* list = std::get_if<event::ListRequest>(&event)) {
        proto::Catalogue catalogue;
        catalogue.request = list->list.request;
        catalogue.revision = 1;
        server.reply(catalogue);
    } else if (const auto* licence = std::get_if<event::LicenceAsked>(&event)) {
        server.reply(proto::LicenceReply{licence->request.request, licence->request.item, {}});
    } else if (const auto* open = std::get_if<event::OpenRequest>(&event)) {
        const auto id = open->open.request;
        if (open->open.mode == proto::Mode::upload) {
            const auto& wanted = open->open.upload;
            auto manifest = manifest_of(0, {wanted.size, wanted.chunk_size});
            manifest.name = wanted.name;
            manifest.sha256 = wanted.sha256;
            server.reply_opened(proto::plain_opened(id, manifest));
            const auto chunks = proto::chunk_count(wanted.size, wanted.chunk_size);
            if (const auto count = std::min<std::uint64_t>(chunks, options.window); count != 0)
                server.read(id, 0, static_cast<std::uint32_t>(count));
        } else if (const auto item = open->open.item[15]; item < options.items.size()) {
            const auto& form = options.items[item];
            if (form.is_signed) at_server.trees.emplace(id, tree_of(form));
            server.reply_opened(opened_of(id, item, form));
        } else {
            server.refuse(id, ErrorCode::unavailable);
        }
    } else if (const auto* closed = std::get_if<event::UploadClosed>(&event)) {
        const auto* stream = server.stream(closed->stream);
        const bool whole = stream != nullptr && at_server.chunks[closed->stream].size() == stream->chunks;
        if (whole && closed->counts_agree)
            server.accept_upload(closed->stream);
        else
            server.fail_stream(closed->stream, ErrorCode::hash_mismatch);
    }
}

void Pair::pass(states::Duration time, bool moving) {
    const auto until = now + time;
    for (int steps = 0; steps < 10'000; ++steps) {
        const auto due = std::min(client.deadline(), server.deadline());
        if (due > until) {
            now = until;
            return;
        }
        now = std::max(now, due);
        for (const auto role : {Role::client, Role::server})
            if (session(role).deadline() <= now) take(role, session(role).timeout(now));
        if (moving) run();
    }
    FAIL("a deadline that never recedes");
}

void Pair::hang_up(Role who) { take(who, session(who).tcp_ended()); }

void Pair::flush() {
    client.flushed();
    server.flushed();
}

std::uint32_t Pair::open(std::uint8_t item, proto::Mode mode) {
    const auto id = client.open_item(mode, item_id(item), item_id(99));
    REQUIRE(id);
    run();
    return *id;
}

std::uint32_t Pair::upload(std::uint64_t size, std::uint32_t chunk_size) {
    const auto id = client.open_upload(upload_of(size, chunk_size));
    REQUIRE(id);
    run();
    return *id;
}

std::uint32_t Pair::download(std::uint8_t item) {
    const auto id = open(item);
    const auto* stream = client.stream(id);
    REQUIRE(stream != nullptr);
    if (stream->chunks != 0) REQUIRE(client.read(id, 0, static_cast<std::uint32_t>(stream->chunks)));
    run();
    REQUIRE(client.close_stream(id));
    run();
    return id;
}

} // namespace cifra::test
