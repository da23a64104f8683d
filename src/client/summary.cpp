// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/summary.hpp"

#include "client/output.hpp"

#include <boost/json.hpp>

namespace cifra::client {

void Summary::begin(std::string item, std::uint64_t item_size, std::uint64_t first) {
    name = std::move(item);
    size = item_size;
    first_chunk = first;
    started = std::chrono::steady_clock::now();
}

void Summary::add(const Link& link) {
    const auto& counters = link.session().counters();
    chunks += counters.data_sent + counters.data_received;
    bytes += counters.bytes_sent + counters.bytes_received;
    rotations += counters.rotations;
    stalls += counters.stalls;
    suite = name_of(link.session().agreement().suite);
    group = name_of(link.session().agreement().group);
    device = link.who().device;
    person = link.who().person;
    agreed = describe(link);
}

void Summary::print(App& app, const std::string& verb, bool data_on_stdout) const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    const double rate = elapsed.count() > 0 ? static_cast<double>(bytes) / elapsed.count() : 0;
    if (app.settings.json && !data_on_stdout) {
        const boost::json::object report{{"name", name},
                                         {"path", path},
                                         {"size", size},
                                         {"first_chunk", first_chunk},
                                         {"chunks", chunks},
                                         {"bytes", bytes},
                                         {"rotations", rotations},
                                         {"stalls", stalls},
                                         {"seconds", elapsed.count()},
                                         {"suite", suite},
                                         {"group", group},
                                         {"device", device},
                                         {"person", person}};
        print_line(boost::json::serialize(report));
        return;
    }
    app.terminal.say(verb + " " + name + (path.empty() ? "" : " to " + path) + ": " + show_bytes(size) + ", " +
                     std::to_string(chunks) + " chunks, " + std::to_string(rotations) + " rotations, " +
                     std::to_string(stalls) + " stalls, " + show_bytes(static_cast<std::uint64_t>(rate)) + "/s (" +
                     agreed + ")");
}

} // namespace cifra::client
