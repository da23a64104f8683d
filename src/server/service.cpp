// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/service.hpp"

#include <boost/asio/post.hpp>

#include <spdlog/fmt/fmt.h>

#include <ctime>
#include <random>

namespace cifra::server {

namespace {

constexpr std::size_t disk_threads = 2;

double random_fraction() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

std::shared_ptr<const states::ServerPolicy> make_policy(const Config& config, crypto::Credential credential,
                                                        const std::optional<crypto::TrustStore>& users) {
    auto policy = std::make_shared<states::ServerPolicy>();
    policy->suites = config.protocol.suites;
    policy->groups = config.protocol.groups;
    policy->schemes.assign(all_schemes.begin(), all_schemes.end());
    policy->chunk_limit = config.protocol.chunk_limit;
    policy->padding = config.protocol.padding;
    policy->rotation = config.rotation;
    policy->user_required = config.login.user_required;
    if (users) policy->issuers = users->issuer_names();
    policy->credential = std::move(credential);
    policy->session_seconds = static_cast<std::uint32_t>(std::chrono::seconds(config.server.session).count());
    return policy;
}

// With an expired certificate a server would start, and no client would ever trust it.
void demand_valid_now(const std::filesystem::path& chain, std::int64_t not_after) {
    if (std::time(nullptr) <= not_after) return;
    const std::time_t end = not_after;
    std::tm parts{};
    ::gmtime_r(&end, &parts);
    throw std::runtime_error(chain.string() +
                             fmt::format(": the certificate, or its CA's, expired on {:04}-{:02}-{:02}; have a new one "
                                         "issued, or check the clock of this machine",
                                         parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday));
}

} // namespace

SettingsPtr load_settings(Config config, crypto::Secret& passphrase, int passphrase_fd) {
    auto settings = std::make_shared<Settings>();
    const auto& files = config.certificates;
    crypto::PassphraseSource source(passphrase_fd);
    auto credential = crypto::load_credential(crypto::Party::server, files.chain, files.key, [&] {
        if (passphrase.empty())
            passphrase = source.get("cifra-server", "Passphrase of the server key " + files.key.string());
        return crypto::Secret::copy_of(passphrase.view());
    });
    demand_valid_now(files.chain, credential.not_after);
    settings->devices = crypto::TrustStore::load(crypto::Party::device, files.device_roots);
    if (config.login.user_required) settings->users = crypto::TrustStore::load(crypto::Party::user, files.user_roots);
    settings->policy = make_policy(config, std::move(credential), settings->users);
    settings->timing.handshake = config.login.device_timeout;
    settings->timing.user = config.login.user_timeout;
    settings->timing.session = config.server.session;
    settings->config = std::move(config);
    return settings;
}

Service::Service(SettingsPtr settings)
    : catalogue(settings->config.media_dir, settings->config.state_dir),
      media(settings->config.media_dir),
      uploads(UploadOptions{.state_dir = settings->config.state_dir, .limits = settings->config.uploads}, catalogue),
      half_open(settings->config.login, random_fraction),
      disk(disk_threads),
      settings_(std::move(settings)) {}

SettingsPtr Service::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

void Service::replace(SettingsPtr settings) {
    half_open.set_limits(settings->config.login);
    uploads.set_limits(settings->config.uploads);
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
}

void Service::rescan_soon() {
    if (scanning_.exchange(true)) return;
    boost::asio::post(disk, [this] {
        const auto report = catalogue.rescan();
        scanning_ = false;
        log(report.complete ? Level::info : Level::error, "catalogue",
            {{"items", report.items},
             {"added", report.added},
             {"changed", report.changed},
             {"removed", report.removed},
             {"skipped", report.skipped}});
    });
}

} // namespace cifra::server
