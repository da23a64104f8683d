// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The verbs of cifra, a file each. Each returns when done and throws Failure.
#pragma once

#include "client/app.hpp"

namespace cifra::client {

struct ListOptions {
    std::vector<std::string> words; // none: all
};
net::awaitable<void> run_list(App& app, ListOptions options);

struct InfoOptions {
    std::string item;
};
net::awaitable<void> run_info(App& app, InfoOptions options);

struct RenewOptions {
    std::string item;
    std::string voucher; // "-": from standard input; empty: none
};
net::awaitable<void> run_renew(App& app, RenewOptions options);

struct ReturnOptions {
    std::string item;
    bool yes = false; // do not ask
};
net::awaitable<void> run_return(App& app, ReturnOptions options);

struct GetOptions {
    std::string item;
    std::string target; // empty: the item's name here; "-": standard output; a folder: in there
    bool force = false; // replace what exists
};
net::awaitable<void> run_get(App& app, GetOptions options);

struct PutOptions {
    std::string file; // "-": standard input
    std::string name; // empty: the file's
};
net::awaitable<void> run_put(App& app, PutOptions options);

struct PlayOptions {
    std::vector<std::string> items;
    std::string output = "default"; // as playback::make_sink() takes it
    unsigned volume = 100;          // percent
};
net::awaitable<void> run_play(App& app, PlayOptions options);

// Readers, cards and certificates, without a server. Reads the settings of cards, and no key.
net::awaitable<void> run_card(App& app);

// Keeps the ticket of a new login for later commands; and removes it.
struct LoginOptions {};
net::awaitable<void> run_login(App& app, LoginOptions options);
struct LogoutOptions {};
net::awaitable<void> run_logout(App& app, LogoutOptions options);

struct EnrollOptions {
    std::string server; // HOST[:PORT]; empty: as in an earlier run
    std::string fingerprint;
    std::string name;
    std::string dir; // empty: that of the configuration
    bool device_only = false, wait = false;
};
net::awaitable<void> run_enroll(App& app, EnrollOptions options);

struct DoctorOptions {
    std::string output = "default"; // as run_play takes it
};
net::awaitable<void> run_doctor(App& app, DoctorOptions options);

} // namespace cifra::client
