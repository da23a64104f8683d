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
    std::filesystem::path file; // the configuration that was read last; empty: none
    std::filesystem::path server_roots, server_crls, device_chain, device_key, user_chain, user_key;
    std::filesystem::path publisher_roots, publisher_crls; // who may have signed items; empty: whoever, or nobody
    std::string card;        // RFC 7512 URI or label of the person's certificate; empty: no card, or whichever is there
    std::string card_module; // PKCS#11: "opensc", a name that p11-kit knows, or an absolute path; empty: "opensc"
    std::string pinentry;    // the program that asks for a PIN where there is no terminal; empty: "pinentry"
    std::vector<Suite> suites; // empty: the built-in order for this machine
    std::vector<Group> groups; // empty: the built-in order
    bool padded = false;
    int passphrase_fd = -1, pin_fd = -1;
    bool tickets = true;    // take them and show them
    bool wait_card = false; // for one to be put in, also where nobody is asked to
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
    std::string card, card_module;
};

// Where the user's own configuration is kept: $XDG_CONFIG_HOME/cifra or ~/.config/cifra. Empty when there is neither.
std::filesystem::path config_folder();

// Throws Failure (bad_input) naming file, line and remedy. What is not configured stays empty.
void load_settings(Settings& settings, const Overrides& overrides);
// Throws Failure (bad_input) unless they name a server; server_roots and a device; both of a pair.
void demand_server(const Settings& settings);
void demand_keys(const Settings& settings);

// "host", "host:port", "[::1]:port".
void set_server(Settings& settings, const std::string& text);

} // namespace cifra::client
