// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What all connections of the server share. A reload replaces `Settings` as a whole: sessions keep those they began
// with.
#pragma once

#include "crypto/private_key.hpp"
#include "server/admission.hpp"
#include "server/catalogue.hpp"
#include "server/config.hpp"
#include "server/enrolment_desk.hpp"
#include "server/lending.hpp"
#include "server/limits.hpp"
#include "server/media_file.hpp"
#include "server/scanner.hpp"
#include "server/tickets.hpp"
#include "server/upload_queue.hpp"
#include "states/server_session.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace cifra::server {

struct Settings {
    Config config;
    std::shared_ptr<const states::ServerPolicy> policy;
    states::Timing timing;
    std::shared_ptr<Doorkeeper> door;
    std::vector<Bytes> server_roots;                     // that enrolment hands out
    std::shared_ptr<const crypto::Credential> publisher; // of uploads into the vault; empty: none are taken there
};
using SettingsPtr = std::shared_ptr<const Settings>;

// A terminal may have somebody before it at the start of the server, not while it serves.
enum class Ask { terminal, nobody };
// Loads key, certificates, CRLs, people and keys for tickets. `passphrase` is needed for an encrypted key, asked for
// only while it is empty, and then kept in locked memory, so that a reload needs nobody. Throws std::runtime_error,
// crypto::WrongPassphrase, crypto::NoPassphrase.
SettingsPtr load_settings(Config config, crypto::Secret& passphrase, int passphrase_fd, Ask ask);

// What lies in [vault], opened by the passphrase of the server's key or its key file; nothing where there is none. Asks
// as load_settings() does, and throws what it does.
std::shared_ptr<vault::Vault> open_vault(const Config& config, crypto::Secret& passphrase, int passphrase_fd, Ask ask);
// The ledger of [ledger], not yet opened; nothing where there is none. Throws std::runtime_error.
std::unique_ptr<licence::Ledger> make_ledger(const Config& config, const vault::Vault& vault);

// The keys in which `next` differs, and that stay as they are in `running` until the server starts again.
std::vector<std::string_view> keys_for_restart(const Config& running, const Config& next);

class Service {
  public:
    // Throws std::runtime_error when the state folder or the ledger cannot be used.
    Service(SettingsPtr settings, std::shared_ptr<vault::Vault> vault);
    ~Service() { stop_reading(); }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    SettingsPtr settings() const;
    // keys_for_restart() of it stay as they were.
    void replace(SettingsPtr settings);
    // Looks for new and changed media on a thread of its own, and calls `done` there.
    void rescan_soon(std::function<void()> done = {});
    // The server is to end: what is only read, for the catalogue or to resume an upload, is given up.
    void stop_reading() noexcept;
    // Waits for what goes on on the disk, behind which nothing more is begun.
    void join();

    Catalogue catalogue;
    MediaFiles media;
    const std::unique_ptr<UploadPlace> uploads;
    const std::unique_ptr<Lending> lending; // nothing: everything is open to whoever is let in
    HalfOpen half_open;
    Tickets tickets;
    std::atomic<std::uint64_t> stalls{0}, rotations{0}, sessions{0};

  private:
    void scan();

    mutable std::mutex mutex_;
    SettingsPtr settings_;
    bool scanned_ = false; // of the scanner's thread

  public: // last, as their work uses the others
    boost::asio::thread_pool disk;
    UploadQueue upload_queue;
    EnrolmentDesk enrolment;

  private:
    Scanner scanner_;
};

} // namespace cifra::server
