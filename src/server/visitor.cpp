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
      session_(settings_->policy, rng_, now(), settings_->timing),
      heartbeat_(executor_) {
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
        end_download(closed->stream, true);
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
    for (const auto& [id, outgoing] : outgoing_) drop_play(outgoing, false);
    outgoing_.clear();
    heartbeat_.cancel();
    for (const auto& [id, incoming] : incoming_) leave(incoming);
    incoming_.clear();
}

void Visitor::answer_list(const proto::List& list) {
    const auto snapshot = service_.catalogue.snapshot();
    if (list.revision != 0 && list.revision != snapshot->revision()) {
        session_.refuse(list.request, ErrorCode::stale_cursor);
        return wake();
    }
    auto page = snapshot->page(list.query, list.cursor, list.limit, session_.agreement().chunk_limit);
    page.request = list.request;
    tell_page(std::move(page));
}

void Visitor::answer_open(const proto::Open& open) {
    if (draining_) {
        session_.refuse(open.request, ErrorCode::busy);
        wake();
    } else if (open.mode == proto::Mode::upload) {
        open_upload(open);
    } else {
        open_download(open);
    }
}

void Visitor::end_stream(std::uint32_t stream) {
    end_download(stream, false);
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
