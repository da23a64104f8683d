// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The decoder thread of the player: commands, then one step, and so on.
#include "client/playback/player.hpp"

#include <algorithm>
#include <utility>

namespace cifra::playback {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t restart_after_ms = 3000; // previous() goes to the start of the same track
constexpr auto poll = 10ms;                      // the audio callback must not wake anybody, so draining is polled

} // namespace

void Player::run() {
    for (;;) {
        try {
            if (!run_commands()) break;
            step();
        } catch (const SinkError& error) {
            conclude(PlayState::failed, error.what(), true);
        } catch (const std::exception& error) {
            conclude(PlayState::failed, error.what());
        }
    }
    if (!over_) conclude(PlayState::stopped, {});
}

bool Player::run_commands() {
    std::unique_lock lock(mutex_);
    if (over_) changed_.wait(lock, [this] { return !commands_.empty(); });
    while (!commands_.empty()) {
        const auto command = commands_.front();
        commands_.pop_front();
        if (command.verb == Verb::stop) return false;
        lock.unlock();
        carry_out(command);
        lock.lock();
    }
    return true;
}

void Player::carry_out(const Command& command) {
    std::unique_lock lock(mutex_);
    const auto now = heard();
    if (now.track >= playlist_.size()) return;
    switch (command.verb) {
        case Verb::pause:
        case Verb::resume:
        case Verb::toggle:
            is_paused_ = command.verb == Verb::toggle ? !is_paused_ : command.verb == Verb::pause;
            if (is_paused_) sink_->hold(true);
            return;
        case Verb::seek_to:
        case Verb::seek_by:
            lock.unlock();
            return seek(command.value +
                        (command.verb == Verb::seek_by ? static_cast<std::int64_t>(now.position_ms) : 0));
        case Verb::next:
            lock.unlock();
            return go_to(now.track + 1);
        case Verb::previous:
            lock.unlock();
            return now.position_ms > restart_after_ms || now.track == 0 ? seek(0) : go_to(now.track - 1);
        case Verb::stop:
            return;
    }
}

void Player::seek(std::int64_t position_ms) {
    std::unique_lock lock(mutex_);
    const auto track = heard().track;
    const auto duration = duration_ms(track);
    lock.unlock();
    const auto target = static_cast<std::uint64_t>(std::max<std::int64_t>(0, position_ms));
    if (duration != 0 && target >= duration) return go_to(track + 1);
    silence();
    enter(track);
    decks_.at(track)->seek(target);
    lock.lock();
    timeline_.restart(written_, track, target);
}

void Player::go_to(std::size_t track) {
    silence();
    if (track >= playlist_.size()) return conclude(PlayState::finished, {});
    std::erase_if(decks_, [&](const auto& entry) { return entry.first != track; });
    enter(track);
    const std::lock_guard lock(mutex_);
    timeline_.restart(written_, track, 0);
}

void Player::silence() {
    sink_->hold(true);
    sink_->discard();
    pending_ = {};
    ending_.reset();
    const std::lock_guard lock(mutex_);
    over_.reset();
}

void Player::add_deck(std::size_t track) {
    if (!decks_.contains(track)) decks_.emplace(track, std::make_unique<Deck>(playlist_[track]));
}

// Decoding goes on at the start of this track.
void Player::enter(std::size_t track) {
    {
        const std::lock_guard lock(mutex_);
        decoding_ = track;
    }
    const auto found = decks_.find(track);
    if (found != decks_.end() && !found->second->error().empty()) decks_.erase(found);
    add_deck(track);
    decks_.at(track)->seek(0);
}

void Player::step() {
    if (over_) return;
    close_decks();
    if (ending_) return drain();
    if (pending_.empty()) return decode_block();
    if (decks_.at(decoding_)->format() != sink_format_) return change_format();
    write_block();
}

