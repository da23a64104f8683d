// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What clients ask for, and the answers: PROTOCOL.md section 8.
#include "states/server_session.hpp"

namespace cifra::states {

using proto::ErrorCode;
using proto::InnerType;

namespace {
constexpr std::size_t max_unanswered = 8, max_streams = 4;
}

// ids increase, and only so many may wait. An answer counts as given when it is sealed, so that a peer that asks
// without reading cannot fill our memory. The event, if there is one, ends the session.
std::optional<Event> ServerSession::refuse_request(std::uint32_t id) {
    if (id <= last_request_) return violate(Fault::bad_value);
    const auto unsent = std::count_if(queue_.begin(), queue_.end(), [](const Queued& q) {
        return q.type == InnerType::catalogue || q.type == InnerType::opened || q.type == InnerType::licence ||
               (q.type == InnerType::error && q.body[0] == static_cast<std::uint8_t>(proto::Scope::request));
    });
    if (unanswered_requests_.size() + static_cast<std::size_t>(unsent) >= max_unanswered)
        return fail(ErrorCode::limit, event::How::violation, Fault::too_large);
    last_request_ = id;
    unanswered_requests_.push_back(id);
    return std::nullopt;
}

Event ServerSession::on_application(On on, ByteView body) {
    switch (on) {
        case On::recv_list:
            return on_list(body);
        case On::recv_open:
            return on_open(body);
        case On::recv_licence_request:
            return on_licence_request(body);
        case On::recv_close:
            return on_close(body);
        case On::recv_error_stream:
            return on_stream_error(body);
        default:
            return violate(Fault::not_legal);
    }
}

Event ServerSession::on_list(ByteView body) {
    auto list = proto::decode_list(body);
    if (!list) return violate(list.error());
    if (auto refused = refuse_request(list->request)) return *refused;
    return event::ListRequest{std::move(*list)};
}

Event ServerSession::on_licence_request(ByteView body) {
    auto request = proto::decode_licence_request(body);
    if (!request) return violate(request.error());
    if (auto refused = refuse_request(request->request)) return *refused;
    return event::LicenceAsked{std::move(*request)};
}

Event ServerSession::on_open(ByteView body) {
    auto open = proto::decode_open(body);
    if (!open) return violate(open.error());
    if (open->mode == proto::Mode::upload && open->upload.chunk_size > agreement_.chunk_limit)
        return violate(Fault::bad_value);
    if (auto refused = refuse_request(open->request)) return *refused;
    const auto direction = open->mode == proto::Mode::upload ? Direction::upload : Direction::download;
    StreamInfo info(Role::server, direction, open->request);
    if (!info.machine.advance(On::recv_open)) return violate(Fault::not_legal);
    last_stream_ = open->request;
    const bool full = streams_.size() >= max_streams;
    streams_.emplace(open->request, info);
    if (full) {
        refuse(open->request, ErrorCode::limit);
        return event::MaySend{};
    }
    return event::OpenRequest{std::move(*open)};
}

Event ServerSession::on_close(ByteView body) {
    const auto close = proto::decode_close(body);
    if (!close) return violate(close.error());
    auto* info = live(close->stream);
    if (info == nullptr) return no_live_stream(On::recv_close, close->stream);
    if (!info->machine.advance(On::recv_close)) return violate(Fault::not_legal);
    const bool agree = close->received == info->sent && close->sent == info->received;
    if (info->machine.direction() == Direction::upload) return event::UploadClosed{close->stream, agree};
    // What was sent and has not arrived yet arrives before our answer, so the client's numbers may lag here; it
    // compares ours.
    if (!info->machine.advance(On::send_close)) return violate(Fault::not_legal);
    queue(InnerType::close, proto::encode(proto::Close{close->stream, info->sent, info->received}));
    const bool plausible = close->received <= info->sent && close->sent == info->received;
    const event::StreamClosed closed{close->stream, plausible, info->sent};
    end_stream(close->stream);
    return closed;
}

Event ServerSession::on_stream_error(ByteView body) {
    const auto error = proto::decode_error(body);
    if (!error) return violate(error.error());
    auto* info = live(error->id);
    if (info == nullptr) return no_live_stream(On::recv_error_stream, error->id);
    if (!info->machine.advance(On::recv_error_stream)) return violate(Fault::not_legal);
    end_stream(error->id);
    return event::StreamFailed{error->id, error->code};
}

bool ServerSession::reply(const proto::Catalogue& catalogue) {
    if (!open() || std::erase(unanswered_requests_, catalogue.request) != 1 || !advance(On::send_reply)) return false;
    queue(InnerType::catalogue, proto::encode(catalogue));
    return true;
}

bool ServerSession::reply(const proto::LicenceReply& licence) {
    // What opens a stream is not answered so.
    if (!open() || live(licence.request) != nullptr) return false;
    if (std::erase(unanswered_requests_, licence.request) != 1 || !advance(On::send_reply)) return false;
    queue(InnerType::licence, proto::encode(licence));
    return true;
}

bool ServerSession::reply_opened(const proto::Opened& opened) {
    auto* info = live(opened.request);
    if (opened.chunk_size > agreement_.chunk_limit) return false;
    if (!open() || info == nullptr || std::erase(unanswered_requests_, opened.request) != 1) return false;
    if (!advance(On::send_reply) || !info->machine.advance(On::send_opened)) return false;
    info->describe(opened);
    queue(InnerType::opened, proto::encode(opened));
    return true;
}

bool ServerSession::refuse(std::uint32_t request, ErrorCode code) {
    if (!open() || std::erase(unanswered_requests_, request) != 1 || !advance(On::send_reply)) return false;
    if (auto* info = live(request)) {
        if (!info->machine.advance(On::send_error_request)) return false;
        end_stream(request);
    }
    queue(InnerType::error, proto::encode(proto::Error{proto::Scope::request, request, code}));
    return true;
}

bool ServerSession::accept_upload(std::uint32_t stream) {
    auto* info = live(stream);
    if (!open() || info == nullptr || !info->machine.advance(On::send_stream_ok)) return false;
    end_stream(stream);
    queue(InnerType::ok, proto::encode(proto::StreamOk{stream}));
    return true;
}

bool ServerSession::fail_stream(std::uint32_t stream, ErrorCode code) {
    auto* info = live(stream);
    if (!open() || info == nullptr || !info->machine.advance(On::send_error_stream)) return false;
    end_stream(stream);
    queue(InnerType::error, proto::encode(proto::Error{proto::Scope::stream, stream, code}));
    return true;
}

} // namespace cifra::states
