// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl person approve: what a listener asked for is issued, and laid ready for the server to hand out. Done again,
// it finds what it did before by the key, and goes on from there.
#include "admin/failure.hpp"
#include "admin/files.hpp"
#include "admin/lock.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/people_file.hpp"
#include "admin/requests.hpp"
#include "admin/retire.hpp"
#include "admin/staging.hpp"
#include "admin/verbs.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/certificate_subject.hpp"
#include "crypto/private_key_file.hpp"

#include <botan/auto_rng.h>
#include <algorithm>

namespace cifra::admin {

namespace fs = std::filesystem;

using people::EnrolmentAnswer;
using people::EnrolmentRequest;
using people::EnrolmentStore;

namespace {

struct Options {
    Common common;
    fs::path requests;
    std::string id;
    std::string name;
    std::string device;
    std::string text;
    bool trust_key = false;
    bool card = false;
    int days = default_days;
};

// What a PKCS#10 request says.
struct Asked {
    Bytes public_key;
    std::string name; // commonName; empty when there is none that is plain
};

Asked read_request(ByteView der, const std::string& what) {
    const auto request = crypto::parse_request(der);
    if (!request)
        throw Failure(Exit::bad_input,
                      "the request for the " + what + " is refused: " + std::string(describe(request.error())),
                      std::string(remedy(request.error())));
    return {request->key->subject_public_key(), request->common_name};
}

struct Names {
    std::string device;
    std::string person;
};

class Approval {
  public:
    explicit Approval(const Options& options)
        : options_(options),
          dir_(options.common.dir),
          store_(requests_folder(dir_, options.requests)),
          source_(options.common.passphrase_fd),
          authorities_(dir_, source_) {}

    void run() {
        demand_dir(dir_);
        request_ = demand_request(store_, options_.id);
        read();
        check_names();
        authorities_.get(Ca::device);
        if (asks_for_person()) authorities_.get(Ca::user);
        const Lock lock(dir_);
        authorities_.refresh();
        check_names();
        EnrolmentAnswer answer;
        answer.status = EnrolmentAnswer::Status::approved;
        answer.text = options_.text;
        const auto device = issue_once(Party::device, device_.public_key, names_.device);
        answer.device_chain = chain_of(Party::device, device);
        std::optional<Record> person;
        if (asks_for_person()) {
            const auto made = issue_once(Party::user, person_.public_key, names_.person);
            answer.user_chain = chain_of(Party::user, made);
            person = describe(made);
        }
        if (certificate_) enter();
        StagedFolder::check_interrupted();
        store_.put_answer(request_.id, answer);
        report(describe(device), person);
    }

  private:
    bool asks_for_person() const { return request_.user_kind == EnrolmentRequest::User::request; }

    void read() {
        device_ = read_request(request_.device_request, "device");
        if (asks_for_person()) person_ = read_request(request_.user, "person");
        if (request_.user_kind == EnrolmentRequest::User::certificate)
            certificate_ = check_foreign(request_.user, "the certificate in this request");
        const auto first = [](const std::string& a, const std::string& b, const std::string& c) {
            return !a.empty() ? a : !b.empty() ? b : c;
        };
        names_.device = first(options_.device, device_.name, request_.name);
        names_.person = first(options_.name, request_.name, person_.name);
        if ((options_.card || options_.trust_key) && !certificate_)
            throw Failure(Exit::usage,
                          "--card and --trust-key say something of a certificate, and this request has none");
    }

    // The certificate that this key has already. Throws Failure when it is revoked: so is its key.
    std::optional<Botan::X509_Certificate> issued_before(Party party, const Bytes& public_key) const {
        const auto same_key = [&](const Certified& one) {
            return one.certificate.subject_public_key_info() == public_key;
        };
        const auto refuse = [&](const Record& record) {
            throw Failure(Exit::bad_input,
                          "the key of this request is that of " + std::string(layout::singular(party)) + " '" +
                              record.name + "', which is revoked",
                          "the listener must enrol anew, with a new key");
        };
        for (const auto& one : retired(dir_, party)) {
            if (same_key(one)) refuse(one.record);
        }
        const auto revocations = Revocations::load(dir_);
        for (const auto& one : issued(dir_, party)) {
            if (!same_key(one)) continue;
            if (revocations.find(one.record.serial) != nullptr) refuse(one.record);
            return one.certificate;
        }
        return std::nullopt;
    }

