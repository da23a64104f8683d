// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/config.hpp"

#include "base/toml_text.hpp"
#include "proto/names.hpp"
#include "server/config_lending.hpp"
#include "server/config_names.hpp"
#include "server/config_reader.hpp"
#include "server/file_io.hpp"

#include <arpa/inet.h>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace cifra::server {

namespace {

using namespace std::string_view_literals;

constexpr std::array keys{"listen"sv,
                          "media_dir"sv,
                          "state_dir"sv,
                          "vault.dir"sv,
                          "vault.key_file"sv,
                          "vault.publisher_chain"sv,
                          "vault.publisher_key"sv,
                          "ledger.database"sv,
                          "licences.first"sv,
                          "licences.rights"sv,
                          "licences.plays"sv,
                          "licences.units"sv,
                          "licences.seconds"sv,
                          "licences.days"sv,
                          "licences.after_first_play_s"sv,
                          "licences.concurrent"sv,
                          "licences.renewal"sv,
                          "licences.renewals_max"sv,
                          "licences.person_concurrent"sv,
                          "certificates.chain"sv,
                          "certificates.key"sv,
                          "certificates.device_roots"sv,
                          "certificates.user_roots"sv,
                          "certificates.card_roots"sv,
                          "certificates.crls"sv,
                          "certificates.server_roots"sv,
                          "login.user"sv,
                          "login.card_removal"sv,
                          "login.enrolment"sv,
                          "login.device_timeout_s"sv,
                          "login.user_timeout_s"sv,
                          "login.max_half_open_per_address"sv,
                          "login.half_open_ramp"sv,
                          "people.file"sv,
                          "people.issued"sv,
                          "people.rules"sv,
                          "people.issuers"sv,
                          "tickets.lifetime_s"sv,
                          "tickets.key_file"sv,
                          "protocol.suites"sv,
                          "protocol.groups"sv,
                          "protocol.allow_legacy"sv,
                          "protocol.chunk_limit"sv,
                          "protocol.padding"sv,
                          "rotation.chunks"sv,
                          "rotation.bytes"sv,
                          "rotation.seconds"sv,
                          "rotation.ratchet"sv,
                          "uploads.enabled"sv,
                          "uploads.max_bytes"sv,
                          "uploads.quota_bytes"sv,
                          "uploads.expire_days"sv,
                          "server.threads"sv,
                          "server.drain_s"sv,
                          "server.session_hours"sv,
                          "log.format"sv,
                          "log.level"sv,
                          "log.file"sv};

constexpr std::uint64_t any_size = 1ULL << 62; // bytes

std::string joined(const std::filesystem::path& file, const std::vector<ConfigProblem>& problems) {
    std::string out;
    for (const auto& problem : problems) {
        if (!out.empty()) out += '\n';
        out += file.string();
        if (problem.line != 0) out += fmt::format(":{}:{}", problem.line, problem.column);
        out += ": " + problem.text;
    }
    return out;
}

std::optional<ListenAddress> listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    ListenAddress address{std::string(host), 0};
    std::array<std::uint8_t, 16> binary{};
    if (::inet_pton(brackets ? AF_INET6 : AF_INET, address.host.c_str(), binary.data()) != 1) return std::nullopt;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (port.empty() || error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
    return address;
}

void read_listen(ConfigReader& reader, Config& config) {
    constexpr auto expected = R"(a numeric address and a port, such as "127.0.0.1:7411" or "[::1]:7411")"sv;
    std::vector<ListenAddress> found;
    reader.texts("listen", expected, [&](const std::string& value, const toml::node& node) {
        auto address = listen_address(value);
        if (!address) {
            return reader.problem(node, "listen", fmt::format("has {}; expected {}", in_quotes(value), expected));
        }
        found.push_back(std::move(*address));
    });
    if (!found.empty()) config.listen = std::move(found);
}

// True when `inner` is `outer` or lies in it, links followed.
bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    std::error_code error;
    const auto a = std::filesystem::weakly_canonical(inner, error);
    if (error || inner.empty() || outer.empty()) return false;
    const auto b = std::filesystem::weakly_canonical(outer, error);
    if (error) return false;
    return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).second == b.end();
}

