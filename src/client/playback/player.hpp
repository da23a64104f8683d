// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Plays a list of tracks to a sink: commands from any thread, a snapshot for the display, and one decoder thread.
#pragma once

#include "client/playback/audio_sink.hpp"
#include "client/playback/deck.hpp"
#include "client/playback/timeline.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace cifra::playback {

enum class PlayState {
    buffering, // silent, as there is too little to play
    playing,
    paused,
    finished, // the last track was heard to its end
    stopped,  // by stop()
    failed,   // see Snapshot::error
};

const char* describe(PlayState state) noexcept;

// What is heard now, not what is decoded already.
struct Snapshot {
    PlayState state = PlayState::buffering;
    std::size_t track = 0; // in the playlist, from 0
    std::size_t tracks = 0;
    std::string title; // from the catalogue, else from the tags, else the name
    std::string artist;
    std::string album;
    std::uint64_t position_ms = 0;
    std::uint64_t duration_ms = 0; // 0: unknown
    std::uint64_t buffered_ms = 0; // what can be played without another byte from the network
    std::uint64_t underruns = 0;   // since the beginning
    unsigned volume = 100;         // percent
    std::string status;            // of the source, such as "reconnecting"; empty when all is well
    std::string error;             // for the listener, only in state failed
    bool output_failed = false;    // it was the sink that failed, not a track
};

class Player {
  public:
    struct Options {
        std::size_t first = 0; // track to begin with
        unsigned volume = 100;
        std::chrono::milliseconds prebuffer{500}; // decoded before the sound starts, and after an underrun
        bool pass_over = false; // a track that fails is no end: it is kept in failures(), and the next one follows
    };

    // Starts at once. A source may occur only once in the list.
    Player(std::vector<std::shared_ptr<TrackSource>> playlist, std::unique_ptr<AudioSink> sink, Options options);
    ~Player();
    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;

    // None of these waits: the decoder thread carries them out soon. After `finished` and `failed` a seek, next or
    // previous starts again; after stop() nothing does.
    void pause();
    void resume();
    void toggle_pause();
    void seek_to(std::uint64_t position_ms); // at or behind the end: the next track
    void seek_by(std::int64_t milliseconds);
    void next();     // from the last track: finished
    void previous(); // the start of the track, or the track before if less than 3 s were played
    void stop();
    void set_volume(unsigned percent);
    void change_volume(int percent);

    Snapshot snapshot() const;
    struct TrackFailure {
        std::size_t track = 0;
        std::string error;
    };
    std::vector<TrackFailure> failures() const;
    // Whether the state is finished, stopped or failed; waits for it as long as this.
    bool wait(std::chrono::milliseconds limit) const;

  private:
    enum class Verb { pause, resume, toggle, seek_to, seek_by, next, previous, stop };
    struct Command {
        Verb verb = Verb::stop;
        std::int64_t value = 0;
    };
    struct Heard {
        std::size_t track = 0;
        std::uint64_t position_ms = 0;
    };
    struct FromFile {
        Tags tags;
        std::uint64_t duration_ms = 0;
    };

    void post(Command command);
    // With mutex_ held.
    std::uint64_t consumed() const { return is_sink_open_ ? sink_->consumed() : 0; }
    std::uint64_t to_ms(std::uint64_t frames) const;
    Heard heard() const;
    std::uint64_t duration_ms(std::size_t track) const;
    std::uint64_t buffered_ms() const;

    // The decoder thread, in player_thread.cpp.
    void run();
    bool run_commands();
    void carry_out(const Command& command);
    void seek(std::int64_t position_ms);
    void go_to(std::size_t track);
    void silence();
    void enter(std::size_t track);
    void step();
    void decode_block();
    void write_block();
    void change_format();
    void advance();
    void fail_track(const std::string& error);
    void drain();
    void conclude(PlayState state, std::string error, bool of_sink = false);
    void release(bool is_enough);
    void close_decks();
    void publish_tags();
    void add_deck(std::size_t track);
    void wait_for_command(std::chrono::milliseconds limit);

    const std::vector<std::shared_ptr<TrackSource>> playlist_;
    const std::unique_ptr<AudioSink> sink_;
    const std::chrono::milliseconds prebuffer_;
    const bool pass_over_;

    // The decoder thread's own.
    struct Ending {
        PlayState state = PlayState::finished;
        std::string error;
        bool of_sink = false;
    };
    std::map<std::size_t, std::unique_ptr<Deck>> decks_; // by track: what is heard, what is decoded, what comes next
    std::vector<std::int16_t> block_;
    std::span<const std::int16_t> pending_; // of block_: not yet written
    std::optional<Ending> ending_;          // set when nothing more will be decoded, but some is still to be heard

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::deque<Command> commands_;
    Timeline timeline_;
    std::vector<FromFile> from_files_;
    std::vector<TrackFailure> failures_;
    std::size_t decoding_ = 0;  // track; only the decoder thread changes it
    AudioFormat sink_format_;   // only the decoder thread changes it
    std::uint64_t written_ = 0; // frames since the sink was opened; only the decoder thread changes it
    bool is_sink_open_ = false;
    bool is_paused_ = false;
    std::optional<Ending> over_;

    std::thread thread_; // last, as it uses the others
};

} // namespace cifra::playback
