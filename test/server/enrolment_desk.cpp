// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the desk answers is shown by test/e2e/enrolment_test.py; here, what only a thread of its own can do wrong.
#include "server/enrolment_desk.hpp"

#include "folder.hpp"

#include <botan/auto_rng.h>
#include <botan/ecdsa.h>
#include <botan/x509self.h>

#include <catch2/catch.hpp>

#include <future>

using namespace cifra;
using namespace cifra::server;

namespace {

Bytes new_request() {
    Botan::AutoSeeded_RNG rng;
    const Botan::ECDSA_PrivateKey key(rng, Botan::EC_Group("secp256r1"));
    const auto request = Botan::X509::create_cert_req(Botan::X509_Cert_Options("a desk"), key, "SHA-256", rng);
    return request.BER_encode();
}

std::optional<EnrolmentDesk::Answer> ask(EnrolmentDesk& desk, Bytes request) {
    std::promise<std::optional<EnrolmentDesk::Answer>> answer;
    desk.ask_later({"a desk", std::move(request), proto::EnrolmentUser::none, {}}, "192.0.2.1", {}, 1000,
                   [&](const auto& given) { answer.set_value(given); });
    return answer.get_future().get();
}

} // namespace

TEST_CASE("a request is stored, and known when it comes again") {
    const test::Folder folder;
    EnrolmentDesk desk(folder.path());
    const auto request = new_request();
    const auto first = ask(desk, request), second = ask(desk, request);
    REQUIRE((first && second));
    CHECK(first->outcome == "added");
    CHECK(second->outcome == "pending");
    CHECK(first->status.id == people::enrolment_id(request));
    CHECK(first->status.status == proto::EnrolmentStatus::Status::pending);
    CHECK(std::filesystem::exists(folder / "enrolment" / (first->status.id + ".json")));
}

TEST_CASE("a folder that cannot be made is nobody's fault, and the next request is looked at again") {
    const test::Folder folder;
    folder.write("enrolment", "a file where the folder should be");
    EnrolmentDesk desk(folder.path());
    const auto request = new_request();
    CHECK_FALSE(ask(desk, request).has_value());
    std::filesystem::remove(folder / "enrolment");
    const auto answer = ask(desk, request);
    REQUIRE(answer);
    CHECK(answer->outcome == "added");
}

TEST_CASE("nothing is begun behind join()") {
    const test::Folder folder;
    EnrolmentDesk desk(folder.path());
    desk.join();
    bool called = false;
    desk.ask_later({"a desk", new_request(), proto::EnrolmentUser::none, {}}, "192.0.2.1", {}, 1000,
                   [&](const auto&) { called = true; });
    desk.join();
    CHECK_FALSE(called);
    CHECK_FALSE(std::filesystem::exists(folder / "enrolment"));
}
