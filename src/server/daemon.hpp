// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifrad from its first scan to its end, and what signals do to it.
#pragma once

#include "server/crl_calendar.hpp"
#include "server/listener.hpp"
#include "server/watch.hpp"

#include <thread>

namespace cifra::server {

struct DaemonOptions {
    std::filesystem::path config = "/etc/cifra/cifrad.toml";
    int passphrase_fd = -1;
};

class Daemon {
  public:
    // Binds the addresses: throws ListenError, and std::runtime_error when a folder cannot be used.
    Daemon(DaemonOptions options, SettingsPtr settings, std::shared_ptr<vault::Vault> vault, crypto::Secret passphrase);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    // Serves until a signal ends it. Throws ListenError.
    void run();

  private:
    void open_doors();
    void wait_for_signal();
    void reload();
    void apply(SettingsPtr settings);
    void stop();
    void finish();
    void keep_house();
    void look();
    void log_end(bool at_once);

    const DaemonOptions options_;
    const Config started_with_;
    LogOptions log_;
    crypto::Secret passphrase_;
    net::asio::io_context io_{1};
    Service service_;
    Listener listener_;
    net::asio::signal_set signals_;
    net::asio::steady_timer housekeeping_;
    std::thread ending_;
    bool stopping_ = false;
    CrlCalendar calendar_; // of the watch
    std::optional<Watch> watch_;
};

} // namespace cifra::server
