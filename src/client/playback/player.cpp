// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/playback/player.hpp"

#include <algorithm>
#include <utility>

namespace cifra::playback {
namespace {

constexpr std::size_t block_samples = 4096;

std::string first_of(std::initializer_list<std::string> texts) {
    const auto* found = std::find_if(texts.begin(), texts.end(), [](const auto& text) { return !text.empty(); });
    return found == texts.end() ? std::string() : *found;
}

} // namespace

const char* describe(PlayState state) noexcept {
    switch (state) {
        case PlayState::buffering:
            return "buffering";
        case PlayState::playing:
            return "playing";
        case PlayState::paused:
            return "paused";
        case PlayState::finished:
            return "finished";
        case PlayState::stopped:
            return "stopped";
        case PlayState::failed:
            return "failed";
    }
    return "unknown";
}

Player::Player(std::vector<std::shared_ptr<TrackSource>> playlist, std::unique_ptr<AudioSink> sink, Options options)
    : playlist_(std::move(playlist)),
      sink_(std::move(sink)),
      prebuffer_(options.prebuffer),
      pass_over_(options.pass_over),
      block_(block_samples),
      from_files_(playlist_.size()),
      decoding_(options.first) {
    sink_->set_volume(options.volume);
    timeline_.restart(0, decoding_, 0);
    thread_ = std::thread([this] { run(); });
}

Player::~Player() {
    stop();
    thread_.join();
}

void Player::pause() { post({Verb::pause}); }
void Player::resume() { post({Verb::resume}); }
void Player::toggle_pause() { post({Verb::toggle}); }
void Player::seek_to(std::uint64_t position_ms) {
    post({Verb::seek_to, static_cast<std::int64_t>(std::min<std::uint64_t>(position_ms, INT64_MAX / 2))});
}
void Player::seek_by(std::int64_t milliseconds) { post({Verb::seek_by, milliseconds}); }
void Player::next() { post({Verb::next}); }
void Player::previous() { post({Verb::previous}); }
void Player::stop() { post({Verb::stop}); }

void Player::set_volume(unsigned percent) { sink_->set_volume(percent); }
void Player::change_volume(int percent) {
    sink_->set_volume(static_cast<unsigned>(std::clamp(static_cast<int>(sink_->volume()) + percent, 0, 100)));
}

void Player::post(Command command) {
    TrackSource* decoding = nullptr;
    {
        const std::lock_guard lock(mutex_);
        commands_.push_back(command);
        if (decoding_ < playlist_.size()) decoding = playlist_[decoding_].get();
    }
    changed_.notify_all();
    // The decoder thread may be waiting for bytes.
    if (decoding != nullptr) decoding->wake();
}

Snapshot Player::snapshot() const {
    const std::lock_guard lock(mutex_);
    Snapshot shot;
    shot.tracks = playlist_.size();
    shot.volume = sink_->volume();
    shot.underruns = sink_->underruns();
    if (over_) {
        shot.state = over_->state;
        shot.error = over_->error;
        shot.output_failed = over_->of_sink;
    } else if (is_paused_) {
        shot.state = PlayState::paused;
    } else if (is_sink_open_ && !sink_->is_held()) {
        shot.state = PlayState::playing;
    }
    const auto now = heard();
    shot.track = now.track;
    if (now.track >= playlist_.size()) return shot;
    const auto info = playlist_[now.track]->info();
    const auto& tags = from_files_[now.track].tags;
    shot.title = first_of({info.title, tags.title, info.name});
    shot.artist = first_of({info.artist, tags.artist});
    shot.album = first_of({info.album, tags.album});
    shot.position_ms = now.position_ms;
    shot.duration_ms = duration_ms(now.track);
    shot.buffered_ms = buffered_ms();
    shot.status = playlist_[decoding_]->status();
    return shot;
}

std::vector<Player::TrackFailure> Player::failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
}

bool Player::wait(std::chrono::milliseconds limit) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return over_.has_value(); });
}

std::uint64_t Player::to_ms(std::uint64_t frames) const {
    return sink_format_.is_known() ? frames * 1000 / sink_format_.rate : 0;
}

Player::Heard Player::heard() const {
    const auto moment = timeline_.at(consumed());
    return {moment.track, moment.start_ms + to_ms(moment.frames)};
}

std::uint64_t Player::duration_ms(std::size_t track) const {
    const auto told = playlist_[track]->info().duration_ms;
    return told != 0 ? told : from_files_[track].duration_ms;
}

std::uint64_t Player::buffered_ms() const {
    const auto& source = *playlist_[decoding_];
    const auto size = source.info().size;
    const auto queued = to_ms(written_ - std::min(written_, consumed()));
    return size == 0 ? queued : queued + source.buffered() * duration_ms(decoding_) / size;
}

} // namespace cifra::playback
