// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/enrolment_desk.hpp"

#include "crypto/certificate_file.hpp"
#include "crypto/certificate_form.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/certificate_request.hpp"
#include "server/guarded.hpp"

namespace cifra::server {

using people::EnrolmentAnswer;
using people::EnrolmentRequest;
using people::EnrolmentStore;
using Status = proto::EnrolmentStatus::Status;

namespace {

EnrolmentDesk::Answer refused(const std::string& id, std::string text, std::string_view outcome, std::string reason) {
    EnrolmentDesk::Answer answer{{}, outcome, std::move(reason)};
    answer.status.status = Status::refused;
    answer.status.id = id;
    answer.status.text = std::move(text);
    return answer;
}

EnrolmentDesk::Answer malformed(const std::string& id, const std::string& what) {
    return refused(id, what, "malformed", what);
}

// Why the part about the person cannot be taken; empty when it can.
std::string fault_of_user(const proto::Enrolment& asked) {
    if (asked.kind == proto::EnrolmentUser::none) return {};
    if (asked.kind == proto::EnrolmentUser::request) {
        const auto request = crypto::parse_request(asked.user);
        return request ? std::string() : "the person's request: " + std::string(crypto::describe(request.error()));
    }
    const auto certificate = crypto::parse_certificate(asked.user, crypto::Profile::card);
    return certificate ? std::string()
                       : "the person's certificate: " + std::string(crypto::describe(certificate.error()));
}

} // namespace

std::vector<Bytes> load_server_roots(const std::filesystem::path& file) {
    crypto::TrustStore::load(crypto::Party::server, file); // that they are what they should be
    auto roots = crypto::read_certificates(file);
    if (roots.size() > proto::max_chain)
        throw std::runtime_error(file.string() + ": more than " + std::to_string(proto::max_chain) +
                                 " certificates: enrolment hands out at most so many");
    return roots;
}

EnrolmentDesk::EnrolmentDesk(const std::filesystem::path& state_dir)
    : folder_(state_dir / "enrolment"), store_(folder_) {}

EnrolmentDesk::Answer EnrolmentDesk::ask(const proto::Enrolment& asked, const std::string& address,
                                         const std::vector<Bytes>& roots, std::int64_t now_ms) {
    EnrolmentRequest request;
    request.id = people::enrolment_id(asked.device_request);
    if (store_.find(request.id)) return answer_to(request.id, roots, "pending");
    if (!crypto::is_plain_name(asked.name))
        return malformed(request.id, "the name: it takes 1 to 64 bytes of text without control characters");
    if (auto fault = fault_of_user(asked); !fault.empty()) return malformed(request.id, fault);
    request.name = asked.name;
    request.received_ms = now_ms;
    request.address = address;
    request.device_request = asked.device_request;
    request.user_kind = static_cast<EnrolmentRequest::User>(asked.kind);
    request.user = asked.user;
    std::filesystem::create_directory(folder_);
    switch (store_.add(request, now_ms)) {
        case EnrolmentStore::Added::full:
            return refused(request.id, "too many requests are waiting: tell the operator, and ask again later", "full",
                           {});
        case EnrolmentStore::Added::known:
            return answer_to(request.id, roots, "pending");
        case EnrolmentStore::Added::added:
            break;
    }
    return answer_to(request.id, roots, "added");
}

EnrolmentDesk::Answer EnrolmentDesk::answer_to(const std::string& id, const std::vector<Bytes>& roots,
                                               std::string_view otherwise) const {
    const auto said = store_.answer(id);
    if (said && said->status == EnrolmentAnswer::Status::refused) return refused(id, said->text, "refused", {});
    Answer answer{{}, said ? "approved" : otherwise, {}};
    answer.status.id = id;
    if (!said) return answer;
    answer.status.status = Status::approved;
    answer.status.text = said->text;
    answer.status.roots = roots;
    answer.status.device_chain = said->device_chain;
    answer.status.user_chain = said->user_chain;
    return answer;
}

void EnrolmentDesk::ask_later(proto::Enrolment asked, std::string address, std::vector<Bytes> roots,
                              std::int64_t now_ms, Done done) {
    if (waiting_.fetch_add(1) >= max_waiting) {
        waiting_.fetch_sub(1);
        return done(refused(people::enrolment_id(asked.device_request),
                            "too many requests at a time: ask again in a minute", "full", {}));
    }
    post_guarded(thread_, "enrolment",
                 [this, asked = std::move(asked), address = std::move(address), roots = std::move(roots), now_ms,
                  done = std::move(done)] {
                     std::optional<Answer> answer;
                     guarded("enrolment", [&] { answer = ask(asked, address, roots, now_ms); });
                     waiting_.fetch_sub(1);
                     done(answer);
                 });
}

void EnrolmentDesk::join() { thread_.join(); }

} // namespace cifra::server
