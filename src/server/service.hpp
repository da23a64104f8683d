// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What all connections of the server share. A reload replaces `Settings` as a whole: sessions keep those they began
// with.
#pragma once

#include "crypto/private_key.hpp"
#include "server/catalogue.hpp"
#include "server/config.hpp"
#include "server/limits.hpp"
#include "server/media_file.hpp"
#include "server/upload_store.hpp"
#include "states/server_session.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace cifra::server {

struct Settings {
    Config config;
    std::shared_ptr<const states::ServerPolicy> policy;
    states::Timing timing;
    std::optional<crypto::TrustStore> devices, users;
};
using SettingsPtr = std::shared_ptr<const Settings>;

// Loads key, certificates and roots. `passphrase` is asked for only while it is empty, and then kept in locked memory,
// so that a reload needs nobody. Throws std::runtime_error, crypto::WrongPassphrase, crypto::NoPassphrase.
SettingsPtr load_settings(Config config, crypto::Secret& passphrase, int passphrase_fd);

class Service {
  public:
    // Throws std::runtime_error when the state folder cannot be used.
    explicit Service(SettingsPtr settings);

    SettingsPtr settings() const;
    // listen, media_dir, state_dir and threads stay as they were until a restart.
    void replace(SettingsPtr settings);
    // Looks for new and changed media on a thread of its own.
    void rescan_soon();

    Catalogue catalogue;
    MediaFiles media;
    UploadStore uploads;
    HalfOpen half_open;
    std::atomic<std::uint64_t> stalls{0}, rotations{0}, sessions{0};
    boost::asio::thread_pool disk; // last, as its work uses the others

  private:
    mutable std::mutex mutex_;
    SettingsPtr settings_;
    std::atomic<bool> scanning_{false};
};

} // namespace cifra::server
