// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a session sends, and under which keys.
#include "states/session.hpp"

namespace cifra::states {

using proto::FrameType;
using proto::InnerType;

void Session::send_clear(FrameType type, ByteView payload) {
    const auto frame = proto::make_frame(type, payload);
    if (type != FrameType::refused) transcript_.add(frame);
    ready_.append(ByteView(frame));
}

std::size_t Session::padding_for(InnerType type, std::size_t body) const {
    if (agreement_.padding == proto::Padding::none || sending_epoch() == 0 || type == InnerType::data) return 0;
    const std::size_t limit =
        (open() ? proto::secure_limit_after_ok(agreement_.chunk_limit) : proto::secure_limit_before_ok) - 256;
    const std::size_t plain = 4 + body;
    return std::min((plain + 1023) / 1024 * 1024, std::max(plain, limit)) - plain;
}

void Session::seal(Buffer& out, InnerType type, ByteView body) {
    const auto padding = padding_for(type, body.size());
    const auto record = out.append(send_.sealer->sealed_size(body.size(), padding));
    if (!body.empty()) std::memcpy(record.data() + send_.sealer->prefix(), body.data(), body.size());
    send_.sealer->seal(record, type, body.size(), padding, send_.number, rng_);
    ++send_.records;
    if (proto::is_application(type)) send_.application = true;
}

void Session::seal_now(InnerType type, ByteView body) { seal(ready_, type, body); }

bool Session::has_output() const {
    if (!ready_.empty()) return true;
    if (!send_.sealer || ended()) return false;
    if (!queue_.empty()) return true;
    if (!open() || held()) return false;
    return std::any_of(streams_.begin(), streams_.end(),
                       [&](const auto& s) { return s.second.sends(role()) && s.second.ready(); });
}

void Session::produce(Buffer& out, std::size_t budget, ChunkSource& source, Instant now) {
    if (open() && out_of_records()) fail(proto::ErrorCode::rotation_timeout, event::How::timeout, {});
    if (!ready_.empty()) last_moved_ = now;
    take_ready(out);
    ready_.release();
    std::size_t taken = 0;
    while (taken < queue_.size() && send_.sealer && !ended() && out.size() < budget) {
        auto& message = queue_[taken++];
        seal(out, message.type, message.body);
    }
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
    consider_rotation(now);
    take_ready(out);
    if (queue_.empty() && open()) produce_data(out, budget, source, now);
}

void Session::take_ready(Buffer& out) {
    out.append(ByteView(ready_.view()));
    ready_.consume(ready_.size());
}

void Session::flushed() {
    if (phase() == Phase::closing && !advance(On::flushed)) return;
    wipe_keys();
}

void Session::wipe_keys() {
    send_.sealer.reset();
    receive_.opener.reset();
    receive_.next.reset();
    ephemeral_.reset();
    schedule_.reset();
}

void Session::install_send(crypto::SendSecret secret, std::uint32_t epoch) {
    const bool ratchet = epoch != 0 && agreement_.rotation.ratchet;
    send_.sealer.emplace(agreement_.suite, std::move(secret), epoch, ratchet);
    send_.chunks = send_.bytes = send_.records = 0;
    send_.application = false;
}

crypto::RecordOpener Session::opener(crypto::ReceiveSecret secret, std::uint32_t epoch) const {
    return {agreement_.suite, std::move(secret), epoch, epoch != 0 && agreement_.rotation.ratchet};
}

void Session::install_receive(crypto::ReceiveSecret secret, std::uint32_t epoch) {
    receive_.opener.emplace(opener(std::move(secret), epoch));
    receive_.begin_epoch();
}

} // namespace cifra::states
