// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/service.hpp"

#include "server/text.hpp"

#include <spdlog/fmt/fmt.h>

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <random>

namespace cifra::server {

namespace {

constexpr std::size_t disk_threads = 2;
constexpr const char* credential_name = "cifra-server";

double random_fraction() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

std::shared_ptr<const states::ServerPolicy> make_policy(const Config& config, crypto::Credential credential,
                                                        const Doorkeeper& door) {
    auto policy = std::make_shared<states::ServerPolicy>();
    policy->suites = config.protocol.suites;
    policy->groups = config.protocol.groups;
    policy->schemes.assign(all_schemes.begin(), all_schemes.end());
    policy->chunk_limit = config.protocol.chunk_limit;
    policy->padding = config.protocol.padding;
    policy->rotation = config.rotation;
    policy->user = config.login.card_required   ? proto::UserAsked::card
                   : config.login.user_required ? proto::UserAsked::any
                                                : proto::UserAsked::none;
    policy->enrolment = config.login.enrolment;
    policy->tickets = config.login.user_required && config.tickets.lifetime.count() > 0;
    policy->issuers = door.issuer_names();
    policy->credential = std::move(credential);
    policy->session_seconds = static_cast<std::uint32_t>(std::chrono::seconds(config.server.session).count());
    return policy;
}

// With an expired certificate a server would start, and no client would ever trust it.
void demand_valid_now(const std::filesystem::path& chain, std::int64_t not_after) {
    if (std::time(nullptr) <= not_after) return;
    throw std::runtime_error(chain.string() +
                             fmt::format(": the certificate, or its CA's, expired on {}; have a new one issued, or "
                                         "check the clock of this machine",
                                         utc_text(not_after).substr(0, 10)));
}

// Whether a passphrase can be had at once.
bool is_at_hand(int passphrase_fd) {
    if (passphrase_fd >= 0) {
        pollfd entry{passphrase_fd, POLLIN, 0};
        return ::poll(&entry, 1, 0) > 0;
    }
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return folder != nullptr && ::access((std::filesystem::path(folder) / credential_name).c_str(), R_OK) == 0;
}

crypto::Secret new_passphrase(const std::filesystem::path& key, int passphrase_fd, Ask ask) {
    if (ask == Ask::nobody && !is_at_hand(passphrase_fd))
        throw crypto::NoPassphrase(key.string() +
                                   ": the key is encrypted now, and cifrad has no passphrase: start it again");
    return crypto::PassphraseSource(passphrase_fd).get(credential_name, "Passphrase of the server key " + key.string());
}

} // namespace

SettingsPtr load_settings(Config config, crypto::Secret& passphrase, int passphrase_fd, Ask ask) {
    auto settings = std::make_shared<Settings>();
    const auto& files = config.certificates;
    crypto::Secret given;
    auto credential = crypto::load_credential(crypto::Party::server, files.chain, files.key, [&] {
        if (!passphrase.empty()) return crypto::Secret::copy_of(passphrase.view());
        given = new_passphrase(files.key, passphrase_fd, ask);
        return crypto::Secret::copy_of(given.view());
    });
    if (!given.empty()) passphrase = std::move(given); // not one that was wrong
    demand_valid_now(files.chain, credential.not_after);
    settings->door = std::make_shared<Doorkeeper>(config);
    if (!config.tickets.key_file.empty()) load_ticket_keys(config.tickets.key_file); // that they are good
    if (config.login.enrolment) settings->server_roots = load_server_roots(files.server_roots);
    settings->policy = make_policy(config, std::move(credential), *settings->door);
    settings->timing.handshake = config.login.device_timeout;
    settings->timing.user = config.login.user_timeout;
    settings->timing.session = config.server.session;
    settings->config = std::move(config);
    return settings;
}

std::vector<std::string_view> keys_for_restart(const Config& running, const Config& next) {
    std::vector<std::string_view> keys;
    if (next.listen != running.listen) keys.emplace_back("listen");
    if (next.media_dir != running.media_dir) keys.emplace_back("media_dir");
    if (next.state_dir != running.state_dir) keys.emplace_back("state_dir");
    if (next.server.threads != running.server.threads) keys.emplace_back("server.threads");
    return keys;
}

Service::Service(SettingsPtr settings)
    : catalogue(settings->config.media_dir, settings->config.state_dir),
      media(settings->config.media_dir),
      uploads(UploadOptions{.state_dir = settings->config.state_dir, .limits = settings->config.uploads}, catalogue),
      half_open(settings->config.login, random_fraction),
      settings_(std::move(settings)),
      disk(disk_threads),
      upload_queue([this](const UploadIdentity& identity, const Cancelled& cancelled) {
          return uploads.begin(identity, cancelled);
      }),
      enrolment(settings_->config.state_dir),
      scanner_([this] { scan(); }) {
    tickets.use(settings_->config.tickets.key_file);
}

SettingsPtr Service::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

void Service::replace(SettingsPtr settings) {
    tickets.use(settings->config.tickets.key_file);
    half_open.set_limits(settings->config.login);
    uploads.set_limits(settings->config.uploads);
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
}

void Service::rescan_soon(std::function<void()> done) { scanner_.soon(std::move(done)); }

void Service::scan() {
    if (catalogue.is_cancelled()) return;
    log(Level::info, "scanning", {{"folder", catalogue.media_dir().string()}});
    const auto report = catalogue.rescan();
    if (report.cancelled) return;
    const auto changes = [this](std::size_t n) { return scanned_ ? FieldValue(n) : FieldValue(); };
    log(report.complete ? Level::info : Level::error, "catalogue",
        {{"items", report.items},
         {"added", changes(report.added)},
         {"changed", changes(report.changed)},
         {"removed", changes(report.removed)},
         {"skipped", report.skipped}});
    scanned_ = true;
}

void Service::stop_reading() noexcept {
    catalogue.cancel();
    uploads.cancel();
}

void Service::join() {
    scanner_.join();
    upload_queue.join();
    enrolment.join();
    disk.join();
}

} // namespace cifra::server
