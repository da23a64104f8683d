// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/failure.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/verbs.hpp"
#include "crypto/standard_streams.hpp"

#include <signal.h>
#include <sys/prctl.h>

#include <cerrno>
#include <iostream>
#include <system_error>

namespace cifra::admin {

void Common::add_to(CLI::App& verb, bool asks) {
    verb.add_option("--dir", dir, "The folder that cifractl keeps")
        ->type_name("DIR")
        ->envname("CIFRA_DIR")
        ->capture_default_str();
    verb.add_flag("--json", json, "Print the result as JSON");
    if (!asks) return;
    verb.add_option("--passphrase-fd", passphrase_fd, "Read passphrases from this descriptor, a line each")
        ->type_name("N")
        ->check(CLI::Range(0, 1'000'000));
}

namespace {

// Examples come first in our help.
class HelpFormat : public CLI::Formatter {
  public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
        return make_description(app) + "\n" + make_footer(app) + "\n" + make_usage(app, name) + make_positionals(app) +
               make_groups(app, mode) + make_subcommands(app, mode) + exit_codes;
    }

  private:
    static constexpr const char* exit_codes =
        "\nExit status: 0 done, 1 internal error, 2 wrong usage, 3 a file or folder is missing or wrong,\n"
        "4 exists already, 5 the ledger's database does not answer, 9 ledger or media were changed or are broken,\n"
        "10 the disk is full or cannot be written, 11 a licence does not allow it, 13 no or a wrong passphrase,\n"
        "20 something needs renewal, 21 the ledger was set back, 130 interrupted\n";
};

void complain(std::string_view what, std::string_view remedy = {}) {
    std::cerr << "cifractl: " << what << '\n';
    if (!remedy.empty()) std::cerr << "  " << remedy << '\n';
}

void add_noun(CLI::App& program, Party party) {
    const std::string what(layout::singular(party));
    const std::string more = party == Party::user ? "; who is let in, and who is not" : "";
    auto& noun = *program.add_subcommand(
        what, "Issue, renew and revoke certificates of " + std::string(layout::plural(party)) + more);
    noun.footer("Examples:\n  cifractl " + what + " add NAME\n  cifractl " + what + " list");
    noun.require_subcommand(1);
    add_add(noun, party);
    add_list(noun, party);
    add_renew_one(noun, party);
    add_revoke(noun, party);
    if (party != Party::user) return;
    add_disable(noun);
    add_rules(noun);
    add_requests(noun);
}

void set_up(CLI::App& program) {
    program.formatter(std::make_shared<HelpFormat>());
    program.set_version_flag("--version", std::string("cifractl ") + CIFRA_VERSION);
    program.footer(
        "Examples:\n"
        "  cifractl init --name music.example     CAs, server, first device and person, in ./cifra\n"
        "  cifractl person add \"a listener\"       another person\n"
        "  cifractl person revoke \"a listener\"    nobody gets in with what was issued to this one\n"
        "  cifractl renew                         what ends soon, from cron\n"
        "  cifractl licence issue \"a listener\" concert.flac --plays 5\n"
        "  cifractl licence explain \"a listener\" concert.flac     why she may play it, or may not\n"
        "  cifractl report --by person            what was played");
    program.require_subcommand(1);
    add_init(program);
    for (const auto party : all_parties) add_noun(program, party);
    add_renew(program);
    add_crl(program);
    add_fingerprint(program);
    add_media(program);
    add_licences(program);
    add_audit(program);
    add_report(program);
}

// The words that could have stood where `app` met one that it does not know.
std::vector<std::string> candidates(const CLI::App& app, bool option) {
    std::vector<std::string> words;
    if (option) {
        for (const auto* known : app.get_options()) {
            for (const auto& name : known->get_lnames()) words.push_back("--" + name);
        }
    } else {
        for (const auto* known : app.get_subcommands({})) words.push_back(known->get_name());
    }
    return words;
}

Exit wrong_usage(const CLI::App& program, const CLI::ParseError& error) {
    const auto* app = &program;
    std::string path = "cifractl";
    while (!app->get_subcommands().empty()) {
        app = app->get_subcommands().front();
        path += " " + app->get_name();
    }
    std::string what = error.what();
    std::string remedy;
    if (const auto unknown = program.remaining(true); !unknown.empty()) {
        const auto word = unknown.front().substr(0, unknown.front().find('='));
        const bool option = word.starts_with('-');
        what = std::string(option ? "there is no option '" : "there is no use for '") + word + "' here";
        const auto near = nearest(word, candidates(*app, option));
        if (!near.empty()) remedy = "did you mean '" + near + "'? ";
    }
    complain(what, remedy + "See: " + path + " --help");
    return Exit::usage;
}

Exit system_failure(const std::system_error& error) {
    switch (error.code().value()) {
        case ENOSPC:
        case EDQUOT:
            complain(std::string(error.what()) + ": the disk is full",
                     "free some space and give the same command again; nothing was left behind");
            return Exit::disk;
        case EACCES:
        case EPERM:
        case EROFS:
            complain(error.what(), "choose a folder that you may write to");
            return Exit::disk;
        case EFBIG:
        case EIO:
            complain(error.what(), "the disk cannot be written");
            return Exit::disk;
        case EEXIST:
            complain(error.what(), "nothing is ever overwritten");
            return Exit::exists;
        default:
            complain(error.what());
            return Exit::bad_input;
    }
}

Exit run(int argc, char** argv) {
    CLI::App program(
        "Set up and administer a Cifra server: certificates of servers, devices, people and publishers; media, "
        "licences "
        "and what was played.",
        "cifractl");
    set_up(program);
    try {
        program.parse(argc, argv);
        std::cout.flush();
        if (!std::cout) throw Failure(Exit::disk, "standard output cannot be written");
        return Exit::ok;
    } catch (const CLI::Success& help) {
        program.exit(help);
        return Exit::ok;
    } catch (const CLI::ParseError& error) {
        return wrong_usage(program, error);
    } catch (const Told& told) {
        std::cout.flush();
        return std::cout ? told.status : Exit::disk;
    } catch (const Failure& failure) {
        complain(failure.what(), failure.remedy);
        return failure.status;
    } catch (const crypto::NoPassphrase& none) {
        complain(none.what());
        return Exit::passphrase;
    } catch (const crypto::WrongRounds& wrong) {
        complain(wrong.what(), "unset it for as many as usual");
        return Exit::usage;
    } catch (const std::system_error& error) {
        return system_failure(error);
    } catch (const std::exception& error) {
        complain(std::string("internal error: ") + error.what(), "nothing was left behind");
        return Exit::internal;
    }
}

} // namespace

} // namespace cifra::admin

int main(int argc, char** argv) {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // keys must not reach a core file
    cifra::crypto::occupy_standard_streams();
    ::signal(SIGXFSZ, SIG_IGN); // over a limit of the file size, write() fails instead
    return static_cast<int>(cifra::admin::run(argc, argv));
}
