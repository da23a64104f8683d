// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Windows and DATA: PROTOCOL.md section 8.2.
#include "states/stream.hpp"

#include "states/session.hpp"

namespace cifra::states {

using proto::InnerType;

namespace {

// To the length of the stream's longest DATA, so that none tells its place (section 5.4): no path is longer than that
// of chunk 0.
std::size_t data_padding(const StreamInfo& info, std::size_t content) {
    constexpr std::size_t most = 1U << 20U;
    return std::min(info.chunk_size + info.path_size(0) - content, most);
}

} // namespace

bool StreamInfo::accept(const proto::Read& read) {
    const bool extends = read.read_id == read_id;
    if (read.read_id < read_id || read.read_id == 0) return false;
    if (read.first > chunks || read.count > chunks - read.first) return false;
    if (extends && (read.first != first || read.first + read.count < end)) return false;
    if (!extends) next = read.first;
    read_id = read.read_id;
    first = read.first;
    end = read.first + read.count;
    return true;
}

StreamInfo::Verdict StreamInfo::accept(const proto::Data& data) {
    ++received;
    if (data.header.read_id < read_id) return Verdict::discard;
    const bool expected = data.header.read_id == read_id && read_id != 0 && next < end && data.header.index == next &&
                          data.chunk.size() == proto::chunk_length(size, chunk_size, next) &&
                          data.path.size() == path_size(next);
    if (!expected) return Verdict::refuse;
    ++next;
    return Verdict::take;
}

const StreamInfo* Session::stream(std::uint32_t id) const {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

StreamInfo* Session::live(std::uint32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

Event Session::no_live_stream(On on, std::uint32_t id) {
    const auto state = id != 0 && id <= last_stream_ ? Stream::ended : Stream::none;
    const bool row = next(role(), Direction::download, state, on) || next(role(), Direction::upload, state, on);
    return row ? Event{event::None{}} : violate(Fault::not_legal);
}

Event Session::on_read(ByteView body) {
    const auto read = proto::decode_read(body);
    if (!read) return violate(read.error());
    auto* info = live(read->stream);
    if (info == nullptr) return no_live_stream(On::recv_read, read->stream);
    if (!info->machine.advance(On::recv_read)) return violate(Fault::not_legal);
    if (info->machine.state() != Stream::data) return event::None{};
    if (!info->accept(*read)) return violate(Fault::bad_value);
    return event::MaySend{};
}

Event Session::on_data(ByteView body) {
    const auto data = proto::decode_data(body);
    if (!data) return violate(data.error());
    ++receive_.chunks;
    receive_.bytes += data->chunk.size();
    if (receive_.chunks > chunk_cap() || (receive_.chunks > 1 && receive_.bytes > byte_cap()))
        return violate(Fault::not_legal);
    auto* info = live(data->header.stream);
    if (info == nullptr) return no_live_stream(On::recv_data, data->header.stream);
    if (!info->machine.advance(On::recv_data)) return violate(Fault::not_legal);
    const auto verdict = info->accept(*data);
    if (verdict == StreamInfo::Verdict::refuse) return violate(Fault::bad_value);
    if (verdict != StreamInfo::Verdict::take || info->machine.state() != Stream::data) return event::None{};
    if (!info->proven(*data)) return violate(Fault::not_proven);
    ++counters_.data_received;
    counters_.bytes_received += data->chunk.size();
    return event::ChunkArrived{data->header.stream, data->header.index, data->chunk};
}

bool Session::read(std::uint32_t id, std::uint64_t first, std::uint32_t count) {
    auto* info = live(id);
    if (!open() || info == nullptr || info->sends(role()) || !info->machine.advance(On::send_read)) return false;
    const proto::Read message{id, info->read_id + 1, first, count};
    if (!info->accept(message)) return false;
    queue(InnerType::read, proto::encode(message));
    return true;
}

bool Session::extend(std::uint32_t id, std::uint32_t count) {
    auto* info = live(id);
    if (!open() || info == nullptr || info->sends(role()) || info->read_id == 0) return false;
    if (!info->machine.advance(On::send_read)) return false;
    const proto::Read message{id, info->read_id, info->first, count};
    if (!info->accept(message)) return false;
    queue(InnerType::read, proto::encode(message));
    return true;
}

bool Session::allow(std::uint32_t id, std::uint64_t chunks) {
    auto* info = live(id);
    if (!open() || info == nullptr || !info->sends(role())) return false;
    const auto left = info->allowance.value_or(0);
    info->allowance = left + std::min(chunks, UINT64_MAX - left);
    return true;
}

std::size_t Session::largest_record() const {
    return proto::frame_header_size * 2 + proto::secure_limit_after_ok(agreement_.chunk_limit) + 64;
}

StreamInfo* Session::next_sender() {
    StreamInfo* first = nullptr;
    for (auto& [id, info] : streams_) {
        if (!info.sends(role()) || !info.ready()) continue;
        if (id > last_sent_stream_) return &info;
        if (first == nullptr) first = &info;
    }
    return first;
}

void Session::produce_data(Buffer& out, std::size_t budget, ChunkSource& source, Instant now) {
    while (auto* info = next_sender()) {
        const std::size_t length = proto::chunk_length(info->size, info->chunk_size, info->next);
        if (!out.empty() && out.size() + length > budget) return;
        if (!may_send_data(length)) {
            hold(now);
            return take_ready(out);
        }
        if (!seal_data(out, *info, source, now)) return;
        take_ready(out); // a rotation may have begun: its ROTATE goes next
    }
}

bool Session::seal_data(Buffer& out, StreamInfo& info, ChunkSource& source, Instant now) {
    const auto length = proto::chunk_length(info.size, info.chunk_size, info.next);
    const auto path = info.path_size(info.next);
    const std::size_t body = proto::data_header_size + path + length;
    const std::size_t padding = agreement_.padding == proto::Padding::full ? data_padding(info, path + length) : 0;
    const auto size = send_.sealer->sealed_size(body, padding);
    const auto record = out.append(size);
    const auto place = record.subspan(send_.sealer->prefix(), body);
    proto::write_data_header(place.first<proto::data_header_size>(), {info.id, info.read_id, info.next},
                             path / proto::path_hash_size);
    const auto id = info.id;
    const auto content = place.subspan(proto::data_header_size);
    if (!source.read_chunk(id, info.next, content.first(path), content.subspan(path))) {
        out.drop_back(size);
        // Nothing more until the driver has said what becomes of the stream; perhaps it has already.
        if (auto* same = live(id)) same->end = same->next;
        return true;
    }
    if (!info.machine.advance(On::send_data)) {
        out.drop_back(size);
        return false;
    }
    send_.sealer->seal(record, InnerType::data, body, padding, send_.number, rng_);
    ++info.next;
    ++info.sent;
    if (info.allowance) --*info.allowance;
    ++send_.records;
    ++send_.chunks;
    send_.bytes += length;
    send_.application = true;
    ++counters_.data_sent;
    counters_.bytes_sent += length;
    last_sent_stream_ = id;
    last_moved_ = now;
    consider_rotation(now);
    return true;
}

} // namespace cifra::states
