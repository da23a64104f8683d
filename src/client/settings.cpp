// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/settings.hpp"

#include "base/toml_text.hpp"
#include "client/exit_code.hpp"
#include "client/suggestion.hpp"

#include <toml++/toml.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace cifra::client {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void reject(const fs::path& file, const toml::source_region& where, const std::string& what,
                         const std::string& remedy) {
    throw Failure(Exit::bad_input, file.string() + ":" + std::to_string(where.begin.line) + ": " + what, remedy);
}

const std::vector<std::string> known_keys{"server",         "server_roots", "server_crls", "publisher_roots",
                                          "publisher_crls", "device_chain", "device_key",  "user_chain",
                                          "user_key",       "card",         "card_module", "pinentry",
                                          "suites",         "groups",       "padding"};

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

[[noreturn]] void reject_name(const std::string& what, const std::string& name, const std::vector<std::string>& known) {
    throw Failure(Exit::usage, "there is no " + what + " '" + name + "'",
                  did_you_mean(name, known) + "there are: " + listed(known));
}

std::vector<std::string> suite_names() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < suite_count; ++i) names.emplace_back(name_of(static_cast<Suite>(i)));
    return names;
}

std::vector<std::string> group_names() {
    std::vector<std::string> names;
    for (const auto group : all_groups) names.emplace_back(name_of(group));
    return names;
}

std::vector<Suite> suites_of(const std::vector<std::string>& names) {
    std::vector<Suite> suites;
    for (const auto& name : names) {
        const auto suite = suite_named(name);
        if (!suite) reject_name("suite", name, suite_names());
        suites.push_back(*suite);
    }
    return suites;
}

std::vector<Group> groups_of(const std::vector<std::string>& names) {
    std::vector<Group> groups;
    for (const auto& name : names) {
        const auto group = group_named(name);
        if (!group) reject_name("group", name, group_names());
        groups.push_back(*group);
    }
    return groups;
}

// The keys that hold the path of a file.
fs::path* path_of(Settings& settings, std::string_view key) {
    if (key == "server_roots") return &settings.server_roots;
    if (key == "server_crls") return &settings.server_crls;
    if (key == "publisher_roots") return &settings.publisher_roots;
    if (key == "publisher_crls") return &settings.publisher_crls;
    if (key == "device_chain") return &settings.device_chain;
    if (key == "device_key") return &settings.device_key;
    if (key == "user_chain") return &settings.user_chain;
    if (key == "user_key") return &settings.user_key;
    return nullptr;
}

std::string* text_for(Settings& settings, std::string_view key) {
    if (key == "card") return &settings.card;
    if (key == "card_module") return &settings.card_module;
    if (key == "pinentry") return &settings.pinentry;
    return nullptr;
}

void read_key(Settings& settings, const fs::path& file, std::string_view key, const toml::node& node) {
    if (auto* path = path_of(settings, key)) {
        const fs::path given = text_of(file, node, key);
        *path = given.is_absolute() ? given : file.parent_path() / given;
    } else if (auto* text = text_for(settings, key)) {
        *text = text_of(file, node, key);
    } else if (key == "server") {
        set_server(settings, text_of(file, node, key));
    } else if (key == "suites") {
        settings.suites = suites_of(texts_of(file, node, key));
    } else if (key == "groups") {
        settings.groups = groups_of(texts_of(file, node, key));
    } else if (key == "padding") {
        const auto padding = text_of(file, node, key);
        if (padding != "none" && padding != "full")
            reject(file, node.source(), "padding must be \"none\" or \"full\"", "");
        settings.padded = padding == "full";
    } else {
        reject(file, node.source(), "unknown key '" + std::string(key) + "'",
               did_you_mean(key, known_keys) + "the keys are: " + listed(known_keys));
    }
}