void read_paths(ConfigReader& reader, Config& config) {
    using PathIs = ConfigReader::PathIs;
    auto& certificates = config.certificates;
    reader.path("vault.dir", PathIs::readable_folder, config.vault.dir, false);
    reader.path("vault.key_file", PathIs::readable_file, config.vault.key_file, false);
    const bool signs = !config.vault.dir.empty() && config.uploads.enabled;
    reader.path("vault.publisher_chain", PathIs::readable_file, config.vault.publisher_chain, signs);
    reader.path("vault.publisher_key", PathIs::readable_file, config.vault.publisher_key, signs);
    reader.path("media_dir", PathIs::readable_folder, config.media_dir, config.vault.dir.empty());
    reader.path("state_dir", PathIs::writable_folder, config.state_dir);
    reader.path("certificates.chain", PathIs::readable_file, certificates.chain);
    reader.path("certificates.key", PathIs::readable_file, certificates.key);
    reader.path("certificates.device_roots", PathIs::readable_file, certificates.device_roots);
    reader.path("certificates.user_roots", PathIs::readable_file, certificates.user_roots,
                config.login.user_required && config.people.issued);
    reader.path("certificates.card_roots", PathIs::readable_file, certificates.card_roots, false);
    reader.path("certificates.crls", PathIs::readable_folder, certificates.crls, false);
    reader.path("certificates.server_roots", PathIs::readable_file, certificates.server_roots, false);
    reader.path("people.file", PathIs::readable_file, config.people.file, false);
    reader.path("tickets.key_file", PathIs::readable_file, config.tickets.key_file, false);
    reader.path("log.file", PathIs::to_be_written, config.log.file, false);
    const std::pair<std::string_view, const std::filesystem::path&> apart[]{
        {"state_dir", config.state_dir},
        {"certificates.key", certificates.key},
        {"vault.dir", config.vault.dir},
        {"vault.key_file", config.vault.key_file},
        {"vault.publisher_key", config.vault.publisher_key},
        {"people.file", config.people.file},
        {"tickets.key_file", config.tickets.key_file}};
    for (const auto& [key, path] : apart) {
        if (lies_in(path, config.media_dir)) {
            reader.problem(
                key,
                fmt::format("lies in media_dir {}, whose files are lent to everybody; expected a place outside of it",
                            in_quotes(config.media_dir.string())));
        }
    }
}

