// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/visitor.hpp"

namespace cifra::server {

using proto::ErrorCode;
namespace event = states::event;

namespace {

states::Instant now() { return std::chrono::steady_clock::now(); }

// One a thread: seeding costs, and a connection belongs to one thread.
Botan::RandomNumberGenerator& thread_rng() {
    thread_local Botan::AutoSeeded_RNG rng;
    return rng;
}

std::string_view name_of(event::How how) {
    switch (how) {
        case event::How::clean:
            return "clean";
        case event::How::truncated:
            return "truncated";
        case event::How::refused:
            return "refused";
        case event::How::peer_error:
            return "client_error";
        case event::How::violation:
            return "violation";
        case event::How::bad_record:
            return "bad_record";
        case event::How::timeout:
            return "timeout";
        case event::How::login_failed:
            return "login_failed";
    }
    return "unknown";
}

std::string address_of(const net::tcp::socket& socket) {
    net::ErrorCode error;
    const auto end = socket.remote_endpoint(error);
    return error ? "gone" : end.address().to_string() + ":" + std::to_string(end.port());
}

} // namespace

Visitor::Visitor(net::tcp::socket& socket, Service& service, std::uint64_t number, HalfOpen::Place place)
    : service_(service),
      settings_(service.settings()),
      number_(number),
      address_(address_of(socket)),
      place_(std::move(place)),
      executor_(socket.get_executor()),
      rng_(thread_rng()),
      session_(settings_->policy, rng_, now(), settings_->timing) {
    service_.sessions.fetch_add(1);
}

Visitor::~Visitor() {
    for (const auto& [id, incoming] : incoming_) leave(incoming);
    service_.sessions.fetch_sub(1);
}

void Visitor::start(net::tcp::socket socket) {
    log(Level::debug, "connected", {{"connection", number_}, {"address", address_}});
    const auto connection = std::make_shared<net::Connection>(std::move(socket), session_, *this, shared_from_this());
    connection_ = connection;
    connection->start();
}

void Visitor::wake() {
    if (const auto connection = connection_.lock()) connection->wake();
}

void Visitor::on_event(states::Event& happened) {
    if (auto* chunk = std::get_if<event::ChunkArrived>(&happened)) {
        take_chunk(chunk->stream, chunk->index, chunk->bytes);
    } else if (auto* request = std::get_if<event::VerifyPeer>(&happened)) {
        verify(*request);
    } else if (auto* ticket = std::get_if<event::VerifyTicket>(&happened)) {
        verify_ticket(*ticket);
    } else if (auto* asked = std::get_if<event::EnrolmentAsked>(&happened)) {
        enrol(asked->enrolment);
    } else if (std::holds_alternative<event::LoggedIn>(happened)) {
        welcome();
    } else if (auto* list = std::get_if<event::ListRequest>(&happened)) {
        answer_list(list->list);
    } else if (auto* open = std::get_if<event::OpenRequest>(&happened)) {
        answer_open(open->open);
    } else if (auto* licence = std::get_if<event::LicenceAsked>(&happened)) {
        answer_licence(licence->request);
    } else if (auto* closed = std::get_if<event::StreamClosed>(&happened)) {
        log(Level::info, "delivered",
            {{"connection", number_}, {"item", outgoing_[closed->stream].name}, {"chunks", closed->chunks}});
        end_stream(closed->stream);
    } else if (auto* whole = std::get_if<event::UploadClosed>(&happened)) {
        finish_upload(whole->stream, whole->counts_agree);
    } else if (auto* failed = std::get_if<event::StreamFailed>(&happened)) {
        end_stream(failed->stream);
    } else if (auto* rotated = std::get_if<event::Rotated>(&happened)) {
        log(Level::debug, "rotated", {{"connection", number_}, {"epoch", rotated->epoch}});
    }
}

void Visitor::after_step() {
    const auto& counters = session_.counters();
    if (counters.stalls != stalls_)
        service_.stalls.fetch_add(counters.stalls - std::exchange(stalls_, counters.stalls));
    if (counters.rotations != rotations_)
        service_.rotations.fetch_add(counters.rotations - std::exchange(rotations_, counters.rotations));
    if (draining_) drain_here(false);
    if (session_.phase() == phase_) return;
    phase_ = session_.phase();
    log(Level::debug, "state", {{"connection", number_}, {"phase", states::name_of(phase_)}});
}

void Visitor::on_exception(const std::exception& error) {
    log(Level::error, "internal", {{"connection", number_}, {"address", address_}, {"error", error.what()}});
}

void Visitor::on_end(const event::Ended& end) {
    const bool login = session_.device().empty() || end.how == event::How::login_failed;
    const auto& counters = session_.counters();
    const auto code = code_name(end);
    const bool enrolled = login && end.how == event::How::clean; // which has a line of its own
    const auto level = enrolled ? Level::debug : end.how == event::How::clean ? Level::info : Level::warning;
    log(level, login && !enrolled ? "refused" : "ended",
        {{"connection", number_},
         {"address", address_},
         {"how", withdrawn_ ? "withdrawn" : name_of(end.how)},
         {"code", code.empty() ? FieldValue() : FieldValue(code)},
         {"fault", end.fault == Fault::none ? FieldValue() : FieldValue(describe(end.fault))},
         {"device", session_.device()},
         {"person", session_.person()},
         {"chunks_sent", counters.data_sent},
         {"chunks_received", counters.data_received},
         {"rotations", counters.rotations},
         {"stalls", counters.stalls}});
    outgoing_.clear();
    for (const auto& [id, incoming] : incoming_) leave(incoming);
    incoming_.clear();
}

void Visitor::answer_list(const proto::List& list) {
    const auto snapshot = service_.catalogue.snapshot();
    if (list.revision != 0 && list.revision != snapshot->revision()) {
        session_.refuse(list.request, ErrorCode::stale_cursor);
    } else {
        auto page = snapshot->page(list.query, list.cursor, list.limit, session_.agreement().chunk_limit);
        page.request = list.request;
        session_.reply(page);
    }
    wake();
}

void Visitor::answer_open(const proto::Open& open) {
    if (draining_) {
        session_.refuse(open.request, ErrorCode::busy);
        wake();
    } else if (open.mode == proto::Mode::upload) {
        open_upload(open);
    } else {
        open_download(open);
        wake();
    }
}

// Nothing here is licensed: what there is may be had as it is, and nothing of that can be renewed or given back.
void Visitor::answer_licence(const proto::LicenceRequest& request) {
    if (!service_.catalogue.snapshot()->find(request.item))
        session_.refuse(request.request, ErrorCode::unavailable);
    else if (request.action != proto::LicenceAction::show)
        session_.refuse(request.request, ErrorCode::not_renewable);
    else
        session_.reply(proto::LicenceReply{request.request, request.item, {}});
    wake();
}

void Visitor::open_download(const proto::Open& open) {
    const auto snapshot = service_.catalogue.snapshot();
    const auto item = snapshot->find(open.item);
    if (!item) {
        session_.refuse(open.request, ErrorCode::unavailable);
        return;
    }
    const auto file = service_.media.open(*item);
    if (!file) {
        log(Level::warning, "unreadable",
            {{"connection", number_}, {"item", item->manifest.name}, {"code", proto::text_of(file.error()).name}});
        if (file.error() == ErrorCode::changed) service_.rescan_soon();
        // CHANGED is a matter of streams: before one begins, the client may simply ask again.
        session_.refuse(open.request, file.error() == ErrorCode::changed ? ErrorCode::busy : file.error());
        return;
    }
    const auto manifest = manifest_for(*item, session_.agreement().chunk_limit);
    if (!session_.reply_opened(proto::plain_opened(open.request, manifest))) return;
    log(Level::info, open.mode == proto::Mode::play ? "play" : "save",
        {{"connection", number_},
         {"device", session_.device()},
         {"person", session_.person()},
         {"item", manifest.name}});
    outgoing_[open.request] = {*file, manifest.chunk_size, manifest.name};
}

bool Visitor::read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes, MutableBytes out) {
    const auto found = outgoing_.find(stream);
    if (found == outgoing_.end()) return false;
    const auto status = found->second.file->read_chunk(index, found->second.chunk_size, out);
    if (status == ReadStatus::ok) return true;
    const auto code = status == ReadStatus::changed ? ErrorCode::changed : ErrorCode::read_failed;
    log(Level::error, "unreadable",
        {{"connection", number_}, {"item", found->second.name}, {"code", proto::text_of(code).name}});
    if (status == ReadStatus::changed) service_.rescan_soon();
    session_.fail_stream(stream, code);
    outgoing_.erase(found);
    return false;
}

void Visitor::end_stream(std::uint32_t stream) {
    outgoing_.erase(stream);
    if (const auto found = incoming_.find(stream); found != incoming_.end()) {
        leave(found->second);
        incoming_.erase(found);
    }
}

void Visitor::drain(bool now) {
    net::asio::post(executor_, [self = shared_from_this(), now] { self->drain_here(now); });
}

void Visitor::drain_here(bool at_once) {
    draining_ = true;
    // The CLOSE or OK of the last stream may still wait to be sealed.
    const bool busy = !outgoing_.empty() || !incoming_.empty() || (session_.open() && session_.has_output());
    if (session_.ended() || (!at_once && busy)) return;
    const auto connection = connection_.lock();
    if (connection) connection->deliver(session_.fail(ErrorCode::shutting_down, event::How::timeout, {}));
}

} // namespace cifra::server
