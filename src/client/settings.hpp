// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What cifra is told: flag before environment before user file before system file.
#pragma once

#include "proto/names.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cifra::client {

inline constexpr const char* default_port = "7411";

struct Settings {
    std::string host;
    std::string port = default_port;
    std::filesystem::path server_roots, device_chain, device_key, user_chain, user_key;
    std::vector<Suite> suites; // empty: the built-in order for this machine
    std::vector<Group> groups; // empty: the built-in order
    bool padded = false;
    int passphrase_fd = -1;
    bool json = false, quiet = false, verbose = false;
    std::chrono::seconds retry_for{60};     // how long a lost connection is tried again
    std::chrono::seconds answer_within{60}; // the server's time for an answer, while it gives signs of life
};

// What the command line and the environment say, before any file is read.
struct Overrides {
    std::filesystem::path config; // empty: the usual places
    std::string server;           // HOST[:PORT]
    std::vector<std::string> suites, groups;
    bool padded = false;
};

// Throws Failure (bad_input) naming file, line and remedy.
void load_settings(Settings& settings, const Overrides& overrides);

// "host", "host:port", "[::1]:port".
void set_server(Settings& settings, const std::string& text);

} // namespace cifra::client
