// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Prints states/STATES.md from the transition table; with --check FILE compares it with that file instead.
#include "states/transitions.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <vector>

using namespace cifra;
using namespace cifra::states;

namespace {

constexpr std::string_view introduction = R"(<!-- SPDX-FileCopyrightText: The Cifra developers -->
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by test/states/tools/states_doc.cpp from states/transitions.hpp: edit that, then run
     build/test/states/states_doc > states/STATES.md -->

# States of a session

This is the transition table by which client and server decide what is legal (`proto/PROTOCOL.md`, R-2 and R-37).
A session has four regions, side by side: its *phase*, its key *rotation*, and a region for each *stream*, of which
there are two kinds. A message is legal only if its row in the phase region exists and, where it concerns rotation or a
stream, its row there too. Whatever has no row ends the session; whatever has one is decoded only after the row was found.

Events that begin with `recv_` are frames and messages that have arrived and, once there are keys, are authentic;
`send_` are those about to be sent; the others happen inside. `recv_response_guessed` is a NEGOTIATION_RESPONSE that takes
the group of the client's first DH_PARAMETERS, `recv_response_other` one that names another; `recv_dh_enabled` and
`recv_dh_other` are DH_PARAMETERS of a group that the server does or does not enable. OK and ERROR stand in the table
by their scope, AUTHENTICATE in the two forms that a server takes: `recv_enrolment` is that of a device
which asks for a certificate. In VERIFY_SERVER, VERIFY_DEVICE, VERIFY_USER and ENROLLING nothing is read.

)";

template <class Rows>
std::vector<Row<decltype(Rows::value_type::from)>> rows_of(const Rows& rows, Role role) {
    std::vector<Row<decltype(Rows::value_type::from)>> mine;
    for (const auto& row : rows)
        if (row.role == role) mine.push_back(row);
    return mine;
}

std::string_view title(Role role) { return role == Role::client ? "client" : "server"; }

// One arrow for each pair of states, with all its events; loops are left to the table where a state has many.
template <class Rows, class State>
void diagram(std::ostream& out, const Rows& rows, Role role, State first) {
    std::map<std::pair<State, State>, std::vector<On>> arrows;
    for (const auto& row : rows_of(rows, role)) arrows[{row.from, row.to}].push_back(row.on);
    out << "```mermaid\nstateDiagram-v2\n    [*] --> " << name_of(first) << '\n';
    for (const auto& [ends, events] : arrows) {
        out << "    " << name_of(ends.first) << " --> " << name_of(ends.second) << ": ";
        const bool many = ends.first == ends.second && events.size() > 4;
        if (many) out << events.size() << " events that change nothing here (see the table)";
        for (std::size_t i = 0; i < events.size() && !many; ++i) out << (i == 0 ? "" : ", ") << name_of(events[i]);
        out << '\n';
    }
    out << "```\n\n";
}

// A line for each pair of states.
template <class Rows>
void table_of(std::ostream& out, const Rows& rows, Role role) {
    using State = decltype(Rows::value_type::from);
    out << "| in | on | to |\n|---|---|---|\n";
    std::map<State, std::map<State, std::vector<On>>> lines;
    for (const auto& row : rows_of(rows, role)) lines[row.from][row.to].push_back(row.on);
    for (const auto& [from, targets] : lines)
        for (const auto& [to, events] : targets) {
            out << "| " << name_of(from) << " | ";
            for (std::size_t i = 0; i < events.size(); ++i) out << (i == 0 ? "`" : " `") << name_of(events[i]) << '`';
            out << " | " << (to == from ? "·" : name_of(to)) << " |\n";
        }
    out << '\n';
}

template <class Rows, class State>
void region(std::ostream& out, std::string_view name, const Rows& rows, State first) {
    for (const auto role : {Role::client, Role::server}) {
        out << "### " << name << ", " << title(role) << "\n\n";
        diagram(out, rows, role, first);
    }
}

template <class Rows>
void tables(std::ostream& out, std::string_view name, const Rows& rows) {
    for (const auto role : {Role::client, Role::server}) {
        out << "### " << name << ", " << title(role) << "\n\n";
        table_of(out, rows, role);
    }
}

void any_phase(std::ostream& out) {
    out << "### Any phase but CLOSING and CLOSED, both sides\n\n| on | to |\n|---|---|\n";
    for (const auto& row : table::any_phase) out << "| `" << name_of(row.on) << "` | " << name_of(row.to) << " |\n";
    out << "\nOf these CLOSING knows `" << name_of(On::tcp_end) << "` only.\n\n";
}

std::string document() {
    std::ostringstream out;
    out << introduction << "## Diagrams\n\n";
    region(out, "Phase", table::phases, Phase::connect);
    region(out, "Rotation", table::rotations, Rotation::steady);
    region(out, "Download", table::downloads, Stream::none);
    region(out, "Upload", table::uploads, Stream::none);
    out << "## Tables\n\nA dot stands for the same state.\n\n";
    tables(out, "Phase", table::phases);
    any_phase(out);
    tables(out, "Rotation", table::rotations);
    tables(out, "Download", table::downloads);
    tables(out, "Upload", table::uploads);
    auto text = out.str();
    text.pop_back(); // one newline at the end
    return text;
}

int check(const char* program, const std::string& name) {
    std::ifstream file(name);
    const std::string there{std::istreambuf_iterator<char>(file), {}};
    if (file && there == document()) return 0;
    std::cerr << name << " is not what the transition table says. Make it anew:\n  " << program << " > " << name
              << '\n';
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 2 && arguments[0] == "--check") return check(argv[0], arguments[1]);
    if (!arguments.empty()) {
        std::cerr << "usage: states_doc [--check FILE]\n";
        return 2;
    }
    std::cout << document();
    return 0;
}
