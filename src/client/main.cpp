// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/aside.hpp"
#include "client/commands/commands.hpp"
#include "client/output.hpp"
#include "client/suggestion.hpp"
#include "crypto/standard_streams.hpp"

#include <CLI/CLI.hpp>

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

namespace {

using namespace cifra::client;

constexpr const char* examples = R"(Examples:
  cifra list                          what is there for you
  cifra play "Prelude"                play what has that name
  cifra get talk.mp3 -o talks/        save into a folder; run again to resume
  cifra get talk.mp3 -o - | mpg123 -  to another program
  cifra put lecture.flac              store a file on the server
  cifra enroll music.example --fingerprint 3b0c…   ask to be let in
  cifra login                         one PIN for an hour
)";

constexpr const char* exit_statuses =
    R"(Exit statuses: 0 done · 1 internal error · 2 wrong usage · 3 local file or configuration · 4 target exists · 5 server not
reached · 6 login refused · 7 server not trusted · 8 connection lost · 9 altered data or protocol violation · 10 local disk ·
11 refused by the server · 12 no sound device · 13 passphrase · 14 card or PIN · 15 found by doctor · 16 waiting for the
operator · 130 interrupted)";

using Verb = std::function<cifra::net::awaitable<void>(App&)>;

// What must be there before a verb runs.
enum class Needs {
    nothing,  // it reads the configuration itself, if there is one
    settings, // a configuration without faults, whatever it names
    server,   // the same, and it names a server
    identity, // the device's key is open, and the server's roots and the person's files are usable
};

struct Choice {
    ListOptions list;
    InfoOptions info;
    GetOptions get;
    PutOptions put;
    PlayOptions play;
    EnrollOptions enroll;
    DoctorOptions doctor;
    long retry_for = 60;
    bool no_ticket = false;
    Needs needs = Needs::identity;
    Verb verb;
};

