// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the client asks for, and the answers: PROTOCOL.md section 8.
#include "states/client_session.hpp"

namespace cifra::states {

using proto::InnerType;

namespace {
constexpr std::size_t max_unanswered = 8, max_before_ok = 4, max_streams = 4;
}

std::optional<std::uint32_t> ClientSession::new_request() {
    if (waiting_.size() >= (open() ? max_unanswered : max_before_ok) || !advance(On::send_request)) return std::nullopt;
    waiting_.push_back(++last_request_);
    return last_request_;
}

bool ClientSession::answered(std::uint32_t request) { return std::erase(waiting_, request) == 1; }

std::optional<std::uint32_t> ClientSession::list(std::uint64_t revision, std::uint64_t cursor, std::uint16_t limit,
                                                 std::string query) {
    const auto id = new_request();
    if (id) queue(InnerType::list, proto::encode(proto::List{*id, revision, cursor, limit, std::move(query)}));
    return id;
}

std::optional<std::uint32_t> ClientSession::open_item(proto::Mode mode, const proto::Id16& item,
                                                      const proto::Id16& play) {
    if (streams_.size() >= max_streams) return std::nullopt;
    const auto id = new_request();
    if (!id) return id;
    proto::Open message;
    message.request = *id;
    message.mode = mode;
    message.item = item;
    message.play = play;
    StreamInfo info(Role::client, Direction::download, *id);
    if (!info.machine.advance(On::send_open)) return std::nullopt;
    streams_.emplace(*id, info);
    items_.emplace(*id, item);
    last_stream_ = *id;
    queue(InnerType::open, proto::encode(message));
    return id;
}

std::optional<std::uint32_t> ClientSession::open_upload(const proto::Upload& upload) {
    if (streams_.size() >= max_streams) return std::nullopt;
    const auto id = new_request();
    if (!id) return id;
    proto::Open message;
    message.request = *id;
    message.mode = proto::Mode::upload;
    message.upload = upload;
    StreamInfo info(Role::client, Direction::upload, *id);
    if (!info.machine.advance(On::send_open)) return std::nullopt;
    streams_.emplace(*id, info);
    uploads_.emplace(*id, upload);
    last_stream_ = *id;
    queue(InnerType::open, proto::encode(message));
    return id;
}

std::optional<std::uint32_t> ClientSession::licence(proto::LicenceAction action, const proto::Id16& item,
                                                    std::string voucher) {
    const auto id = new_request();
    if (!id) return id;
    licences_.emplace(*id, item);
    queue(InnerType::licence_request, proto::encode(proto::LicenceRequest{*id, action, item, std::move(voucher)}));
    return id;
}

bool ClientSession::close_stream(std::uint32_t id) {
    auto* info = live(id);
    if (!open() || info == nullptr || !info->machine.advance(On::send_close)) return false;
    queue(InnerType::close, proto::encode(proto::Close{id, info->sent, info->received}));
    return true;
}

Event ClientSession::on_application(On on, ByteView body) {
    switch (on) {
        case On::recv_catalogue:
            return on_catalogue(body);
        case On::recv_opened:
            return on_opened(body);
        case On::recv_licence:
            return on_licence(body);
        case On::recv_error_request:
            return on_request_error(body);
        case On::recv_error_stream:
            return on_stream_error(body);
        case On::recv_close:
            return on_close(body);
        case On::recv_stream_ok:
            return on_stream_ok(body);
        default:
            return violate(Fault::not_legal);
    }
}

Event ClientSession::on_catalogue(ByteView body) {
    auto catalogue = proto::decode_catalogue(body);
    if (!catalogue) return violate(catalogue.error());
    if (live(catalogue->request) != nullptr || licences_.contains(catalogue->request) || !answered(catalogue->request))
        return violate(Fault::not_legal);
    return event::CatalogueArrived{std::move(*catalogue)};
}

Event ClientSession::on_licence(ByteView body) {
    auto licence = proto::decode_licence_reply(body);
    if (!licence) return violate(licence.error());
    const auto asked = licences_.find(licence->request);
    if (asked == licences_.end() || !answered(licence->request)) return violate(Fault::not_legal);
    if (asked->second != licence->item) return violate(Fault::bad_value);
    licences_.erase(asked);
    return event::LicenceArrived{*licence};
}

// An upload comes back as it was announced, unsigned; a download is of the item that was asked for.
bool ClientSession::as_asked(const proto::Opened& opened) {
    const auto& manifest = opened.manifest;
    const auto upload = uploads_.extract(opened.request);
    const auto item = items_.extract(opened.request);
    if (!item.empty()) return manifest.item == item.mapped() && opened.next_chunk == 0;
    if (upload.empty()) return false;
    const auto& wanted = upload.mapped();
    return manifest.size == wanted.size && manifest.chunk_size == wanted.chunk_size &&
           opened.chunk_size == wanted.chunk_size && manifest.sha256 == wanted.sha256 && manifest.name == wanted.name &&
           manifest.kind == proto::Kind::file && !opened.is_signed() && opened.terms.state == proto::TermsState::open;
}

Event ClientSession::on_opened(ByteView body) {
    auto opened = proto::decode_opened(body);
    if (!opened) return violate(opened.error());
    auto* info = live(opened->request);
    if (info == nullptr || !answered(opened->request) || !info->machine.advance(On::recv_opened))
        return violate(Fault::not_legal);
    if (opened->chunk_size > agreement_.chunk_limit || !as_asked(*opened)) return violate(Fault::bad_value);
    info->describe(*opened);
    return event::StreamOpened{std::move(*opened)};
}

Event ClientSession::on_request_error(ByteView body) {
    const auto error = proto::decode_error(body);
    if (!error) return violate(error.error());
    if (!answered(error->id)) return violate(Fault::not_legal);
    if (auto* info = live(error->id)) {
        if (!info->machine.advance(On::recv_error_request)) return violate(Fault::not_legal);
        end_stream(error->id);
        uploads_.erase(error->id);
        items_.erase(error->id);
    }
    licences_.erase(error->id);
    return event::RequestRefused{error->id, error->code};
}

Event ClientSession::on_stream_error(ByteView body) {
    const auto error = proto::decode_error(body);
    if (!error) return violate(error.error());
    auto* info = live(error->id);
    if (info == nullptr || !info->machine.advance(On::recv_error_stream)) return violate(Fault::not_legal);
    end_stream(error->id);
    return event::StreamFailed{error->id, error->code};
}

Event ClientSession::on_close(ByteView body) {
    const auto close = proto::decode_close(body);
    if (!close) return violate(close.error());
    auto* info = live(close->stream);
    if (info == nullptr || !info->machine.advance(On::recv_close)) return violate(Fault::not_legal);
    const event::StreamClosed closed{close->stream, close->sent == info->received && close->received == info->sent,
                                     info->received};
    end_stream(close->stream);
    return closed;
}

Event ClientSession::on_stream_ok(ByteView body) {
    const auto ok = proto::decode_stream_ok(body);
    if (!ok) return violate(ok.error());
    auto* info = live(ok->stream);
    if (info == nullptr || !info->machine.advance(On::recv_stream_ok)) return violate(Fault::not_legal);
    end_stream(ok->stream);
    return event::UploadAccepted{ok->stream};
}

} // namespace cifra::states
