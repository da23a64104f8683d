// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/daemon.hpp"

#include "server/guarded.hpp"
#include "server/text.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace cifra::server {

Daemon::Daemon(DaemonOptions options, SettingsPtr settings, std::shared_ptr<vault::Vault> vault,
               crypto::Secret passphrase)
    : options_(std::move(options)),
      started_with_(settings->config),
      log_(settings->config.log),
      passphrase_(std::move(passphrase)),
      service_(std::move(settings), std::move(vault)),
      listener_(service_, io_),
      signals_(io_, SIGHUP, SIGTERM, SIGINT),
      housekeeping_(io_) {}

Daemon::~Daemon() {
    if (ending_.joinable()) ending_.join();
}

void Daemon::run() {
    const auto work = net::asio::make_work_guard(io_);
    service_.rescan_soon([this] { net::asio::post(io_, [this] { open_doors(); }); });
    wait_for_signal();
    keep_house();
    io_.run();
    log_end(false);
}

void Daemon::log_end(bool at_once) {
    log(Level::info, "stopped",
        {{"rotations", service_.rotations.load()},
         {"stalls", service_.stalls.load()},
         {"at_once", at_once ? FieldValue(true) : FieldValue()}});
}

// Not before the catalogue is there: what a client saw until then would be an empty one.
void Daemon::open_doors() {
    if (stopping_) return;
    listener_.start();
    watch_.emplace([this] { look(); });
    log(Level::info, "ready", {{"pid", ::getpid()}});
}

void Daemon::wait_for_signal() {
    signals_.async_wait([this](net::ErrorCode error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            reload();
        } else if (std::exchange(stopping_, true)) {
            // Whatever is waited for, be it a disk that no longer answers: what is on it can be resumed, as after a
            // crash.
            log_end(true);
            std::_Exit(0);
        } else {
            stop();
        }
        wait_for_signal();
    });
}

void Daemon::reload() {
    if (!reopen_log())
        log(Level::warning, "log_not_reopened", {{"file", log_.file.string()}, {"remedy", "the former file goes on"}});
    try {
        apply(load_settings(load_config(options_.config), passphrase_, options_.passphrase_fd, Ask::nobody));
    } catch (const std::exception& error) {
        log(Level::error, "reload_failed",
            {{"error", error.what()}, {"remedy", "the former configuration stays in force"}});
    }
    service_.rescan_soon();
}

void Daemon::apply(SettingsPtr settings) {
    const auto& config = settings->config;
    if (config.log != log_) {
        set_up_log(config.log);
        log_ = config.log;
    }
    for (const auto key : keys_for_restart(started_with_, config))
        log(Level::warning, "restart_needed",
            {{"key", key}, {"remedy", "what cifrad was started with stays in force"}});
    service_.replace(std::move(settings));
    listener_.examine();
    log(Level::info, "reloaded");
}

void Daemon::stop() {
    const auto patience = service_.settings()->config.server.drain;
    log(Level::info, "draining", {{"sessions", service_.sessions.load()}, {"patience_s", patience.count()}});
    service_.stop_reading();
    listener_.drain(patience, [this] { finish(); });
}

// What is being written is finished while everything it refers to is there; on a thread of its own, as a second signal
// is to be heard.
void Daemon::finish() {
    ending_ = std::thread([this] {
        watch_.reset();
        service_.join();
        io_.stop();
    });
}

// On the watch's thread.
void Daemon::look() {
    const auto door = service_.settings()->door;
    service_.tickets.look();
    if (service_.catalogue.vault_changed()) service_.rescan_soon();
    if (door->look()) listener_.examine();
    for (const auto& [kind, list] : calendar_.due(door->crls(), std::time(nullptr))) {
        const bool stale = kind == CrlNotice::Kind::stale;
        log(stale ? Level::error : Level::warning, stale ? "crl_stale" : "crl_ends_soon",
            {{"issuer", list.issuer},
             {"file", list.file},
             {"number", list.number},
             {"delta", list.delta},
             {"ends", utc_text(list.next_update)},
             {"remedy", "have a newer one made ('cifractl renew', or 'cifractl crl') and put it there"}});
    }
}

// Partial uploads that nobody comes back for are removed.
void Daemon::keep_house() {
    housekeeping_.expires_after(std::chrono::minutes(10));
    housekeeping_.async_wait([this](net::ErrorCode error) {
        if (error) return;
        post_guarded(service_.disk, "expiry", [this] { service_.uploads->expire(std::chrono::system_clock::now()); });
        keep_house();
    });
}

} // namespace cifra::server