void add_common(CLI::App& cli, App& app, Choice& choice) {
    cli.add_option("-c,--config", app.overrides.config,
                   "configuration file (else $CIFRA_CONFIG, ~/.config/cifra/cifra.toml, /etc/cifra/cifra.toml)");
    cli.add_option("-s,--server", app.overrides.server, "HOST[:PORT] (else $CIFRA_SERVER, configuration)");
    cli.add_option("--suite", app.overrides.suites, "offer only this suite (repeatable, in order of preference)")
        ->take_all();
    cli.add_option("--group", app.overrides.groups, "offer only this group (repeatable; the first is tried first)")
        ->take_all();
    cli.add_flag("--padded", app.overrides.padded, "hide sizes by padding");
    cli.add_option("--passphrase-fd", app.settings.passphrase_fd,
                   "read passphrases from this descriptor, a line each: device, then person");
    cli.add_option("--retry-for", choice.retry_for, "seconds to try again after a connection was lost")
        ->check(CLI::Range(0, 86'400));
    cli.add_option("--card", app.overrides.card, "log in with this card: RFC 7512 URI or label of its certificate");
    cli.add_option("--card-module", app.overrides.card_module,
                   "PKCS#11 module: opensc, a name that p11-kit knows, or a path");
    cli.add_option("--pin-fd", app.settings.pin_fd, "read the PIN from this descriptor, one line");
    cli.add_flag("--wait-card", app.settings.wait_card, "wait for the card to be put in, also without a terminal");
    cli.add_flag("--no-ticket", choice.no_ticket, "neither use nor take tickets: every login needs the personal key");
    cli.add_flag("--json", app.settings.json, "results as JSON on standard output");
    cli.add_flag("-q,--quiet", app.terminal.quiet, "no words but errors");
    cli.add_flag("-v,--verbose", app.settings.verbose, "say who logged in and what was agreed");
}

CLI::App* add_verb(CLI::App& cli, Choice& choice, const char* name, const char* what, const Verb& run, Needs needs) {
    auto* sub = cli.add_subcommand(name, what);
    sub->fallthrough();
    sub->callback([&choice, run, needs] {
        choice.verb = run;
        choice.needs = needs;
    });
    return sub;
}

void add_listening(CLI::App& cli, Choice& choice) {
    const auto verb = [&](const char* name, const char* what, const Verb& run) {
        return add_verb(cli, choice, name, what, run, Needs::identity);
    };
    verb("list", "list the catalogue", [&](App& app) { return run_list(app, choice.list); });
    verb("search", "list what contains all these words", [&](App& app) { return run_list(app, choice.list); })
        ->add_option("WORD", choice.list.words, "case does not matter")
        ->required();
    verb("info", "show one item", [&](App& app) { return run_info(app, choice.info); })
        ->add_option("ITEM", choice.info.item, "name, id, or text that only one item contains")
        ->required();
    auto* play = verb("play", "play recordings", [&](App& app) { return run_play(app, choice.play); });
    play->add_option("ITEM", choice.play.items, "names, ids, or texts that only one item contains")->required();
    play->add_option("-o,--output", choice.play.output,
                     "default (sound device), null, or file:NAME (.wav, else raw samples)");
    play->add_option("--volume", choice.play.volume, "percent")->check(CLI::Range(0, 100));
    auto* get = verb("get", "save an item; a broken download goes on where it stopped",
                     [&](App& app) { return run_get(app, choice.get); });
    get->add_option("ITEM", choice.get.item, "name, id, or text that only one item contains")->required();
    get->add_option("-o,--output,TARGET", choice.get.target, "file or folder; - for standard output");
    get->add_flag("-f,--force", choice.get.force, "replace what exists");
    auto* put = verb("put", "store a file on the server; a broken upload goes on where it stopped",
                     [&](App& app) { return run_put(app, choice.put); });
    put->add_option("FILE", choice.put.file, "file; - for standard input")->required();
    put->add_option("-n,--name", choice.put.name, "its name on the server");
}

void add_identity(CLI::App& cli, Choice& choice) {
    const auto verb = [&](const char* name, const char* what, const Verb& run, Needs needs = Needs::identity) {
        return add_verb(cli, choice, name, what, run, needs);
    };
    verb("login", "log in once for an hour of commands, where the server allows",
         [&](App& app) { return run_login(app, {}); });
    verb("logout", "forget the login", [&](App& app) { return run_logout(app, {}); }, Needs::server);
    auto* enroll = verb(
        "enroll", "ask a server to let this device and you in; run again to fetch the answer",
        [&](App& app) { return run_enroll(app, choice.enroll); }, Needs::nothing);
    enroll->add_option("SERVER", choice.enroll.server, "HOST[:PORT]; as before if left out");
    enroll->add_option("--fingerprint", choice.enroll.fingerprint, "SHA-256 of its certificate, from the operator");
    enroll->add_option("--name", choice.enroll.name, "what you want to be called");
    enroll->add_option("--dir", choice.enroll.dir, "folder for keys and configuration (else that of the user)");
    enroll->add_flag("--device-only", choice.enroll.device_only, "ask for no person");
    enroll->add_flag("--wait", choice.enroll.wait, "until the operator has answered");
    auto* doctor = verb(
        "doctor", "look at all that a login and a play stand on",
        [&](App& app) { return run_doctor(app, choice.doctor); }, Needs::nothing);
    doctor->add_option("-o,--output", choice.doctor.output, "the sound output to look at, as for play");
    verb("card", "show readers, cards, and which certificate a login would use", run_card, Needs::settings);
}

int status_of(Exit exit) { return static_cast<int>(exit); }

// The words that could have stood where `app` met one that it does not know.
std::vector<std::string> candidates(const CLI::App& app, bool option) {
    std::vector<std::string> words;
    if (!option)
        for (const auto* known : app.get_subcommands({})) words.push_back(known->get_name());
    for (const auto* at = &app; option && at != nullptr; at = at->get_parent())
        for (const auto* known : at->get_options())
            for (const auto& name : known->get_lnames()) words.push_back("--" + name);
    return words;
}

Failure wrong_usage(const CLI::App& cli, const CLI::ParseError& error) {
    const auto* app = &cli;
    std::string path = "cifra";
    if (const auto verbs = cli.get_subcommands(); !verbs.empty()) {
        app = verbs.front();
        path += " " + app->get_name();
    }
    const auto see = "see: " + path + " --help";
    const auto unknown = cli.remaining(true);
    if (unknown.empty()) return {Exit::usage, error.what(), see};
    const auto word = unknown.front().substr(0, unknown.front().find('='));
    const bool option = word.starts_with('-') && word != "-";
    return {Exit::usage, std::string(option ? "there is no option '" : "there is no use for '") + word + "' here",
            did_you_mean(word, candidates(*app, option)) + see};
}

int tell(App& app, const Failure& failure) {
    app.terminal.clear_status();
    if (*failure.what() == '\0') return status_of(failure.status);
    app.terminal.complain(std::string("cifra: ") + failure.what());
    if (!failure.remedy.empty()) app.terminal.complain("       " + failure.remedy);
    return status_of(failure.status);
}

void prepare(App& app, const Choice& choice) {
    app.settings.retry_for = std::chrono::seconds(choice.retry_for);
    app.settings.tickets = !choice.no_ticket;
    if (choice.needs == Needs::nothing) return;
    load_settings(app.settings, app.overrides);
    if (choice.needs == Needs::settings) return;
    demand_server(app.settings);
    if (choice.needs == Needs::server) return;
    demand_keys(app.settings);
    load_identity(app);
}

int run(App& app, Choice& choice) {
    prepare(app, choice);
    std::exception_ptr failed;
    cifra::net::asio::co_spawn(app.io, choice.verb(app), [&](std::exception_ptr error) {
        failed = error;
        app.interrupt.stop();
        app.io.stop();
    });
    app.io.run();
    // A question that nobody waits for any more gives the terminal back.
    app.prompter.cancel("over");
    app.io.restart();
    while (app.prompter.asking() && app.io.run_one() != 0) continue;
    app.interrupt.leave();
    if (failed) std::rethrow_exception(failed);
    flush_output();
    return status_of(Exit::ok);
}

// A thread that still waits for a resolver or a disk is not waited for.
int leave(int status) {
    if (!leave_behind()) return status;
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(status);
}

} // namespace

int main(int argc, char** argv) {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // keys must not reach a core file
    std::signal(SIGPIPE, SIG_IGN);        // a closed pipe is an error of write()
    std::signal(SIGXFSZ, SIG_IGN);        // a limit of the file size is one too
    cifra::crypto::occupy_standard_streams();
    cifra::net::asio::io_context io(1);
    App app(io);
    Choice choice;
    CLI::App cli("Listen to, save and store recordings on a Cifra server.\n\n" + std::string(examples), "cifra");
    cli.footer(exit_statuses);
    cli.set_version_flag("--version", std::string("cifra ") + CIFRA_VERSION);
    cli.require_subcommand(1);
    add_common(cli, app, choice);
    add_listening(cli, choice);
    add_identity(cli, choice);
    try {
        cli.parse(argc, argv);
        return leave(run(app, choice));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return cli.exit(error);
        return tell(app, wrong_usage(cli, error));
    } catch (const Failure& failure) {
        return leave(tell(app, failure));
    } catch (const Lost& lost) {
        return leave(tell(app, Failure(lost.status, lost.what(), lost.remedy)));
    } catch (const std::exception& error) {
        return leave(
            tell(app, Failure(Exit::internal, std::string("internal error: ") + error.what(), "please report it")));
    }
}
