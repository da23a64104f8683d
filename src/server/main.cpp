// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/standard_streams.hpp"
#include "server/daemon.hpp"
#include "server/descriptors.hpp"
#include "server/text.hpp"

#include <CLI/CLI.hpp>

#include <sys/prctl.h>

#include <csignal>
#include <ctime>
#include <iostream>

namespace {

using namespace cifra::server;
namespace crypto = cifra::crypto;

enum Exit { ok = 0, internal = 1, usage = 2, bad_config = 3, cannot_listen = 5, passphrase = 13 };

constexpr const char* examples = R"(Examples:
  cifrad --config /etc/cifra/cifrad.toml       serve
  cifrad --config /etc/cifra/cifrad.toml -t    check the configuration, bind nothing

Signals: SIGHUP reads configuration and certificates again and looks for new media, without dropping a session; SIGTERM
and SIGINT end it after the streams that run (at most drain_s), a second one at once.
Exit statuses: 0 done · 1 internal error · 2 wrong usage · 3 configuration, certificates or folders · 5 cannot listen ·
13 passphrase)";

struct Options {
    DaemonOptions daemon;
    bool check = false;
};

// They end whatever the configuration says.
void warn_of_crls(const Doorkeeper& door) {
    for (const auto& [kind, list] : CrlCalendar().due(door.crls(), std::time(nullptr))) {
        if (list.delta) continue;
        std::cerr << "cifrad: warning: " << list.file << ": the CRL "
                  << (kind == CrlNotice::Kind::stale ? "ended on " : "ends on ") << utc_text(list.next_update)
                  << "; nobody below that CA is let in without a newer one\n";
    }
}

int serve(const Options& options) {
    const auto& [config_file, passphrase_fd] = options.daemon;
    auto config = load_config(config_file);
    crypto::Secret secret;
    auto settings = load_settings(std::move(config), secret, passphrase_fd, Ask::terminal);
    auto vault = open_vault(settings->config, secret, passphrase_fd, Ask::terminal);
    if (options.check) {
        std::cout << config_file.string() << ": the configuration is good\n";
        warn_of_crls(*settings->door);
        return ok;
    }
    set_up_log(settings->config.log);
    allow_descriptors(settings->config.login.ramp_full);
    Daemon daemon(options.daemon, std::move(settings), std::move(vault), std::move(secret));
    daemon.run();
    return ok;
}

int tell(const std::string& what, const std::string& remedy, int status) {
    std::cerr << "cifrad: " << what << '\n';
    if (!remedy.empty()) std::cerr << "        " << remedy << '\n';
    return status;
}

std::string remedy_for(const std::filesystem::path& config) {
    std::error_code ignored;
    if (std::filesystem::exists(config, ignored)) return "mend the configuration; 'cifrad -t' checks it";
    return "give another with --config; 'cifractl init' writes one";
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a file-size limit is NO_SPACE, not the end of the server
    crypto::occupy_standard_streams();
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // keys must not reach a core file
    Options options;
    CLI::App cli("Serve recordings over the Cifra protocol.\n\n" + std::string(examples), "cifrad");
    cli.set_version_flag("--version", std::string("cifrad ") + CIFRA_VERSION);
    cli.add_option("-c,--config", options.daemon.config, "configuration file, written by 'cifractl init'");
    cli.add_flag("-t,--test", options.check, "check configuration, key and certificates, bind nothing");
    cli.add_option("--passphrase-fd", options.daemon.passphrase_fd,
                   "read the passphrase of the server key from this descriptor");
    try {
        cli.parse(argc, argv);
        return serve(options);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return cli.exit(error);
        return tell(error.what(), "see: cifrad --help", usage);
    } catch (const ConfigError& error) {
        return tell(error.what(), remedy_for(options.daemon.config), bad_config);
    } catch (const crypto::WrongPassphrase& error) {
        return tell(error.what(), "try again, with the words that were given when the key was made", passphrase);
    } catch (const crypto::NoPassphrase& error) {
        return tell(error.what(),
                    "run it in a terminal, give --passphrase-fd N, or a systemd credential 'cifra-server'", passphrase);
    } catch (const ListenError& error) {
        return tell(error.what(), error.remedy, cannot_listen);
    } catch (const std::runtime_error& error) {
        return tell(error.what(),
                    "check the file or folder, and what the configuration says of it; 'cifrad -t' checks again",
                    bad_config);
    } catch (const std::exception& error) {
        return tell(std::string("internal error: ") + error.what(), "please report it", internal);
    }
}
