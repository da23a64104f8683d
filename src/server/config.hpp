// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The server's configuration file, TOML. Loading gives a whole configuration in which every path exists, or all the
// problems at once, each with its place in the file.
#pragma once

#include "proto/names.hpp"
#include "proto/negotiation.hpp"
#include "server/log.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cifra::server {

struct ConfigProblem {
    std::uint32_t line = 0; // 0: concerns the file as a whole
    std::uint32_t column = 0;
    std::string text;
};

// what(): one line a problem, `cifrad.toml:12:3: …`.
class ConfigError : public std::runtime_error {
  public:
    ConfigError(const std::filesystem::path& file, std::vector<ConfigProblem> problems);
    const std::vector<ConfigProblem>& problems() const noexcept { return problems_; }

  private:
    std::vector<ConfigProblem> problems_;
};

struct ListenAddress {
    std::string host;       // a numeric IPv4 or IPv6 address, without brackets
    std::uint16_t port = 0; // 0: any free one
    bool operator==(const ListenAddress&) const = default;
};

struct Config {
    std::filesystem::path file; // this and all below are absolute
    std::vector<ListenAddress> listen{{"127.0.0.1", 7411}};
    std::filesystem::path media_dir; // plain files; may be empty with a vault
    std::filesystem::path state_dir;

    // Media at rest, sealed.
    struct Vault {
        std::filesystem::path dir;             // empty: there is none
        std::filesystem::path key_file;        // empty: the passphrase of the server's key opens it
        std::filesystem::path publisher_chain; // who signs what is uploaded; needed with a vault that takes uploads
        std::filesystem::path publisher_key;
    } vault;

    struct Ledger {
        std::string database; // "sqlite:FILE", FILE absolute, or "postgresql://…"; empty: nothing is licensed
    } ledger;

    // What somebody gets who has no licence for an item yet, and what holds for every person.
    struct Licences {
        std::string first = "5-plays"; // a policy's name; "custom": what follows
        std::vector<std::string> rights{"play"};
        std::uint64_t plays = 0, units = 0, seconds = 0; // 0: no limit, here and below
        std::uint32_t days = 0;                          // from the first request on
        std::uint64_t after_first_play_s = 0;
        std::uint32_t concurrent = 0; // plays of one licence at a time
        std::string renewal = "none"; // "none", "free", "voucher", "operator"
        std::uint32_t renewals_max = 0;
        std::uint32_t person_concurrent = 0; // plays of one person at a time
    } licences;

    struct Certificates {
        std::filesystem::path chain;
        std::filesystem::path key;
        std::filesystem::path device_roots;
        std::filesystem::path user_roots;   // may be empty when no user is asked for, or none that we issued
        std::filesystem::path card_roots;   // of certificates that others made; may be empty
        std::filesystem::path crls;         // a folder; empty: nobody asks who is revoked
        std::filesystem::path server_roots; // what enrolment hands out; may be empty without it
    } certificates;

    struct Login {
        bool user_required = true;
        bool card_required = false;     // only with user_required
        bool pause_without_card = true; // who takes the card out hears nothing
        bool enrolment = false;         // requests of unknown devices are stored for the operator
        std::chrono::seconds device_timeout{10};
        std::chrono::seconds user_timeout{120};
        std::uint32_t max_half_open_per_address = 16;
        std::uint32_t ramp_begin = 128;  // half-open connections
        std::uint32_t ramp_percent = 30; // refused at ramp_begin
        std::uint32_t ramp_full = 512;   // half-open connections at which all are refused
    } login;

    // Who of those with a valid path is let in.
    struct People {
        std::filesystem::path file; // people.json; may be empty: whoever user_roots issued
        bool issued = true;         // people that user_roots issued need no entry
        bool rules = true;
        std::vector<std::string> issuers; // commonNames of CAs of which one is on the path; empty: any
    } people;

    struct Tickets {
        std::chrono::seconds lifetime{3600}; // 0: none
        std::filesystem::path key_file;      // empty: random keys, which a restart forgets
    } tickets;

    struct Protocol {
        std::vector<Suite> suites{Suite::aes256_gcm_sha384, Suite::aes128_gcm_sha256, Suite::chacha20_poly1305_sha256};
        std::vector<Group> groups{Group::x25519, Group::p256, Group::p384};
        bool allow_legacy = false;
        std::uint32_t chunk_limit = 262'144; // bytes
        proto::Padding padding = proto::Padding::none;
    } protocol;

    proto::RotationPolicy rotation{.chunks = 128, .bytes = 0, .seconds = 3600, .ratchet = false};

    struct Uploads {
        bool enabled = true;
        std::uint64_t max_bytes = 4ULL << 30;    // of one file; 0: no limit
        std::uint64_t quota_bytes = 16ULL << 30; // of one person or device; 0: no limit
        std::uint32_t expire_days = 7;           // of a partial upload; 0: never
    } uploads;

    struct Server {
        unsigned threads = 0; // 0: as many as there are processors
        std::chrono::seconds drain{30};
        std::chrono::hours session{24};
    } server;

    LogOptions log;
};

// Throws ConfigError.
Config load_config(const std::filesystem::path& file);
// The same for text that stands, or would stand, in `file`.
Config parse_config(std::string_view text, const std::filesystem::path& file);

} // namespace cifra::server
