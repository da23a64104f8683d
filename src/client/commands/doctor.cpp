// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Looks at everything that a login and a play stand on. Each part is looked at by itself, as half of it may be missing.
#include "client/commands/commands.hpp"
#include "client/doctor_card.hpp"
#include "client/handshake.hpp"
#include "client/key_failures.hpp"
#include "client/playback/audio_sink.hpp"

#include <array>
#include <cstdlib>
#include <ctime>

namespace cifra::client {

using net::awaitable;

namespace {

constexpr std::int64_t day = 24 * 60 * 60; // seconds
constexpr std::int64_t soon = 30 * day;
constexpr std::int64_t clock_slack = 60; // seconds

std::string date_of(std::int64_t seconds) {
    const auto when = static_cast<std::time_t>(seconds);
    std::tm utc{};
    ::gmtime_r(&when, &utc);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc)};
}

class Examination {
  public:
    Examination(App& app, DoctorOptions options) : app_(app), options_(std::move(options)) {}
    awaitable<void> run();

  private:
    void check_configuration();
    void check_roots();
    void check_publishers();
    void check_crls(const std::vector<crypto::CrlFacts>& lists);
    void check_chain(const char* check, crypto::Party party, const std::filesystem::path& chain);
    bool check_key(const char* check, const std::filesystem::path& key);
    void check_device();
    void check_person();
    bool can_open_device() const;
    awaitable<void> check_server();
    awaitable<void> check_login();
    void check_clock(std::uint64_t server_ms);
    void check_audio();

    App& app_;
    DoctorOptions options_;
    Findings findings_;
    std::optional<crypto::TrustStore> roots_;
    bool device_good_ = false, device_encrypted_ = false, person_encrypted_ = false;
    bool reachable_ = false;
};

void Examination::check_configuration() {
    const char* check = "configuration";
    try {
        load_settings(app_.settings, app_.overrides);
        if (app_.settings.file.empty())
            return findings_.fail(check, "there is none", "'cifra enroll SERVER --fingerprint SHA256' makes one");
        demand_server(app_.settings);
        demand_keys(app_.settings);
        findings_.ok(check, app_.settings.file.string());
    } catch (const Failure& failure) {
        findings_.fail(check, failure.what(), failure.remedy);
    }
}

void Examination::check_roots() {
    const auto& settings = app_.settings;
    if (settings.server_roots.empty())
        return findings_.fail("server roots", "none are configured", "set server_roots, or enrol");
    try {
        roots_ = crypto::TrustStore::load(crypto::Party::server, settings.server_roots, settings.server_crls);
        findings_.ok("server roots", settings.server_roots.string());
        check_crls(roots_->crls());
    } catch (const std::runtime_error& error) {
        findings_.fail("server roots", error.what(), "check the paths in the configuration, or ask the operator");
    }
}

void Examination::check_publishers() {
    const auto& settings = app_.settings;
    if (settings.publisher_roots.empty()) return;
    try {
        crypto::TrustStore::load(crypto::Party::publisher, settings.publisher_roots, settings.publisher_crls);
        findings_.ok("publisher roots", settings.publisher_roots.string());
    } catch (const std::runtime_error& error) {
        findings_.fail("publisher roots", error.what(), "check the paths in the configuration, or ask the operator");
    }
}

void Examination::check_crls(const std::vector<crypto::CrlFacts>& lists) {
    if (app_.settings.server_crls.empty())
        return findings_.ok("CRL", "none is configured: whether the server's certificate was revoked is not looked at");
    const auto now = std::time(nullptr);
    if (lists.empty())
        findings_.fail("CRL", app_.settings.server_crls.string() + " holds none", "get one from the operator");
    for (const auto& list : lists) {
        const auto text = list.issuer + ", until " + date_of(list.next_update);
        if (now > list.next_update || now < list.this_update || !list.usable)
            findings_.fail("CRL", text + ": not good now", "get a current one from the operator: " + list.file);
        else
            findings_.ok("CRL", text);
    }
}

void Examination::check_chain(const char* check, crypto::Party party, const std::filesystem::path& chain) {
    const auto certificate = with_key_failures([&] { return crypto::load_certificates(party, chain); });
    const auto left = certificate.not_after - std::time(nullptr);
    const auto text = certificate.name + ", until " + date_of(certificate.not_after);
    if (left <= 0) return findings_.fail(check, text + ": over", "run 'cifra enroll' again, or ask the operator");
    if (left < soon) return findings_.warn(check, text, "ask the operator to renew it, then run 'cifra enroll' again");
    findings_.ok(check, text);
}

// Whether it is encrypted. What it takes to open it is not asked for here.
bool Examination::check_key(const char* check, const std::filesystem::path& key) {
    struct Encrypted {};
    bool encrypted = false;
    try {
        with_key_failures([&] { crypto::load_private_key(key, []() -> crypto::Secret { throw Encrypted(); }); });
    } catch (const Encrypted&) {
        encrypted = true;
    }
    findings_.ok(check, key.string() + (encrypted ? ", encrypted" : ", not encrypted"));
    return encrypted;
}

