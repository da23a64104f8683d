// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/service.hpp"

#include "server/sealed_uploads.hpp"
#include "server/text.hpp"
#include "server/upload_store.hpp"

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

// The one passphrase of the server's key, of the publisher's and of the vault, asked for once.
class ServerPassphrase {
  public:
    ServerPassphrase(crypto::Secret& kept, int fd, Ask ask) : kept_(kept), fd_(fd), ask_(ask) {}

    crypto::Secret get(const std::filesystem::path& file) {
        if (!kept_.empty()) return crypto::Secret::copy_of(kept_.view());
        if (given_.empty()) {
            if (ask_ == Ask::nobody && !is_at_hand(fd_))
                throw crypto::NoPassphrase(file.string() +
                                           ": it is encrypted now, and cifrad has no passphrase: start it again");
            given_ =
                crypto::PassphraseSource(fd_).get(credential_name, "Passphrase of the server key " + file.string());
        }
        return crypto::Secret::copy_of(given_.view());
    }
    std::function<crypto::Secret()> asking(const std::filesystem::path& file) {
        return [this, file] { return get(file); };
    }
    // It was the right one.
    void keep() {
        if (!given_.empty()) kept_ = std::move(given_);
    }

  private:
    crypto::Secret& kept_;
    crypto::Secret given_;
    int fd_;
    Ask ask_;
};

} // namespace

SettingsPtr load_settings(Config config, crypto::Secret& passphrase, int passphrase_fd, Ask ask) {
    auto settings = std::make_shared<Settings>();
    const auto& files = config.certificates;
    ServerPassphrase passphrases(passphrase, passphrase_fd, ask);
    auto credential =
        crypto::load_credential(crypto::Party::server, files.chain, files.key, passphrases.asking(files.key));
    passphrases.keep();
    demand_valid_now(files.chain, credential.not_after);
    settings->door = std::make_shared<Doorkeeper>(config);
    if (!config.tickets.key_file.empty()) load_ticket_keys(config.tickets.key_file); // that they are good
    if (config.login.enrolment) settings->server_roots = load_server_roots(files.server_roots);
    settings->policy = make_policy(config, std::move(credential), *settings->door);
    if (!config.vault.dir.empty() && config.uploads.enabled) {
        settings->publisher = std::make_shared<const crypto::Credential>(
            crypto::load_credential(crypto::Party::publisher, config.vault.publisher_chain, config.vault.publisher_key,
                                    passphrases.asking(config.vault.publisher_key)));
        demand_valid_now(config.vault.publisher_chain, settings->publisher->not_after);
    }
    if (!config.ledger.database.empty()) policy_of(config.licences); // that it is one
    settings->timing.handshake = config.login.device_timeout;
    settings->timing.user = config.login.user_timeout;
    settings->timing.session = config.server.session;
    settings->config = std::move(config);
    return settings;
}

std::shared_ptr<vault::Vault> open_vault(const Config& config, crypto::Secret& passphrase, int passphrase_fd, Ask ask) {
    if (config.vault.dir.empty()) return nullptr;
    ServerPassphrase passphrases(passphrase, passphrase_fd, ask);
    const auto file = vault::Vault::key_file(config.vault.dir);
    auto key = vault::open_vault_key(file, {passphrases.asking(file), config.vault.key_file});
    if (!key) {
        if (key.error().problem == vault::Problem::wrong_key && config.vault.key_file.empty())
            throw crypto::WrongPassphrase(key.error().text());
        throw std::runtime_error(key.error().text());
    }
    passphrases.keep();
    return std::make_shared<vault::Vault>(config.vault.dir, std::move(*key));
}

std::unique_ptr<licence::Ledger> make_ledger(const Config& config, const vault::Vault& vault) {
    if (config.ledger.database.empty()) return nullptr;
    const auto& key = vault.key();
    licence::LedgerKeys keys{key.derive("ledger seal"), key.derive("ledger pseudonyms"), key.derive("audit signing"),
                             key.derive("licence signing")};
    licence::LedgerOptions options;
    options.checkpoint = config.state_dir / "ledger.checkpoint";
    options.server = config.state_dir.string();
    options.plays_per_person = config.licences.person_concurrent;
    return std::make_unique<licence::Ledger>(licence::open_database(config.ledger.database), std::move(keys),
                                             std::move(options));
}

std::vector<std::string_view> keys_for_restart(const Config& running, const Config& next) {
    std::vector<std::string_view> keys;
    if (next.listen != running.listen) keys.emplace_back("listen");
    if (next.media_dir != running.media_dir) keys.emplace_back("media_dir");
    if (next.state_dir != running.state_dir) keys.emplace_back("state_dir");
    if (next.vault.dir != running.vault.dir) keys.emplace_back("vault.dir");
    if (next.ledger.database != running.ledger.database) keys.emplace_back("ledger.database");
    if (next.licences.person_concurrent != running.licences.person_concurrent)
        keys.emplace_back("licences.person_concurrent");
    if (next.server.threads != running.server.threads) keys.emplace_back("server.threads");
    return keys;
}

namespace {

std::unique_ptr<UploadPlace> make_uploads(const Settings& settings, const std::shared_ptr<vault::Vault>& vault,
                                          Catalogue& catalogue) {
    const auto& config = settings.config;
    if (vault) return std::make_unique<SealedUploads>(vault, catalogue, config.uploads, settings.publisher);
    return std::make_unique<UploadStore>(UploadOptions{.state_dir = config.state_dir, .limits = config.uploads},
                                         catalogue);
}

std::unique_ptr<Lending> make_lending(const Config& config, const std::shared_ptr<vault::Vault>& vault) {
    if (config.ledger.database.empty() || !vault) return nullptr;
    return std::make_unique<Lending>(make_ledger(config, *vault), vault->key().derive("voucher"), config.licences);
}

} // namespace

Service::Service(SettingsPtr settings, std::shared_ptr<vault::Vault> vault)
    : catalogue(settings->config.media_dir, settings->config.state_dir, vault),
      media(settings->config.media_dir, vault),
      uploads(make_uploads(*settings, vault, catalogue)),
      lending(make_lending(settings->config, vault)),
      half_open(settings->config.login, random_fraction),
      settings_(std::move(settings)),
      disk(disk_threads),
      upload_queue([this](const UploadIdentity& identity, const Cancelled& cancelled) {
          return uploads->begin(identity, cancelled);
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
    uploads->set_limits(settings->config.uploads);
    if (auto* sealed = dynamic_cast<SealedUploads*>(uploads.get())) sealed->set_publisher(settings->publisher);
    if (lending) lending->set_policy(settings->config.licences);
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
}

void Service::rescan_soon(std::function<void()> done) { scanner_.soon(std::move(done)); }

void Service::scan() {
    if (catalogue.is_cancelled()) return;
    const auto& folder = catalogue.media_dir();
    log(Level::info, "scanning", {{"folder", folder.empty() ? FieldValue() : FieldValue(folder.string())}});
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
    uploads->cancel();
}

void Service::join() {
    scanner_.join();
    upload_queue.join();
    enrolment.join();
    disk.join();
    if (lending) lending->join(); // last: what ended meanwhile is told to the ledger
}

} // namespace cifra::server
