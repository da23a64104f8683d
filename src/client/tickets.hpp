// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a server gave at a login so that the next one needs no signature of the person (PROTOCOL.md section 4.8). Kept
// in memory over reconnections; in a file when 'cifra login' says so. Good for one server, one device, and the person
// whom the settings name: who asks for another card does not come in as whoever logged in before.
#pragma once

#include "client/settings.hpp"
#include "proto/bytes.hpp"

namespace cifra::client {

class Tickets {
  public:
    Tickets() = default; // none are taken
    // `device`: its certificate, DER.
    Tickets(const Settings& settings, ByteView device);

    // $XDG_RUNTIME_DIR/cifra, or else $XDG_STATE_HOME/cifra or ~/.local/state/cifra. Empty when there is none of these.
    static std::filesystem::path folder();
    const std::filesystem::path& file() const { return file_; }

    // The one to show; empty: none, or it has ended. Throws Failure for a file that others could have read or written.
    Bytes find();
    void keep(Bytes ticket, std::chrono::seconds lifetime);
    // No longer good: in memory and in the file, if it is the same.
    void forget();
    // Writes the one in memory. Throws Failure. False: there is none.
    bool save() const;
    // Removes the file. False: there was none.
    bool remove();
    // The same for every person on this device and server.
    bool remove_all();
    std::chrono::system_clock::time_point end() const { return end_; }

  private:
    void read_file();
    std::string common_name() const;

    bool enabled_ = false, file_read_ = false;
    std::string server_, device_, person_; // "host:port", SHA-256 of the certificate, of what names her
    std::filesystem::path file_;           // empty: nowhere
    Bytes ticket_;
    std::chrono::system_clock::time_point end_{};
};

} // namespace cifra::client
