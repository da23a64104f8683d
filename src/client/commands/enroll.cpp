// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/aside.hpp"
#include "client/commands/commands.hpp"
#include "client/enrolment_files.hpp"
#include "client/handshake.hpp"
#include "client/output.hpp"
#include "crypto/certificate_form.hpp"

#include <botan/hash.h>
#include <botan/hex.h>
#include <boost/json.hpp>

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace cifra::client {

namespace fs = std::filesystem;
using net::awaitable;
using Status = proto::EnrolmentStatus::Status;

namespace {

constexpr std::chrono::seconds ask_again{5};

// 64 hexadecimal digits, with colons, blanks and a "SHA256:" in front, as other programs show them.
Bytes parse_fingerprint(std::string text) {
    const auto wrong = [] {
        return Failure(Exit::usage, "that is no SHA-256 fingerprint",
                       "give the 64 hexadecimal digits that the operator told you ('cifractl fingerprint' shows them)");
    };
    if (text.size() > 7 && (text.starts_with("SHA256:") || text.starts_with("sha256:"))) text.erase(0, 7);
    std::erase_if(text, [](char c) { return c == ':' || c == ' ' || c == '-'; });
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) throw wrong();
    const auto bytes = Botan::hex_decode(text);
    return {bytes.begin(), bytes.end()};
}

std::string fingerprint_of(const Bytes& der) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(der.data(), der.size());
    return Botan::hex_encode(hash->final(), false);
}

std::string in_groups(const std::string& digits) {
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) text += (i != 0 && i % 4 == 0 ? " " : "") + digits.substr(i, 1);
    return text;
}

std::string our_name() {
    const auto* entry = ::getpwuid(::geteuid());
    const std::string name = entry != nullptr ? entry->pw_name : "";
    if (!crypto::is_plain_name(name)) throw Failure(Exit::usage, "you have no name here", "give one with --name");
    return name;
}

class Enrolling : public std::enable_shared_from_this<Enrolling> {
  public:
    Enrolling(App& app, EnrollOptions options)
        : app_(app),
          options_(std::move(options)),
          folder_(choose_folder()),
          passphrases_(app.settings.passphrase_fd, &app.prompter) {}

    awaitable<void> run();

  private:
    fs::path choose_folder() const;
    void read_record();
    awaitable<void> look_at_server();
    awaitable<void> ask_card();
    awaitable<void> begin();
    awaitable<proto::EnrolmentStatus> ask();
    std::optional<crypto::PeerVerified> trust(const std::vector<Bytes>& chain) const;
    void demand_roots(const std::vector<Bytes>& roots, const std::vector<Bytes>& chain) const;
    void tell_id(const char* status) const;
    bool conclude(const proto::EnrolmentStatus& answer);

    App& app_;
    EnrollOptions options_;
    EnrolmentFolder folder_;
    Passphrases passphrases_;
    EnrolmentRecord record_;
    bool known_ = false; // the request was made in an earlier run
    bool told_ = false;
    std::shared_ptr<crypto::Signer> device_;
    std::vector<Bytes> server_chain_; // of the last connection
};

fs::path Enrolling::choose_folder() const {
    auto folder = fs::path(options_.dir);
    if (folder.empty() && !app_.overrides.config.empty()) folder = app_.overrides.config.parent_path();
    if (folder.empty()) folder = config_folder();
    if (folder.empty())
        throw Failure(Exit::usage, "there is no folder for a configuration: HOME is not set", "give one with --dir");
    return fs::absolute(folder).lexically_normal();
}

