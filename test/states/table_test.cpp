// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Every role, state and event against tables written by hand (expected_*.txt).
#include "states/machine.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

using namespace cifra;
using namespace cifra::states;

namespace {

struct Line {
    std::vector<std::string> words; // before the arrow
    std::string to;
};

std::vector<Line> read_table(const std::string& name) {
    std::ifstream file(std::string(CIFRA_SOURCE_DIR) + "/test/states/" + name);
    REQUIRE(file.is_open());
    std::vector<Line> lines;
    for (std::string text; std::getline(file, text);) {
        if (text.empty() || text[0] == '#') continue;
        std::istringstream words(text);
        Line line;
        for (std::string word; words >> word && word != "->";) {
            if (word.front() == '[') word = word.substr(1, word.size() - 2);
            line.words.push_back(word);
        }
        words >> line.to;
        REQUIRE(!line.to.empty());
        lines.push_back(line);
    }
    return lines;
}

// {direction or empty, role, state, event} to state
using Table = std::map<std::tuple<std::string, std::string, std::string, std::string>, std::string>;

void add(Table& table, const std::string& direction, const std::string& role, const std::string& from,
         const std::vector<std::string>& events, const std::string& to) {
    for (const auto& on : events) {
        CAPTURE(direction, role, from, on);
        CHECK(table.emplace(std::tuple(direction, role, from, on), to).second); // not twice
    }
}

template <class State>
std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> all;
    all.reserve(count);
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(name_of(static_cast<State>(i)));
    return all;
}

Table load(const std::string& file, bool directed) {
    Table table;
    for (const auto& line : read_table(file)) {
        const std::size_t at = directed ? 1 : 0;
        const std::string direction = directed ? line.words[0] : "";
        const std::vector<std::string> events(line.words.begin() + static_cast<std::ptrdiff_t>(at) + 2,
                                              line.words.end());
        const auto roles = line.words[at] == "both" ? std::vector<std::string>{"client", "server"}
                                                    : std::vector<std::string>{line.words[at]};
        for (const auto& role : roles) {
            if (line.words[at + 1] != "any") {
                add(table, direction, role, line.words[at + 1], events, line.to);
                continue;
            }
            for (const auto& phase : names<Phase>(phase_count))
                if (phase != "CLOSING" && phase != "CLOSED") add(table, direction, role, phase, events, line.to);
        }
    }
    return table;
}

// Each cell of the product, and no line of the text left over.
template <class State>
void compare(Table expected, const std::string& direction, std::size_t count,
             const std::function<std::optional<State>(Role, State, On)>& next_of) {
    std::size_t cells = 0;
    for (const auto role : {Role::client, Role::server})
        for (std::size_t s = 0; s < count; ++s)
            for (std::size_t o = 0; o < on_count; ++o, ++cells) {
                const auto from = static_cast<State>(s);
                const auto on = static_cast<On>(o);
                const std::string role_name = role == Role::client ? "client" : "server";
                const auto row =
                    expected.extract({direction, role_name, std::string(name_of(from)), std::string(name_of(on))});
                const auto to = next_of(role, from, on);
                CAPTURE(direction, role_name, name_of(from), name_of(on));
                CHECK((to ? std::string(name_of(*to)) : "refused") == (row.empty() ? "refused" : row.mapped()));
            }
    for (const auto& [key, to] : expected) {
        if (std::get<0>(key) != direction) continue;
        FAIL_CHECK("no such role, state or event: " << std::get<1>(key) << ' ' << std::get<2>(key) << ' '
                                                    << std::get<3>(key));
    }
    CHECK(cells == 2 * count * on_count);
}

} // namespace

TEST_CASE("names of states and events are all there and differ") {
    const auto distinct = [](const std::vector<std::string>& all) {
        return std::set<std::string>(all.begin(), all.end()).size();
    };
    CHECK(distinct(names<Phase>(phase_count)) == phase_count);
    CHECK(distinct(names<Rotation>(rotation_count)) == rotation_count);
    CHECK(distinct(names<Stream>(stream_count)) == stream_count);
    CHECK(distinct(names<On>(on_count)) == on_count);
}

TEST_CASE("every role, phase and event") {
    compare<Phase>(load("expected_phases.txt", false), "", phase_count,
                   [](Role role, Phase from, On on) { return next(role, from, on); });
}

TEST_CASE("every role, state of rotation and event") {
    compare<Rotation>(load("expected_rotation.txt", false), "", rotation_count,
                      [](Role role, Rotation from, On on) { return next(role, from, on); });
}

TEST_CASE("every role, direction, state of a stream and event") {
    const auto expected = load("expected_streams.txt", true);
    for (const auto direction : {Direction::download, Direction::upload})
        compare<Stream>(expected, direction == Direction::download ? "download" : "upload", stream_count,
                        [&](Role role, Stream from, On on) { return next(role, direction, from, on); });
}

TEST_CASE("no row stands twice in the table") {
    const auto distinct = [](const auto& rows) {
        std::set<std::tuple<Role, int, On>> seen;
        for (const auto& row : rows) seen.emplace(row.role, static_cast<int>(row.from), row.on);
        return seen.size() == rows.size();
    };
    CHECK(distinct(table::phases));
    CHECK(distinct(table::rotations));
    CHECK(distinct(table::downloads));
    CHECK(distinct(table::uploads));
}

TEST_CASE("a machine stays where it is when there is no row") {
    Machine machine(Role::client);
    CHECK_FALSE(machine.advance(On::recv_ok));
    CHECK(machine.phase() == Phase::connect);
    CHECK(machine.advance(On::tcp_up));
    CHECK(machine.phase() == Phase::negotiation);
    CHECK_FALSE(machine.advance_rotation(On::recv_rotated));
    CHECK(machine.rotation() == Rotation::steady);
    StreamMachine stream(Role::client, Direction::upload);
    CHECK_FALSE(stream.advance(On::recv_opened));
    CHECK(stream.state() == Stream::none);
}

TEST_CASE("every state can be reached and left, but for the last") {
    for (const auto role : {Role::client, Role::server}) {
        std::set<Phase> reached{Phase::connect}, left;
        for (const auto& row : table::phases) {
            if (row.role != role) continue;
            reached.insert(row.to);
            left.insert(row.from);
        }
        for (const auto phase : reached) CHECK((phase == Phase::closed || left.contains(phase)));
        for (const auto phase : left) {
            CAPTURE(name_of(phase));
            CHECK(reached.contains(phase));
        }
    }
}
