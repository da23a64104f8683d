// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/settings.hpp"

#include "client/exit_code.hpp"

#include <toml++/toml.h>

#include <charconv>
#include <cstdlib>

namespace cifra::client {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void reject(const fs::path& file, const toml::source_region& where, const std::string& what,
                         const std::string& remedy) {
    throw Failure(Exit::bad_input, file.string() + ":" + std::to_string(where.begin.line) + ": " + what, remedy);
}

constexpr std::string_view known_keys =
    "server, server_roots, device_chain, device_key, user_chain, user_key, suites, groups, padding";

std::string text_of(const fs::path& file, const toml::node& node, std::string_view key) {
    if (const auto* value = node.as_string()) return value->get();
    reject(file, node.source(), std::string(key) + " must be a string in quotes", "put its value in double quotes");
}

std::vector<std::string> texts_of(const fs::path& file, const toml::node& node, std::string_view key) {
    std::vector<std::string> texts;
    const auto* array = node.as_array();
    if (array == nullptr)
        reject(file, node.source(), std::string(key) + " must be an array of strings", "for example [\"X25519\"]");
    for (const auto& element : *array) texts.push_back(text_of(file, element, key));
    return texts;
}

std::vector<Suite> suites_of(const std::vector<std::string>& names) {
    std::vector<Suite> suites;
    for (const auto& name : names) {
        const auto suite = suite_named(name);
        if (!suite)
            throw Failure(Exit::usage, "there is no suite '" + name + "'", "PROTOCOL.md, section 3, lists them");
        suites.push_back(*suite);
    }
    return suites;
}

std::vector<Group> groups_of(const std::vector<std::string>& names) {
    std::vector<Group> groups;
    for (const auto& name : names) {
        const auto group = group_named(name);
        if (!group)
            throw Failure(Exit::usage, "there is no group '" + name + "'", "PROTOCOL.md, section 3, lists them");
        groups.push_back(*group);
    }
    return groups;
}

void read_key(Settings& settings, const fs::path& file, std::string_view key, const toml::node& node) {
    const auto path = [&](fs::path& into) {
        const fs::path given = text_of(file, node, key);
        into = given.is_absolute() ? given : file.parent_path() / given;
    };
    if (key == "server")
        set_server(settings, text_of(file, node, key));
    else if (key == "server_roots")
        path(settings.server_roots);
    else if (key == "device_chain")
        path(settings.device_chain);
    else if (key == "device_key")
        path(settings.device_key);
    else if (key == "user_chain")
        path(settings.user_chain);
    else if (key == "user_key")
        path(settings.user_key);
    else if (key == "suites")
        settings.suites = suites_of(texts_of(file, node, key));
    else if (key == "groups")
        settings.groups = groups_of(texts_of(file, node, key));
    else if (key == "padding") {
        const auto text = text_of(file, node, key);
        if (text != "none" && text != "full") reject(file, node.source(), "padding must be \"none\" or \"full\"", "");
        settings.padded = text == "full";
    } else {
        reject(file, node.source(), "unknown key '" + std::string(key) + "'",
               "the keys are: " + std::string(known_keys));
    }
}

void read_file(Settings& settings, const fs::path& file) {
    try {
        const auto table = toml::parse_file(file.string());
        for (const auto& [key, node] : table) read_key(settings, file, key.str(), node);
    } catch (const toml::parse_error& error) {
        reject(file, error.source(), std::string(error.description()),
               "mend the line, or make the file anew with 'cifractl init'");
    }
}

fs::path user_file() {
    if (const char* home = std::getenv("XDG_CONFIG_HOME"); home != nullptr && *home != '\0')
        return fs::path(home) / "cifra/cifra.toml";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
        return fs::path(home) / ".config/cifra/cifra.toml";
    return {};
}

} // namespace

void set_server(Settings& settings, const std::string& text) {
    auto host = text;
    std::string port;
    const auto colon = text.rfind(':');
    const bool bare_v6 = colon != std::string::npos && text.find(':') != colon && text.front() != '[';
    if (colon != std::string::npos && !bare_v6 && text.back() != ']') {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        unsigned number = 0;
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (error != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65'535)
            throw Failure(Exit::usage, "'" + port + "' is no port",
                          "give the server as HOST:PORT, for example localhost:7411");
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty())
        throw Failure(Exit::usage, "'" + text + "' names no server",
                      "give it as HOST:PORT, for example localhost:7411");
    settings.host = host;
    if (!port.empty()) settings.port = port;
}

void load_settings(Settings& settings, const Overrides& overrides) {
    fs::path config = overrides.config;
    if (config.empty())
        if (const char* named = std::getenv("CIFRA_CONFIG"); named != nullptr && *named != '\0') config = named;
    if (!config.empty()) {
        std::error_code error;
        if (!fs::is_regular_file(config, error))
            throw Failure(Exit::bad_input, "no configuration at " + config.string(),
                          "check --config or CIFRA_CONFIG; 'cifractl init' makes one");
        read_file(settings, config);
    } else {
        for (const auto& file : {fs::path("/etc/cifra/cifra.toml"), user_file()}) {
            std::error_code error;
            if (!file.empty() && fs::is_regular_file(file, error)) read_file(settings, file);
        }
    }
    if (const char* server = std::getenv("CIFRA_SERVER"); server != nullptr && *server != '\0')
        set_server(settings, server);
    if (!overrides.server.empty()) set_server(settings, overrides.server);
    if (!overrides.suites.empty()) settings.suites = suites_of(overrides.suites);
    if (!overrides.groups.empty()) settings.groups = groups_of(overrides.groups);
    settings.padded = settings.padded || overrides.padded;
    if (settings.host.empty())
        throw Failure(
            Exit::bad_input, "no server is configured",
            "give --config FILE (the operator's 'cifractl init' wrote one in its client folder) or --server HOST:PORT");
    if (settings.server_roots.empty() || settings.device_chain.empty() || settings.device_key.empty())
        throw Failure(Exit::bad_input, "the configuration names no server_roots, device_chain or device_key",
                      "give --config FILE: the operator has one for this device");
}

} // namespace cifra::client
