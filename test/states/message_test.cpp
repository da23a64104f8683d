// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Every role, phase and message between real sessions, by a peer that holds the keys.
#include "rogue.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

using namespace cifra;
using namespace cifra::test;
using states::Phase;

namespace {

using Words = std::set<std::string>;

// {role and phase} to what is taken there.
std::map<std::pair<std::string, std::string>, Words> expected_messages() {
    std::ifstream file(CIFRA_SOURCE_DIR "/test/states/expected_messages.txt");
    REQUIRE(file.is_open());
    std::map<std::pair<std::string, std::string>, Words> table;
    for (std::string text; std::getline(file, text);) {
        if (text.empty() || text[0] == '#') continue;
        std::istringstream words(text);
        std::string role, phase, colon;
        words >> role >> phase >> colon;
        REQUIRE(colon == ":");
        auto& taken = table[{role, phase}];
        for (std::string word; words >> word;) taken.insert(word);
    }
    return table;
}

// Nothing is left of a session that has refused something, but what it says about it.
void check_refusal(Scene& scene, std::size_t events_before, std::size_t delivered_before, bool had_keys) {
    auto& session = scene.session();
    auto& side = scene.pair->side(scene.target);
    REQUIRE(session.ended());
    CHECK(session.phase() == Phase::closing);
    REQUIRE(session.end().has_value());
    CHECK((session.end()->how == event::How::violation || session.end()->how == event::How::bad_record));
    CHECK(Peek::keys_wiped(session));
    CHECK(side.events.size() == events_before + 1); // Ended
    CHECK(side.delivered == delivered_before);
    CHECK(session.stream(scene.id) == nullptr);
    CHECK(session.deadline() == states::Instant::max());

    side.out.consume(side.out.size());
    scene.pair->produce(scene.target);
    const auto frames = split_frames(std::as_const(side.out).view());
    const std::size_t said = had_keys || scene.target == Role::server ? 1 : 0;
    REQUIRE(frames.size() == said);
    if (said == 1) CHECK(frames[0][0] == (had_keys ? 5 : 7));
    if (said == 1) CHECK(frames[0].size() < 128);
    CHECK_FALSE(session.has_output());
}

void check_message(Role target, Phase phase, Say what, const Words& taken) {
    auto scene = test::scene(target, phase, what);
    auto& session = scene.session();
    CAPTURE(target == Role::client ? "client" : "server", name_of(phase), name_of(what));
    REQUIRE(session.phase() == phase);
    auto& side = scene.pair->side(target);
    const auto events = side.events.size(), delivered = side.delivered;
    const bool had_keys = Peek::can_seal(session);
    scene.pair->produce(target); // what was waiting to be sent before
    scene.say(what);
    if (taken.contains("unread")) {
        CHECK(session.phase() == phase);
        CHECK_FALSE(side.in.empty());
        CHECK_FALSE(session.ended());
    } else if (taken.contains("discarded")) {
        CHECK(session.phase() == phase);
        CHECK(side.in.empty());
        CHECK(side.events.size() == events);
        CHECK(side.delivered == delivered);
    } else if (taken.contains(std::string(name_of(what)))) {
        CHECK(side.in.empty());
        const bool violated = session.end() && session.end()->how == event::How::violation;
        CHECK_FALSE(violated);
        // The proof in this AUTHENTICATE is none, and is found out behind the table.
        if (what == Say::authenticate || what == Say::enrolment) CHECK(session.end()->how == event::How::login_failed);
        const bool ends = what == Say::refused || what == Say::error_session || what == Say::bye ||
                          what == Say::authenticate || what == Say::enrolment || what == Say::enrolment_status;
        CHECK(session.ended() == ends);
        if (phase == Phase::bye_sent && !ends) {
            CHECK(session.phase() == Phase::bye_sent);
            CHECK(side.events.size() == events + (what == Say::rotated ? 1 : 0)); // keys go on
            CHECK(side.delivered == delivered);
        }
    } else {
        check_refusal(scene, events, delivered, had_keys);
        scene.say(what); // discarded now
        CHECK(session.phase() == Phase::closing);
        CHECK(side.in.empty());
    }
}

} // namespace

TEST_CASE("every role, phase and message, by a peer with the keys") {
    auto expected = expected_messages();
    for (const auto role : {Role::client, Role::server})
        for (const auto phase : phases_of(role)) {
            const auto row =
                expected.extract({role == Role::client ? "client" : "server", std::string(name_of(phase))});
            CAPTURE(role == Role::client, name_of(phase));
            REQUIRE_FALSE(row.empty());
            for (int what = 0; what < say_count; ++what)
                check_message(role, phase, static_cast<Say>(what), row.mapped());
        }
    CHECK(expected.empty());
}

TEST_CASE("any sequence of messages leaves a session that goes on, or one that has ended for good") {
    std::mt19937 random(1); // the same sequences each time
    for (int sequence = 0; sequence < 600; ++sequence) {
        const auto role = sequence % 2 == 0 ? Role::client : Role::server;
        const auto first = static_cast<Say>(random() % say_count);
        const auto phases = phases_of(role);
        const auto phase = sequence % 3 == 0 ? phases[random() % phases.size()] : Phase::open;
        auto scene = test::scene(role, phase, first);
        auto& pair = *scene.pair;
        CAPTURE(sequence, role == Role::client, name_of(phase), name_of(first));
        scene.say(first);
        for (int more = 0; more < 5; ++more) {
            const auto next = static_cast<Say>(random() % say_count);
            if (Peek::can_seal(pair.session(other(role))) || is_clear(next)) scene.say(next);
            CHECK(Peek::queued(scene.session()) <= 32);
        }
        auto& session = scene.session();
        CHECK(pair.side(role).content_right);
        if (!session.ended()) continue;
        CHECK(session.end().has_value());
        CHECK(Peek::keys_wiped(session));
        CHECK(pair.side(role).count<event::Ended>() <= 1);
        pair.hang_up(role);
        CHECK(session.phase() == Phase::closed);
    }
}