std::string text_in(const fs::path& file) {
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in || in.bad())
        throw Failure(Exit::bad_input, "cannot read " + file.string() + ": " + std::strerror(errno),
                      "check its permissions, or give another with --config");
    return text.str();
}

void read_file(Settings& settings, const fs::path& file) {
    settings.file = file;
    const auto text = text_in(file);
    if (const auto line = stray_byte_line(text); line != 0)
        reject(file, {{line, 1}, {line, 1}, nullptr},
               "a letter that is not ASCII; only strings in quotes and comments hold such",
               "mend the line, or make the file anew with 'cifractl init'");
    try {
        const auto table = toml::parse(text, file.string());
        for (const auto& [key, node] : table) {
            try {
                read_key(settings, file, key.str(), node);
            } catch (const Failure& failure) {
                if (failure.status != Exit::usage) throw;
                // What is wrong on the command line with a flag of that kind is wrong in a line of a file here.
                reject(file, node.source(), failure.what(), failure.remedy);
            }
        }
    } catch (const toml::parse_error& error) {
        reject(file, error.source(), std::string(error.description()),
               "mend the line, or make the file anew with 'cifractl init'");
    }
}

} // namespace

fs::path config_folder() {
    if (const char* home = std::getenv("XDG_CONFIG_HOME"); home != nullptr && *home != '\0')
        return fs::path(home) / "cifra";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
        return fs::path(home) / ".config/cifra";
    return {};
}

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
    settings.port = port.empty() ? default_port : port;
}

void load_settings(Settings& settings, const Overrides& overrides) {
    fs::path config = overrides.config;
    if (config.empty())
        if (const char* named = std::getenv("CIFRA_CONFIG"); named != nullptr && *named != '\0') config = named;
    if (!config.empty()) {
        std::error_code error;
        if (!fs::is_regular_file(config, error))
            throw Failure(
                Exit::bad_input, "no configuration at " + config.string(),
                "check --config or CIFRA_CONFIG; 'cifra enroll SERVER' or the operator's 'cifractl init' makes one");
        read_file(settings, config);
    } else {
        const auto ours = config_folder();
        for (const auto& folder : {fs::path("/etc/cifra"), ours}) {
            const auto file = folder / "cifra.toml";
            std::error_code error;
            if (!folder.empty() && fs::is_regular_file(file, error)) read_file(settings, file);
        }
    }
    if (const char* server = std::getenv("CIFRA_SERVER"); server != nullptr && *server != '\0')
        set_server(settings, server);
    if (!overrides.server.empty()) set_server(settings, overrides.server);
    if (!overrides.suites.empty()) settings.suites = suites_of(overrides.suites);
    if (!overrides.groups.empty()) settings.groups = groups_of(overrides.groups);
    settings.padded = settings.padded || overrides.padded;
    if (!overrides.card.empty()) settings.card = overrides.card;
    if (!overrides.card_module.empty()) settings.card_module = overrides.card_module;
}

void demand_server(const Settings& settings) {
    if (!settings.host.empty()) return;
    throw Failure(Exit::bad_input, "no server is configured",
                  "'cifra enroll SERVER' makes a configuration; or give --config FILE (the operator's 'cifractl init' "
                  "wrote one in its client folder) or --server HOST:PORT");
}

void demand_keys(const Settings& settings) {
    // Beside a card, user_chain holds the CAs that the card lacks.
    const bool chain_alone = settings.user_key.empty() && !settings.card.empty();
    if (settings.user_chain.empty() != settings.user_key.empty() && !chain_alone)
        throw Failure(Exit::bad_input, "the configuration names only one of user_chain and user_key",
                      "name both, or none for a server that asks for no person");
    if (settings.server_roots.empty() || settings.device_chain.empty() || settings.device_key.empty())
        throw Failure(
            Exit::bad_input, "the configuration names no server_roots, device_chain or device_key",
            "give --config FILE: the operator has one for this device; or make one with 'cifra enroll SERVER'");
}

} // namespace cifra::client