void read_login(ConfigReader& reader, Config::Login& login) {
    constexpr std::array users{"required"sv, "card"sv, "none"sv};
    reader.choice("login.user", users, [&](std::size_t i) {
        login.user_required = i != 2;
        login.card_required = i == 1;
    });
    constexpr std::array removals{"pause"sv, "ignore"sv};
    reader.choice("login.card_removal", removals, [&](std::size_t i) { login.pause_without_card = i == 0; });
    reader.boolean("login.enrolment", login.enrolment);
    reader.duration("login.device_timeout_s", login.device_timeout, 1, 3600);
    reader.duration("login.user_timeout_s", login.user_timeout, 1, 3600);
    reader.number("login.max_half_open_per_address", login.max_half_open_per_address, 1, 65'535);
    std::array<std::uint32_t, 3> ramp{login.ramp_begin, login.ramp_percent, login.ramp_full};
    reader.numbers("login.half_open_ramp", ramp, 1'000'000);
    if (ramp[0] > ramp[2] || ramp[1] > 100 || ramp[2] == 0) {
        reader.problem("login.half_open_ramp",
                       fmt::format("is [{}]; expected [connections from which some are refused, percent "
                                   "refused there (0 to 100), connections at which all are refused]",
                                   fmt::join(ramp, ", ")));
        return;
    }
    login.ramp_begin = ramp[0];
    login.ramp_percent = ramp[1];
    login.ramp_full = ramp[2];
}

// Before the paths, as `issued` says which of them are needed.
void read_people(ConfigReader& reader, Config& config) {
    auto& people = config.people;
    reader.boolean("people.issued", people.issued);
    reader.boolean("people.rules", people.rules);
    constexpr auto expected = "the commonName of a CA"sv;
    reader.texts(
        "people.issuers", expected,
        [&](const std::string& value, const toml::node& node) {
            if (value.empty()) return reader.problem(node, "issuers", fmt::format("has \"\"; expected {}", expected));
            people.issuers.push_back(value);
        },
        ConfigReader::Empty::allowed);
    reader.duration("tickets.lifetime_s", config.tickets.lifetime, 0, 3600);
}

// What would let nobody in, or hand out nothing.
void check_together(ConfigReader& reader, const Config& config) {
    if (config.login.enrolment && config.certificates.server_roots.empty())
        reader.problem("login.enrolment",
                       "is true; expected server_roots in [certificates] with it, which it hands out");
    if (!config.ledger.database.empty() && config.vault.dir.empty())
        reader.problem("ledger.database", "is set; expected dir in [vault] with it, whose key seals the ledger");
    if (!config.people.file.empty()) return;
    constexpr auto needed = "; expected file in [people] with it, which says whose"sv;
    if (config.login.card_required) reader.problem("login.user", fmt::format("is \"card\"{} cards are taken", needed));
    if (!config.certificates.card_roots.empty())
        reader.problem("certificates.card_roots",
                       fmt::format("names a file{} certificates of those CAs are taken", needed));
    if (config.login.user_required && !config.people.issued)
        reader.problem("people.issued", fmt::format("is false{} keys are taken", needed));
}

void read_protocol(ConfigReader& reader, Config::Protocol& protocol) {
    reader.boolean("protocol.allow_legacy", protocol.allow_legacy);
    read_suites(reader, protocol);
    read_groups(reader, protocol);
    auto limit = protocol.chunk_limit;
    reader.number("protocol.chunk_limit", limit, 16'384, 1'048'576);
    if (!std::has_single_bit(limit)) {
        reader.problem("protocol.chunk_limit",
                       fmt::format("is {}; expected a power of two from 16384 to 1048576 (bytes)", limit));
    } else {
        protocol.chunk_limit = limit;
    }
    constexpr std::array names{"none"sv, "full"sv};
    reader.choice("protocol.padding", names,
                  [&](std::size_t i) { protocol.padding = i == 0 ? proto::Padding::none : proto::Padding::full; });
}

void read_rest(ConfigReader& reader, Config& config) {
    reader.number("rotation.chunks", config.rotation.chunks, 0, 1 << 20);
    reader.number("rotation.bytes", config.rotation.bytes, 0, 1ULL << 36);
    reader.number("rotation.seconds", config.rotation.seconds, 0, 86'400);
    reader.boolean("rotation.ratchet", config.rotation.ratchet);
    reader.number("uploads.max_bytes", config.uploads.max_bytes, 0, any_size);
    reader.number("uploads.quota_bytes", config.uploads.quota_bytes, 0, any_size);
    reader.number("uploads.expire_days", config.uploads.expire_days, 0, 3650);
    reader.number("server.threads", config.server.threads, 0, 256);
    reader.duration("server.drain_s", config.server.drain, 0, 3600);
    reader.duration("server.session_hours", config.server.session, 1, 24);
    constexpr std::array formats{"text"sv, "json"sv};
    reader.choice("log.format", formats,
                  [&](std::size_t i) { config.log.format = i == 0 ? LogFormat::text : LogFormat::json; });
    constexpr std::array levels{"debug"sv, "info"sv, "warning"sv, "error"sv};
    reader.choice("log.level", levels, [&](std::size_t i) { config.log.level = static_cast<Level>(i); });
}

} // namespace

ConfigError::ConfigError(const std::filesystem::path& file, std::vector<ConfigProblem> problems)
    : std::runtime_error(joined(file, problems)), problems_(std::move(problems)) {}

Config parse_config(std::string_view text, const std::filesystem::path& file) {
    Config config;
    config.file = std::filesystem::absolute(file);
    if (const auto line = stray_byte_line(text); line != 0)
        throw ConfigError(file,
                          {{line, 1, "a letter that is not ASCII; only strings in quotes and comments hold such"}});
    toml::table root;
    try {
        root = toml::parse(text, std::string_view(file.native()));
    } catch (const toml::parse_error& error) {
        const auto at = error.source().begin;
        throw ConfigError(file, {{at.line, at.column, std::string(error.description())}});
    }
    ConfigReader reader(root, config.file.parent_path(), keys);
    read_listen(reader, config);
    read_login(reader, config.login);
    read_people(reader, config);
    reader.boolean("uploads.enabled", config.uploads.enabled);
    read_paths(reader, config);
    read_lending(reader, config);
    check_together(reader, config);
    read_protocol(reader, config.protocol);
    read_rest(reader, config);
    if (auto problems = reader.take_problems(); !problems.empty()) throw ConfigError(file, std::move(problems));
    return config;
}

Config load_config(const std::filesystem::path& file) {
    Bytes contents;
    if (!read_file(file, 1 << 20, contents)) {
        const auto reason = errno == EINVAL ? "not a regular file" : std::strerror(errno);
        throw ConfigError(file, {{0, 0, fmt::format("cannot be read: {}", reason)}});
    }
    return parse_config({reinterpret_cast<const char*>(contents.data()), contents.size()}, file);
}

} // namespace cifra::server
