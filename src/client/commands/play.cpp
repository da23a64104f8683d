// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/card_watch.hpp"
#include "client/commands/commands.hpp"
#include "client/console.hpp"
#include "client/feed.hpp"
#include "client/playback/player.hpp"
#include "client/summary.hpp"

#include <algorithm>
#include <atomic>

namespace cifra::client {

using net::awaitable;

namespace {

bool to_file(const std::string& output) { return output.starts_with("file:") && output != "file:"; }

class Concert {
  public:
    Concert(App& app, PlayOptions options) : app_(app), options_(std::move(options)) {}
    awaitable<void> run();

  private:
    std::unique_ptr<playback::AudioSink> make_sink() const;
    awaitable<void> find_tracks(Link& link);
    awaitable<void> play(playback::Player& player);
    void watch_card(playback::Player& player, std::optional<CardWatch>& watch);
    void on_card(playback::Player& player, CardState state);
    void finish(const playback::Player& player);
    awaitable<void> attempt(Link& link);
    bool any_waiting(const Link& link) const;

    App& app_;
    PlayOptions options_;
    std::shared_ptr<Link> link_;
    std::vector<std::shared_ptr<Feed>> feeds_;
    std::vector<std::string> names_;
    bool over_ = false, idle_ = false;
    std::atomic<bool> card_out_{false};
    bool go_on_ = false; // when the card is back
    std::optional<Failure> refused_;
    Summary summary_;
};

awaitable<void> Concert::find_tracks(Link& link) {
    const auto poke = [this] {
        if (link_) link_->poke();
    };
    while (feeds_.size() < options_.items.size()) {
        const auto entry = co_await find_item(link, options_.items[feeds_.size()]);
        if (entry.kind != proto::Kind::audio)
            throw Failure(Exit::refused, entry.name + " is no recording that can be played here",
                          "save it with 'cifra get'");
        feeds_.push_back(Feed::make(app_, entry, poke));
        names_.push_back(entry.name);
    }
}

bool Concert::any_waiting(const Link& link) const {
    return std::any_of(feeds_.begin(), feeds_.end(), [&](const auto& feed) { return feed->waiting(link); });
}

awaitable<void> Concert::attempt(Link& link) {
    for (const auto& feed : feeds_) feed->lost("reconnected");
    idle_ = false;
    std::optional<Lost> lost;
    try {
        while (!over_) {
            for (const auto& feed : feeds_)
                if (feed->waiting(link)) co_await feed->serve(link);
            co_await link.until(0, [&] {
                idle_ = std::all_of(feeds_.begin(), feeds_.end(), [&](const auto& f) { return f->satisfied(link); });
                return over_ || any_waiting(link);
            });
        }
    } catch (const Lost& error) {
        lost = error;
    }
    summary_.add(link);
    if (!lost) co_return;
    for (const auto& feed : feeds_) feed->lost("connection lost, reconnecting");
    if (!over_) throw Lost(*lost);
}

std::unique_ptr<playback::AudioSink> Concert::make_sink() const {
    try {
        return playback::make_sink(options_.output);
    } catch (const playback::NoAudioDevice& error) {
        throw Failure(Exit::no_audio, error.what(), playback::NoAudioDevice::remedy());
    } catch (const playback::SinkError& error) {
        if (!to_file(options_.output)) throw Failure(Exit::usage, error.what(), "see: cifra play --help");
        throw Failure(Exit::bad_input, error.what(), "choose another file or folder with --output file:NAME");
    }
}

// By the server's policy only, and where a card speaks for the person.
void Concert::watch_card(playback::Player& player, std::optional<CardWatch>& watch) {
    if (!link_ || !link_->who().pause_without_card) return;
    watch.emplace(app_.io, app_.interrupt, app_.identity->person(),
                  [this, &player](CardState state) { on_card(player, state); });
}

void Concert::on_card(playback::Player& player, CardState state) {
    switch (state) {
        case CardState::out:
            go_on_ = player.snapshot().state != playback::PlayState::paused;
            card_out_ = true;
            player.pause();
            return app_.terminal.complain("the card was removed: paused until it is back");
        case CardState::in:
            card_out_ = false;
            app_.terminal.complain("the card is back");
            if (go_on_) player.resume();
            return;
        case CardState::other:
            refused_.emplace(Exit::card, "another card was inserted than the one that was logged in with",
                             "insert your own card, or start again with the other one");
            return player.stop();
    }
}

// Reconnects as long as the player needs it; a listener who quits while the server is away does not wait for it.
awaitable<void> Concert::play(playback::Player& player) {
    std::optional<CardWatch> watch;
    watch_card(player, watch);
    const Console console(app_.terminal, player, card_out_, names_, [this] {
        net::asio::post(app_.io, [this] {
            over_ = true;
            if (!link_) return app_.interrupt.happen();
            app_.prompter.cancel("the player has ended");
            link_->poke();
        });
    });
    const Attempt attempts = [this](Link& link) { return attempt(link); };
    const std::function<Standing()> standing = [this] { return Standing{summary_.bytes, idle_}; };
    try {
        co_await with_reconnection(app_, link_, attempts, standing);
    } catch (const Failure& failure) {
        if (!over_ || failure.status != Exit::interrupted) throw;
    }
}

void Concert::finish(const playback::Player& player) {
    if (refused_) throw Failure(*refused_);
    const auto end = player.snapshot();
    if (end.state == playback::PlayState::failed) {
        if (!end.output_failed) throw Failure(Exit::refused, end.error, "save it with 'cifra get'");
        if (to_file(options_.output))
            throw Failure(Exit::disk, end.error, "free some space, or choose another file with --output file:NAME");
        throw Failure(Exit::no_audio, end.error, playback::NoAudioDevice::remedy());
    }
    const auto failures = player.failures();
    const auto denied = [this](const auto& failure) {
        const auto& refusal = feeds_[failure.track]->refusal();
        return refusal && refusal->status == Exit::licence;
    };
    const bool all_denied = !failures.empty() && std::all_of(failures.begin(), failures.end(), denied);
    if (all_denied && names_.size() == 1) throw Failure(*feeds_.front()->refusal());
    if (!failures.empty() && names_.size() == 1)
        throw Failure(Exit::refused, failures.front().error, "save it with 'cifra get'");
    summary_.size = summary_.bytes;
    summary_.print(app_, "played", false);
    app_.terminal.say(std::to_string(end.underruns) + " underruns");
    if (all_denied)
        throw Failure(Exit::licence, "not everything could be played",
                      "'cifra info ITEM' says what your licence allows");
    if (!failures.empty())
        throw Failure(Exit::refused, "not everything could be played", "save what could not with 'cifra get'");
}

awaitable<void> Concert::run() {
    for (const auto& item : options_.items) demand_item(item);
    auto sink = make_sink();
    link_ = co_await log_in(app_);
    const Attempt find = [this](Link& link) { return find_tracks(link); };
    const std::function<Standing()> found = [this] { return Standing{feeds_.size(), false}; };
    co_await with_reconnection(app_, link_, find, found);
    std::vector<std::shared_ptr<playback::TrackSource>> playlist;
    for (const auto& feed : feeds_) playlist.push_back(feed->track());
    playback::Player::Options how;
    how.volume = options_.volume;
    how.pass_over = true;
    playback::Player player(playlist, std::move(sink), how);
    summary_.begin(std::to_string(feeds_.size()) + (feeds_.size() == 1 ? " track" : " tracks"), 0, 0);
    co_await play(player);
    finish(player);
    if (link_ && link_->alive()) co_await link_->bye();
}

} // namespace

awaitable<void> run_play(App& app, PlayOptions options) {
    Concert concert(app, std::move(options));
    co_await concert.run();
}

} // namespace cifra::client
