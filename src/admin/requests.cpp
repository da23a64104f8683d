// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl person requests, cifractl person refuse.
#include "admin/requests.hpp"

#include "admin/failure.hpp"
#include "admin/files.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"
#include "admin/verbs.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/certificate_subject.hpp"
#include "proto/utf8.hpp"

#include <boost/json/array.hpp>

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
    std::string text;
    bool all = false;
};

std::string kind_of(const EnrolmentRequest& request) {
    switch (request.user_kind) {
        case EnrolmentRequest::User::none:
            return "device";
        case EnrolmentRequest::User::request:
            return "device and person";
        case EnrolmentRequest::User::certificate:
            return "device and a certificate";
    }
    return {};
}

// Whose certificate a listener brought.
std::string holder_of(const EnrolmentRequest& request) {
    if (request.user_kind != EnrolmentRequest::User::certificate) return {};
    const auto certificate = crypto::parse_certificate(request.user, crypto::Profile::card);
    return certificate ? crypto::distinguished_name_text(certificate->subject_dn()) : "cannot be read";
}

std::string state_of(const std::optional<EnrolmentAnswer>& answer) {
    if (!answer) return "pending";
    return answer->status == EnrolmentAnswer::Status::approved ? "approved" : "refused";
}

boost::json::object json_of(const EnrolmentRequest& request, const std::string& state) {
    return {{"id", request.id},
            {"shown_id", people::shown_id(request.id)},
            {"state", state},
            {"name", request.name},
            {"asks_for", kind_of(request)},
            {"holder", holder_of(request)},
            {"received", date_time_of(request.received_ms / 1000)},
            {"address", request.address}};
}

void show(const Options& options) {
    demand_dir(options.common.dir);
    const EnrolmentStore store(requests_folder(options.common.dir, options.requests));
    std::vector<std::string> damaged;
    boost::json::array list;
    std::size_t shown = 0;
    for (const auto& request : store.list(&damaged)) {
        const auto state = state_of(store.answer(request.id));
        if (state != "pending" && !options.all) continue;
        ++shown;
        list.push_back(json_of(request, state));
        if (options.common.json) continue;
        const auto holder = holder_of(request);
        print(people::shown_id(request.id) + "  " + date_time_of(request.received_ms / 1000) + "  " + request.address +
              "  " + kind_of(request) + "  " + request.name + (holder.empty() ? "" : "  (" + holder + ")") +
              (state == "pending" ? "" : "  " + state));
    }
    for (const auto& one : damaged) say("left out: " + one);
    if (options.common.json) return print(list);
    if (shown == 0) say(options.all ? "no requests" : "no pending requests");
    if (shown != 0) say("Compare the ID with what the listener sees, then: cifractl person approve ID");
}

void refuse(const Options& options) {
    if (!proto::is_utf8(options.text) || proto::has_control_characters(options.text) || options.text.size() > 512)
        throw Failure(Exit::usage, "the text is not plain text of at most 512 bytes");
    demand_dir(options.common.dir);
    const EnrolmentStore store(requests_folder(options.common.dir, options.requests));
    const auto request = demand_request(store, options.id);
    const auto former = store.answer(request.id);
    if (former && former->status == EnrolmentAnswer::Status::approved)
        throw Failure(Exit::exists, people::shown_id(request.id) + " is approved already",
                      "what was issued can be revoked: cifractl device revoke, cifractl person revoke");
    EnrolmentAnswer answer;
    answer.text = options.text;
    store.put_answer(request.id, answer);
    if (options.common.json) return print(json_of(request, "refused"));
    print(people::shown_id(request.id));
    say("Refused: '" + request.name + "'");
}

} // namespace

EnrolmentRequest demand_request(const EnrolmentStore& store, const std::string& typed) {
    const auto id = people::typed_id(typed);
    std::vector<EnrolmentRequest> found;
    std::vector<std::string> ids;
    for (auto& request : store.list()) {
        ids.push_back(people::shown_id(request.id));
        if (!id.empty() && request.id.starts_with(id)) found.push_back(std::move(request));
    }
    if (found.size() == 1) return found.front();
    if (found.size() > 1) {
        std::string all;
        for (const auto& one : found) all += (all.empty() ? "" : ", ") + people::shown_id(one.id);
        throw Failure(Exit::bad_input, "'" + typed + "' is the beginning of several IDs: " + all, "type more of it");
    }
    const auto near = nearest(people::shown_id(id), ids);
    throw Failure(Exit::bad_input, "there is no request '" + typed + "'",
                  near.empty() ? "see: cifractl person requests --all" : "did you mean '" + near + "'?");
}

void add_requests_folder(CLI::App& verb, fs::path& folder) {
    verb.add_option("--requests", folder, "Folder of requests to be enrolled, if not that of DIR/server")
        ->type_name("DIR");
}

void add_requests(CLI::App& person) {
    auto options = std::make_shared<Options>();
    auto& show_verb = *person.add_subcommand("requests", "Show who has asked to be enrolled");
    show_verb.footer(
        "Examples:\n  cifractl person requests\n  cifractl person requests --requests /var/lib/cifra/state/enrolment");
    options->common.add_to(show_verb, false);
    add_requests_folder(show_verb, options->requests);
    show_verb.add_flag("--all", options->all, "Those too that were answered");
    show_verb.callback([options] { show(*options); });

    add_approve(person);

    auto refusal = std::make_shared<Options>();
    auto& refuse_verb = *person.add_subcommand("refuse", "Refuse a request to be enrolled");
    refuse_verb.footer("Examples:\n  cifractl person refuse 4f2a-91c0 --text \"ask at the desk\"");
    refusal->common.add_to(refuse_verb, false);
    refuse_verb.add_option("id", refusal->id, "ID of the request, or its beginning")->type_name("ID")->required();
    add_requests_folder(refuse_verb, refusal->requests);
    refuse_verb.add_option("--text", refusal->text, "What the listener is told")->type_name("TEXT");
    refuse_verb.callback([refusal] { refuse(*refusal); });
}

} // namespace cifra::admin
