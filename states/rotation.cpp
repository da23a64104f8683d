// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md section 6.
#include "states/session.hpp"

namespace cifra::states {

using proto::InnerType;

namespace {
constexpr std::uint64_t reserve = 1024; // kept for control records
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 36;
constexpr std::uint64_t max_bytes_3des = std::uint64_t{1} << 23;
} // namespace

std::uint64_t Session::chunk_cap() const {
    return agreement_.rotation.chunks != 0 ? agreement_.rotation.chunks : max_records - reserve;
}

std::uint64_t Session::byte_cap() const {
    const auto most = crypto::info(agreement_.suite).legacy ? max_bytes_3des : max_bytes;
    return agreement_.rotation.bytes != 0 ? std::min(agreement_.rotation.bytes, most) : most;
}

// A rotation begins at half the limit: a third of it on the way leaves a sixth for the answer. With limits so small
// that nothing helps, a few chunks keep the line busy.
std::uint64_t Session::window(std::uint32_t chunk_size) const {
    const auto whole = std::min(chunk_cap(), byte_cap() / std::max<std::uint32_t>(1, chunk_size));
    return std::max<std::uint64_t>(8, whole / 3);
}

bool Session::may_send_data(std::size_t bytes) const {
    if (rotation() == Rotation::held || rotation() == Rotation::draining_held) return false;
    if (send_.chunks == 0) return true;
    return send_.chunks < chunk_cap() && send_.bytes + bytes <= byte_cap() && send_.records + reserve < max_records;
}

// What is left serves ERROR and BYE.
bool Session::out_of_records() const { return send_.records + 64 >= max_records; }

void Session::hold(Instant now) {
    if (!machine_.advance_rotation(On::limit_reached)) return;
    ++counters_.stalls;
    held_since_ = last_moved_ = now;
}

bool Session::rotation_due(Instant now) const {
    const auto chunks = std::max<std::uint64_t>(1, chunk_cap() / 2);
    // Also when a chunk of the largest size may no longer fit: who waits for room would wait for ever.
    const auto room = std::uint64_t{agreement_.chunk_limit};
    const auto before_full = byte_cap() > room ? byte_cap() - room + 1 : 1;
    const auto bytes = std::max<std::uint64_t>(1, std::min(byte_cap() / 2, before_full));
    if (send_.chunks >= chunks || receive_.chunks >= chunks || send_.bytes >= bytes || receive_.bytes >= bytes)
        return true;
    if (send_.records >= max_records / 2 || receive_.records >= max_records / 2) return true;
    const auto seconds = agreement_.rotation.seconds;
    return seconds != 0 && now >= epoch_began_ + std::chrono::seconds(seconds);
}

// Server: starts a rotation when one is due.
void Session::consider_rotation(Instant now) {
    if (role() != Role::server || !open() || rotation() != Rotation::steady) return;
    if ((send_.application || receive_.application) && rotation_due(now)) start_rotation();
}

void Session::start_rotation() {
    if (!advance(On::send_rotate) || !machine_.advance_rotation(On::send_rotate)) return;
    ephemeral_.emplace(crypto::EphemeralKey::generate(agreement_.group, rng_));
    rotate_body_ = proto::encode(proto::Rotate{sending_epoch() + 1, ephemeral_->public_key()});
    seal_now(InnerType::rotate, rotate_body_);
}

Event Session::on_rotate(ByteView body, Instant now) {
    if (phase() == Phase::bye_sent) return event::None{};
    if (!machine_.advance_rotation(On::recv_rotate)) return violate(Fault::not_legal);
    const auto rotate = proto::decode_rotate(body);
    if (!rotate) return violate(rotate.error());
    const auto epoch = sending_epoch() + 1;
    if (rotate->epoch != epoch || !(send_.application || receive_.application)) return violate(Fault::not_legal);
    auto key = crypto::EphemeralKey::generate(agreement_.group, rng_);
    const auto response = proto::encode(proto::RotateResponse{epoch, key.public_key()});
    const auto dh = std::move(key).agree(rotate->key, rng_);
    if (!dh) return violate(dh.error());
    seal_now(InnerType::rotate_response, response);
    auto secrets = schedule_->rotate(*dh, body, response);
    install_send(secrets.to_send(role()), epoch);
    receive_.next.emplace(opener(secrets.to_receive(role()), epoch));
    epoch_began_ = now;
    return event::MaySend{};
}

Event Session::on_rotate_response(ByteView body, Instant now) {
    if (!machine_.advance_rotation(On::recv_rotate_response)) return violate(Fault::not_legal);
    const auto response = proto::decode_rotate_response(body);
    if (!response) return violate(response.error());
    const auto epoch = sending_epoch() + 1;
    if (response->epoch != epoch || !ephemeral_) return violate(Fault::not_legal);
    const auto dh = std::move(*ephemeral_).agree(response->key, rng_);
    ephemeral_.reset();
    if (!dh) return violate(dh.error());
    auto secrets = schedule_->rotate(*dh, rotate_body_, body);
    install_receive(secrets.to_receive(role()), epoch);
    epoch_began_ = now;
    ++counters_.rotations;
    if (phase() == Phase::bye_sent) return event::None{}; // nothing follows our BYE
    install_send(secrets.to_send(role()), epoch);
    seal_now(InnerType::rotated, {});
    return event::Rotated{epoch};
}

Event Session::on_rotated(Instant) {
    if (!machine_.advance_rotation(On::recv_rotated)) return violate(Fault::not_legal);
    receive_.begin_epoch();
    ++counters_.rotations;
    return event::Rotated{receive_.opener->epoch()};
}

} // namespace cifra::states