void Enrolling::read_record() {
    const auto before = folder_.read();
    std::error_code error;
    if (!before && fs::exists(folder_.config(), error))
        throw Failure(Exit::exists, folder_.config().string() + " exists, and was not made by enrolling",
                      "give another folder with --dir");
    if (!options_.server.empty()) set_server(app_.settings, options_.server);
    if (before) {
        known_ = true;
        record_ = *before;
        if (options_.server.empty()) {
            app_.settings.host = before->host;
            app_.settings.port = before->port;
        } else if (app_.settings.host != before->host || app_.settings.port != before->port) {
            throw Failure(Exit::exists, folder_.path().string() + " belongs to the server " + before->host,
                          "give another folder with --dir");
        }
    } else if (options_.server.empty()) {
        throw Failure(Exit::usage, "no server to enrol at", "give it: cifra enroll HOST[:PORT] --fingerprint SHA256");
    }
    record_.host = app_.settings.host;
    record_.port = app_.settings.port;
    if (!options_.fingerprint.empty()) record_.fingerprint = parse_fingerprint(options_.fingerprint);
}

// Without a fingerprint: shows the server's and asks, on a terminal only.
awaitable<void> Enrolling::look_at_server() {
    const Handshake::Trust nobody = [](const std::vector<Bytes>&) { return std::optional<crypto::PeerVerified>(); };
    if (!Prompter::possible())
        throw Failure(Exit::usage, "no fingerprint was given, and there is no terminal to ask on",
                      "give --fingerprint SHA256, as the operator told you over another way");
    const auto seen = co_await Handshake::look(app_.settings, app_.interrupt, nobody);
    const auto print = fingerprint_of(seen.server_chain.front());
    const Question question{"The server at " + app_.settings.host +
                                " shows a certificate with this fingerprint "
                                "(SHA-256):\n  " +
                                in_groups(print) +
                                "\n"
                                "Compare it with what the operator told you over another way, such as the telephone.\n"
                                "Is it the same? Type yes to go on: ",
                            true};
    const auto answer = co_await app_.prompter.ask(question);
    if (std::string(answer.view().begin(), answer.view().end()) != "yes")
        throw Failure(Exit::not_trusted, "the fingerprint was not confirmed; nothing was sent",
                      "ask the operator for it");
    record_.fingerprint = parse_fingerprint(print);
}

// Her certificate is read from the card; no PIN is needed for that.
awaitable<void> Enrolling::ask_card() {
    app_.settings.card = app_.overrides.card;
    app_.settings.card_module = record_.card_module = app_.overrides.card_module;
    const auto person = make_card_person(app_.settings, &app_.prompter, &app_.terminal);
    const std::function<void()> work = [this, self = shared_from_this(), person] {
        record_.request.user = person->choose({}).chain.front();
        record_.card = person->selector();
    };
    const Until until = [person] { return person->patience(); };
    const bool in_time = co_await aside_until(app_.interrupt, work, until);
    if (!in_time)
        throw Failure(Exit::card, "the card does not answer", "take it out, insert it again, and start again");
    record_.request.kind = proto::EnrolmentUser::certificate;
}

awaitable<void> Enrolling::begin() {
    const auto self = shared_from_this(); // for a thread that is left behind
    std::function<void()> work = [this, self] { device_ = folder_.open_device(passphrases_); };
    if (!known_) {
        record_.request.name = options_.name.empty() ? our_name() : options_.name;
        if (!crypto::is_plain_name(record_.request.name))
            throw Failure(Exit::usage, "that name cannot be used", "1 to 64 bytes, nothing that hides or turns text");
        const bool card = !app_.overrides.card.empty();
        if (card) co_await ask_card();
        work = [this, self, card] {
            device_ = folder_.make_request(record_, !card && !options_.device_only, passphrases_);
            folder_.write(record_);
        };
    }
    // Who is asked for a passphrase may take her time.
    const std::chrono::hours patience(24);
    co_await aside(app_.interrupt, work, patience);
}