    // Throws Failure when a name that is to be given is another one's.
    void check_names() const {
        check_name(Party::device, device_.public_key, names_.device, "--device");
        if (asks_for_person()) check_name(Party::user, person_.public_key, names_.person, "--name");
        if (certificate_) demand_name("person", names_.person);
    }

    void check_name(Party party, const Bytes& public_key, const std::string& name, const std::string& option) const {
        const std::string what(layout::singular(party));
        demand_name(what, name);
        if (issued_before(party, public_key)) return;
        if (party == Party::user) demand_not_in_people(dir_, name);
        const auto revocations = Revocations::load(dir_);
        const auto known = issued(dir_, party);
        const bool taken = std::any_of(known.begin(), known.end(), [&](const auto& one) {
            return one.record.name == name && revocations.find(one.record.serial) == nullptr;
        });
        if (taken)
            throw Failure(Exit::exists, what + " '" + name + "' exists already",
                          "give another name: " + option + " NAME");
    }

    Botan::X509_Certificate issue_once(Party party, const Bytes& public_key, const std::string& name) {
        if (auto before = issued_before(party, public_key)) return *before;
        StagedFolder::check_interrupted();
        retire_revoked(dir_, party, Revocations::load(dir_));
        Botan::AutoSeeded_RNG rng;
        const auto made =
            certify_leaf(authorities_.get(issuer_of(party)), {party, name, {}, {}, options_.days}, public_key, rng);
        crypto::write_new_file(dir_ / layout::record(party, name), made.PEM_encode(), 0644);
        return made;
    }

    std::vector<Bytes> chain_of(Party party, const Botan::X509_Certificate& leaf) {
        return chain_der(leaf, authorities_.get(issuer_of(party)).certificate);
    }

    void enter() {
        auto people = load_people(dir_);
        if (enter_key(dir_, people, *certificate_, {names_.person, options_.trust_key, options_.card, false}))
            save_people(dir_, people);
    }

    void report(const Record& device, const std::optional<Record>& person) const {
        if (options_.common.json) {
            boost::json::object value{
                {"id", request_.id}, {"shown_id", people::shown_id(request_.id)}, {"device", json_of(device)}};
            if (person) value["person"] = json_of(*person);
            if (certificate_)
                value["person"] = boost::json::object{{"name", names_.person}, {"key", key_hash(*certificate_)}};
            return print(value);
        }
        print(people::shown_id(request_.id));
        say("Approved: device '" + device.name + "', until " + date_of(device.not_after));
        if (person) say("Approved: person '" + person->name + "', until " + date_of(person->not_after));
        if (certificate_) {
            say("Entered: person '" + names_.person + "', certificate of " +
                crypto::distinguished_name_text(certificate_->subject_dn()));
            say_copy_people(dir_);
        }
        say("The server hands it out when the listener asks again; if it is elsewhere, copy " +
            store_.answer_file(request_.id).string() + " there");
    }

    const Options& options_;
    const fs::path& dir_;
    EnrolmentStore store_;
    crypto::PassphraseSource source_;
    Authorities authorities_;
    EnrolmentRequest request_;
    Asked device_, person_;
    std::optional<Botan::X509_Certificate> certificate_;
    Names names_;
};

} // namespace

void add_approve(CLI::App& person) {
    auto options = std::make_shared<Options>();
    auto& verb = *person.add_subcommand("approve", "Issue what a listener has asked for");
    verb.footer(
        "Examples:\n  cifractl person approve 4f2a-91c0                 the beginning of the ID is enough\n"
        "  cifractl person approve 4f2a91c0 --name \"a listener\" --device \"reading room\" --days 365");
    options->common.add_to(verb, true);
    verb.add_option("id", options->id, "ID of the request, or its beginning")->type_name("ID")->required();
    add_requests_folder(verb, options->requests);
    verb.add_option("--name", options->name, "Name of the person, if not as asked for")->type_name("NAME");
    verb.add_option("--device", options->device, "Name of the device, if not as asked for")->type_name("NAME");
    verb.add_option("--days", options->days, "Validity")
        ->type_name("N")
        ->check(CLI::Range(1, ca_days))
        ->capture_default_str();
    verb.add_flag("--trust-key", options->trust_key, "The key of the certificate is enough, whoever issued it");
    verb.add_flag("--card", options->card, "The key of the certificate is on a card");
    verb.add_option("--text", options->text, "What the listener is told")->type_name("TEXT");
    verb.callback([options] { Approval(*options).run(); });
}

} // namespace cifra::admin
