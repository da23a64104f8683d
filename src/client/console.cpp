// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/console.hpp"

namespace cifra::client {

namespace {

constexpr std::chrono::milliseconds tick{100};
constexpr std::int64_t skip_ms = 10'000;
constexpr int louder_percent = 5;

void obey(playback::Player& player, playback::Key key) {
    using playback::Key;
    switch (key) {
        case Key::toggle_pause:
            return player.toggle_pause();
        case Key::back:
            return player.seek_by(-skip_ms);
        case Key::forward:
            return player.seek_by(skip_ms);
        case Key::louder:
            return player.change_volume(louder_percent);
        case Key::quieter:
            return player.change_volume(-louder_percent);
        case Key::next:
            return player.next();
        case Key::previous:
            return player.previous();
        case Key::quit:
            return player.stop();
    }
}

std::string show_track(const playback::Snapshot& now) {
    auto text = now.title;
    if (!now.artist.empty()) text = now.artist + " – " + text;
    if (now.tracks > 1) text = "[" + std::to_string(now.track + 1) + "/" + std::to_string(now.tracks) + "] " + text;
    return text;
}

std::string show_status(const playback::Snapshot& now) {
    auto text =
        std::string(playback::describe(now.state)) + "  " + show_track(now) + "  " + show_time(now.position_ms / 1000);
    if (now.duration_ms != 0) text += " / " + show_time(now.duration_ms / 1000);
    text += "  buffer " + std::to_string(now.buffered_ms / 1000) + " s  volume " + std::to_string(now.volume) + "%";
    return now.status.empty() ? text : text + "  " + now.status;
}

} // namespace

Console::Console(Terminal& terminal, playback::Player& player, const std::atomic<bool>& held,
                 std::vector<std::string> names, std::function<void()> done)
    : terminal_(terminal),
      player_(player),
      held_(held),
      names_(std::move(names)),
      thread_([this, done = std::move(done)] { run(done); }) {}

Console::~Console() {
    player_.stop();
    thread_.join();
}

// One that fails alone is told at the end.
void Console::tell_failures() {
    const auto failures = player_.failures();
    for (; names_.size() > 1 && told_ < failures.size(); ++told_)
        terminal_.complain("cifra: " + names_[failures[told_].track] + ": " + failures[told_].error);
}

// Keys are left alone while a question stands on the terminal.
void Console::share_keys(std::optional<playback::Keyboard>& keyboard) {
    if (terminal_.held()) {
        keyboard.reset();
        terminal_.take_keys(false);
    } else if (!keyboard) {
        terminal_.take_keys(true); // before the last look: whoever asks looks in the other order
        if (!terminal_.held()) keyboard.emplace();
        terminal_.take_keys(keyboard && keyboard->is_active());
    }
}

void Console::read_key(std::optional<playback::Keyboard>& keyboard) {
    if (!keyboard || !keyboard->is_active()) {
        player_.wait(tick);
    } else if (const auto key = keyboard->read(tick)) {
        if (held_ && *key == playback::Key::toggle_pause) return terminal_.say("insert your card to go on");
        obey(player_, *key);
    }
}

void Console::run(const std::function<void()>& done) {
    std::optional<playback::Keyboard> keyboard;
    share_keys(keyboard);
    if (keyboard && keyboard->is_active())
        terminal_.say("space pause · ←→ seek · ↑↓ volume · n next · p previous · q quit");
    std::optional<std::string> announced;
    while (!player_.wait(std::chrono::milliseconds(0))) {
        const auto now = player_.snapshot();
        tell_failures();
        if (now.state == playback::PlayState::playing && announced != show_track(now)) {
            announced = show_track(now);
            terminal_.say("playing " + *announced +
                          (now.duration_ms != 0 ? " (" + show_time(now.duration_ms / 1000) + ")" : ""));
        }
        terminal_.status(show_status(now));
        share_keys(keyboard);
        read_key(keyboard);
    }
    keyboard.reset();
    terminal_.take_keys(false);
    terminal_.clear_status();
    tell_failures();
    done();
}

} // namespace cifra::client