void Player::decode_block() {
    if (decoding_ >= playlist_.size()) return conclude(PlayState::finished, {});
    add_deck(decoding_);
    auto& deck = *decks_.at(decoding_);
    const auto pulled = deck.pull(block_);
    if (deck.is_input_ended() && decoding_ + 1 < playlist_.size()) add_deck(decoding_ + 1);
    switch (pulled.status) {
        case Deck::Status::samples:
            pending_ = std::span(block_).first(pulled.count);
            return;
        case Deck::Status::new_format:
            return publish_tags();
        case Deck::Status::end:
            return advance();
        case Deck::Status::woken:
            return;
        case Deck::Status::failed:
            return fail_track(deck.error());
    }
}

void Player::write_block() {
    const auto count = sink_->write(pending_);
    pending_ = pending_.subspan(count);
    {
        const std::lock_guard lock(mutex_);
        written_ += count / sink_format_.channels;
    }
    release(count == 0);
    if (count == 0 && is_paused_) wait_for_command(std::chrono::hours(1));
}

void Player::change_format() {
    if (is_sink_open_) {
        if (is_paused_) return wait_for_command(std::chrono::hours(1));
        sink_->finish();
        release(true);
        if (!sink_->is_drained()) return wait_for_command(poll);
    }
    const auto& deck = *decks_.at(decoding_);
    const auto format = deck.format();
    const auto position = deck.position() - pending_.size() / format.channels;
    {
        const std::lock_guard lock(mutex_);
        is_sink_open_ = false;
        sink_format_ = format;
        written_ = 0;
        timeline_.restart(0, decoding_, position * 1000 / format.rate);
    }
    sink_->open(format);
    const std::lock_guard lock(mutex_);
    is_sink_open_ = true;
}

void Player::advance() {
    publish_tags();
    const auto next = decoding_ + 1;
    if (next >= playlist_.size()) {
        ending_ = Ending{PlayState::finished, {}, false};
        return;
    }
    enter(next);
    const std::lock_guard lock(mutex_);
    timeline_.append(written_, next);
}

void Player::fail_track(const std::string& error) {
    if (!pass_over_) {
        ending_ = Ending{PlayState::failed, error, false};
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        failures_.push_back({decoding_, error});
    }
    advance();
}

void Player::drain() {
    if (is_sink_open_) {
        if (is_paused_) return wait_for_command(std::chrono::hours(1));
        sink_->finish();
        release(true);
        if (!sink_->is_drained()) return wait_for_command(poll);
    }
    const auto ending = *ending_;
    conclude(ending.state, ending.error);
}

void Player::conclude(PlayState state, std::string error, bool of_sink) {
    std::unique_lock lock(mutex_);
    const auto last = heard();
    lock.unlock();
    sink_->close();
    pending_ = {};
    ending_.reset();
    decks_.clear();
    lock.lock();
    is_sink_open_ = false;
    written_ = 0;
    timeline_.restart(0, last.track, last.position_ms);
    sink_format_ = {};
    over_ = Ending{state, std::move(error), of_sink};
    changed_.notify_all();
}

// Lets the sink be heard when there is enough to play.
void Player::release(bool is_enough) {
    if (is_paused_ || !sink_->is_held()) return;
    const auto taken = sink_->consumed();
    // What was discarded still counts as queued until the callback has passed over it.
    if (taken < timeline_.begin()) return;
    const auto enough = static_cast<std::uint64_t>(prebuffer_.count()) * sink_format_.rate / 1000;
    if (is_enough || written_ - taken >= enough) sink_->hold(false);
}

// Only what is heard, what is decoded and what comes next stays open: a track that was left is closed at once.
void Player::close_decks() {
    std::unique_lock lock(mutex_);
    if (is_sink_open_) timeline_.prune(consumed());
    const auto first = heard().track;
    lock.unlock();
    std::erase_if(decks_, [&](const auto& entry) { return entry.first < first || entry.first > decoding_ + 1; });
}

void Player::publish_tags() {
    const auto& deck = *decks_.at(decoding_);
    FromFile from_file{deck.tags(), deck.duration_ms()};
    const std::lock_guard lock(mutex_);
    from_files_[decoding_] = std::move(from_file);
}

void Player::wait_for_command(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return !commands_.empty(); });
}

} // namespace cifra::playback