std::optional<crypto::PeerVerified> Enrolling::trust(const std::vector<Bytes>& chain) const {
    const auto now = std::time(nullptr);
    const bool enrolled = folder_.enrolled() && options_.fingerprint.empty();
    auto peer =
        enrolled
            ? crypto::TrustStore::load(crypto::Party::server, folder_.roots()).validate(chain, now, app_.settings.host)
            : crypto::TrustStore::validate_pinned(chain, now, app_.settings.host, record_.fingerprint);
    if (peer) return *peer;
    const auto& settings = app_.settings;
    throw Failure(Exit::not_trusted,
                  "the server at " + settings.host + ":" + settings.port + " is not the one that was meant: " +
                      std::string(crypto::describe(peer.error())) + "; nothing was sent to it",
                  std::string(crypto::remedy(peer.error())));
}

awaitable<proto::EnrolmentStatus> Enrolling::ask() {
    const Handshake::Trust judge = [this](const std::vector<Bytes>& chain) { return trust(chain); };
    const auto outcome = co_await Handshake::enrol(app_.settings, app_.interrupt, judge, record_.request, *device_);
    server_chain_ = outcome.server_chain;
    const auto& id = outcome.answer->id;
    if (!id.empty() && id != record_.id && id != shown_id(record_.id))
        throw Failure(Exit::integrity, "the server answers another request than ours", "tell its operator");
    co_return *outcome.answer;
}

// The roots that came must be those of the server that sent them, or nothing will work with them.
void Enrolling::demand_roots(const std::vector<Bytes>& roots, const std::vector<Bytes>& chain) const {
    const auto trial = folder_.try_roots(roots, chain, app_.settings.host);
    if (trial.empty()) return;
    throw Failure(Exit::not_trusted, "the roots that the server handed out do not fit its own certificate: " + trial,
                  "nothing was changed; tell the operator: server_roots in cifrad.toml");
}

void Enrolling::tell_id(const char* status) const {
    if (app_.settings.json) {
        print_line(boost::json::serialize(boost::json::object{{"status", status},
                                                              {"id", shown_id(record_.id)},
                                                              {"name", record_.request.name},
                                                              {"folder", folder_.path().string()}}));
    } else if (std::string_view(status) == "pending") {
        print_line("request  " + shown_id(record_.id));
    }
}

// Whether it is over.
bool Enrolling::conclude(const proto::EnrolmentStatus& answer) {
    if (answer.status == Status::refused) {
        const auto words = answer.text.empty() ? std::string() : ": " + answer.text;
        throw Failure(Exit::login_refused, "the operator refused the request" + words,
                      "ask the operator; to ask again with a new key, give another folder with --dir");
    }
    if (answer.status == Status::pending) {
        if (!std::exchange(told_, true)) {
            tell_id("pending");
            flush_output(); // with --wait whoever reads it is to act on it
            app_.terminal.say(
                "the request is with the operator, who approves it with 'cifractl person approve'.\n"
                "Compare this number on the telephone. Then run the same command again.");
        }
        return false;
    }
    demand_roots(answer.roots, server_chain_);
    const bool news = folder_.accept(record_, answer);
    tell_id("approved");
    const auto config = folder_.config().string();
    if (news)
        app_.terminal.say("enrolled: the certificates are in " + folder_.path().string() + "\nTry: cifra " +
                          (folder_.path() == config_folder() ? "" : "--config " + config + " ") + "list");
    return true;
}

awaitable<void> Enrolling::run() {
    read_record();
    app_.interrupt.start();
    if (record_.fingerprint.empty()) co_await look_at_server();
    if (known_ && !options_.fingerprint.empty()) folder_.write(record_);
    co_await begin();
    for (;;) {
        const auto answer = co_await ask();
        if (conclude(answer)) co_return;
        if (!options_.wait) throw Failure(Exit::waiting, "");
        co_await app_.interrupt.sleep(ask_again);
    }
}

} // namespace

awaitable<void> run_enroll(App& app, EnrollOptions options) {
    const auto enrolling = std::make_shared<Enrolling>(app, std::move(options));
    try {
        co_await enrolling->run();
    } catch (const NoAnswer& error) {
        throw Failure(Exit::usage, error.what(),
                      "give --fingerprint SHA256, as the operator told you over another way");
    }
}

} // namespace cifra::client