void Examination::check_device() {
    const auto& settings = app_.settings;
    if (settings.device_chain.empty() || settings.device_key.empty())
        return findings_.fail("device", "no certificate and key are configured",
                              "set device_chain and device_key, or enrol");
    const char* check = "device";
    try {
        check_chain(check, crypto::Party::device, settings.device_chain);
        check = "device key";
        device_encrypted_ = check_key(check, settings.device_key);
        device_good_ = true;
    } catch (const Failure& failure) {
        findings_.fail(check, failure.what(), failure.remedy);
    }
}

void Examination::check_person() {
    const auto& settings = app_.settings;
    if (!settings.card.empty()) return;
    if (settings.user_chain.empty() || settings.user_key.empty())
        return findings_.warn("person", "no personal key is configured",
                              "no harm where the server asks for none; else enrol, or set card");
    const char* check = "person";
    try {
        check_chain(check, crypto::Party::user, settings.user_chain);
        check = "personal key";
        person_encrypted_ = check_key(check, settings.user_key);
    } catch (const Failure& failure) {
        findings_.fail(check, failure.what(), failure.remedy);
    }
}

awaitable<void> Examination::check_server() {
    if (app_.settings.host.empty()) co_return;
    const auto where = app_.settings.host + ":" + app_.settings.port;
    const auto judged = std::make_shared<std::optional<crypto::ChainResult<crypto::PeerVerified>>>();
    const Handshake::Trust judge = [this, judged](const std::vector<Bytes>& chain) {
        if (roots_) judged->emplace(roots_->validate(chain, std::time(nullptr), app_.settings.host));
        return std::optional<crypto::PeerVerified>();
    };
    std::optional<Finding> bad;
    try {
        const auto outcome = co_await Handshake::look(app_.settings, app_.interrupt, judge);
        reachable_ = true;
    } catch (const Lost& lost) {
        bad = Finding{Level::failure, "server", lost.what(), lost.remedy};
    } catch (const Failure& failure) {
        if (failure.status == Exit::interrupted) throw;
        bad = Finding{Level::failure, "server", failure.what(), failure.remedy};
    }
    if (bad) {
        findings_.add(*bad);
        co_return;
    }
    findings_.ok("server", where + " answers");
    if (!*judged) co_return;
    const auto& peer = **judged;
    reachable_ = peer.has_value();
    if (peer)
        findings_.ok("trust", "certificate until " + date_of(peer->not_after()));
    else
        findings_.fail("trust", std::string(crypto::describe(peer.error())), std::string(crypto::remedy(peer.error())));
}

bool Examination::can_open_device() const {
    return !device_encrypted_ || app_.settings.passphrase_fd >= 0 || std::getenv("CREDENTIALS_DIRECTORY") != nullptr ||
           Prompter::possible();
}

// As far as it costs no PIN: by a ticket, or by a key in a file.
awaitable<void> Examination::check_login() {
    if (!reachable_ || !device_good_) co_return;
    const auto skipped = [this](const char* why, const char* remedy) { findings_.warn("login", why, remedy); };
    if (!can_open_device()) co_return skipped("not tried: the device key is encrypted", "run it in a terminal");
    std::optional<Finding> bad;
    std::optional<proto::LoginOk> who;
    try {
        load_identity(app_);
        const bool ticket = !app_.identity->tickets().find().empty();
        if (!app_.settings.card.empty() && !ticket)
            co_return skipped("not tried: it needs the PIN", "try 'cifra login'");
        const auto link = co_await log_in(app_);
        who = link->who();
        co_await link->bye();
    } catch (const Failure& failure) {
        if (failure.status == Exit::interrupted) throw;
        bad = Finding{Level::failure, "login", failure.what(), failure.remedy};
    }
    if (bad) {
        findings_.add(*bad);
        co_return;
    }
    std::string text = "as device " + who->device;
    if (!who->person.empty()) text += ", person " + who->person;
    findings_.ok("login", text);
    check_clock(who->time_ms);
}

void Examination::check_clock(std::uint64_t server_ms) {
    const auto off = static_cast<std::int64_t>(std::time(nullptr)) - static_cast<std::int64_t>(server_ms / 1000);
    if (std::abs(off) <= clock_slack) return findings_.ok("clock", "that of the server");
    findings_.warn("clock", std::to_string(std::abs(off)) + " s " + (off > 0 ? "before" : "behind") + " the server's",
                   "set the clock of this machine: certificates are only good between two dates");
}

void Examination::check_audio() {
    try {
        const auto sink = playback::make_sink(options_.output);
        findings_.ok("audio", options_.output == "default" ? "there is a sound device" : options_.output);
    } catch (const playback::NoAudioDevice& error) {
        findings_.fail("audio", error.what(), playback::NoAudioDevice::remedy());
    } catch (const playback::SinkError& error) {
        findings_.fail("audio", error.what(), "see: cifra doctor --help");
    }
}

awaitable<void> Examination::run() {
    app_.interrupt.start();
    check_configuration();
    check_roots();
    check_publishers();
    check_device();
    check_person();
    co_await check_card(app_.settings, app_.interrupt, findings_);
    co_await check_server();
    co_await check_login();
    check_audio();
    findings_.print(app_.settings.json);
    if (findings_.any_failure()) throw Failure(Exit::unhealthy, "");
}

} // namespace

awaitable<void> run_doctor(App& app, DoctorOptions options) {
    Examination examination(app, std::move(options));
    co_await examination.run();
}

} // namespace cifra::client
