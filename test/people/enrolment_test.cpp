// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Requests to be enrolled and their answers: formats, and the folder that holds them.
#include "people/enrolment.hpp"
#include "folder.hpp"

#include <botan/auto_rng.h>
#include <botan/hash.h>
#include <botan/hex.h>
#include <botan/pk_algs.h>
#include <botan/pkcs10.h>
#include <botan/pkix_types.h>

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::people;
using Catch::Matchers::Contains;

namespace {

Botan::AutoSeeded_RNG& rng() {
    static Botan::AutoSeeded_RNG generator;
    return generator;
}

struct Asked {
    std::string id;
    Bytes request;
};

Asked ask() {
    const auto key = Botan::create_private_key("ECDSA", rng(), "secp256r1");
    Botan::X509_DN dn;
    dn.add_attribute("X520.CommonName", "kitchen radio");
    const auto made = Botan::PKCS10_Request::create(*key, dn, {}, "SHA-256", rng());
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    return {Botan::hex_encode(hash->process(key->subject_public_key()), false).substr(0, 20), made.BER_encode()};
}

EnrolmentRequest request_of(const Asked& asked, std::int64_t received_ms = 1000,
                            const std::string& address = "192.0.2.7") {
    EnrolmentRequest request;
    request.id = asked.id;
    request.name = "kitchen radio";
    request.received_ms = received_ms;
    request.address = address;
    request.device_request = asked.request;
    return request;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

template <class T>
std::string fault_of(const std::string& text) {
    try {
        T::parse(text);
    } catch (const std::runtime_error& wrong) {
        return wrong.what();
    }
    return "none";
}

EnrolmentAnswer approval(const Asked& asked) {
    EnrolmentAnswer answer;
    answer.status = EnrolmentAnswer::Status::approved;
    answer.device_chain = {asked.request, asked.request}; // any DER will do here
    return answer;
}

} // namespace

TEST_CASE("the ID is that of the request's key") {
    const auto asked = ask();
    CHECK(enrolment_id(asked.request) == asked.id);
    CHECK(enrolment_id({}).empty());
    CHECK(enrolment_id(as_bytes("hello")).empty());
    for (std::size_t size = 0; size < asked.request.size(); ++size)
        CHECK(enrolment_id(ByteView(asked.request).first(size)).empty());
    auto longer = asked.request;
    longer.push_back(0);
    CHECK(enrolment_id(longer).empty());
    CHECK(shown_id("4f2a91c00d3e5b6a7788") == "4f2a-91c0-0d3e-5b6a-7788");
    CHECK(typed_id(" 4F2A-91c0 0d3e-5b6a7788") == "4f2a91c00d3e5b6a7788");
}

TEST_CASE("requests are read as they were written") {
    const auto asked = ask();
    auto request = request_of(asked);
    request.name = "J\u00fcrgen's \"radio\"";
    request.user_kind = EnrolmentRequest::User::request;
    request.user = ask().request;
    const auto again = EnrolmentRequest::parse(request.to_json());
    CHECK(again.id == request.id);
    CHECK(again.name == request.name);
    CHECK(again.received_ms == 1000);
    CHECK(again.address == request.address);
    CHECK(again.device_request == request.device_request);
    CHECK(again.user_kind == request.user_kind);
    CHECK(again.user == request.user);
}

TEST_CASE("faults of requests") {
    const auto asked = ask();
    const auto good = request_of(asked).to_json();
    const auto with = [&](const std::string& what, const std::string& by) {
        return fault_of<EnrolmentRequest>(replaced(good, what, by));
    };
    CHECK(fault_of<EnrolmentRequest>(good) == "none");
    CHECK_THAT(with("\"version\":1", "\"version\":2"), Contains("version"));
    CHECK_THAT(with("\"version\":1", "\"version\":1,\"more\":1"), Contains("more: there is no such member"));
    CHECK_THAT(with(asked.id, ask().id), Contains("id: not that of the key"));
    CHECK_THAT(with(asked.id, ""), Contains("id: not that of the key"));
    CHECK_THAT(with("kitchen radio", "kitchen\\nradio"), Contains("name: not a name"));
    CHECK_THAT(with("192.0.2.7", std::string(65, '1')), Contains("address: longer"));
    CHECK_THAT(with("\"none\"", "\"some\""), Contains("user: not one of"));
    CHECK_THAT(with("\"none\"", "\"request\""), Contains("user_pem: not PEM of a CERTIFICATE REQUEST"));
    CHECK_THAT(with("\"user_pem\":\"\"", "\"user_pem\":\"x\""), Contains("user_pem: not empty"));
    CHECK_THAT(with("BEGIN CERTIFICATE REQUEST", "BEGIN CERTIFICATE"), Contains("device_request: not PEM"));
    CHECK_THAT(with("\"received\":1000", "\"received\":-1"), Contains("received"));
    CHECK_THAT(fault_of<EnrolmentRequest>(std::string(70'000, ' ')), Contains("larger"));
}

TEST_CASE("answers are read as they were written, and what contradicts itself is refused") {
    const auto asked = ask();
    auto answer = approval(asked);
    answer.text = "welcome";
    const auto good = answer.to_json();
    const auto again = EnrolmentAnswer::parse(good);
    CHECK(again.status == answer.status);
    CHECK(again.text == "welcome");
    CHECK(again.device_chain == answer.device_chain);
    CHECK(again.user_chain.empty());
    CHECK_THAT(fault_of<EnrolmentAnswer>(replaced(good, "approved", "refused")), Contains("device_chain: not empty"));
    CHECK_THAT(fault_of<EnrolmentAnswer>(EnrolmentAnswer().to_json()), Contains("none"));
    CHECK_THAT(fault_of<EnrolmentAnswer>(replaced(EnrolmentAnswer().to_json(), "refused", "approved")),
               Contains("device_chain: empty in an approval"));
    CHECK_THAT(fault_of<EnrolmentAnswer>(replaced(good, "approved", "perhaps")), Contains("status"));
    answer.device_chain.assign(5, asked.request);
    CHECK_THAT(fault_of<EnrolmentAnswer>(answer.to_json()), Contains("device_chain: more than 4"));
}

TEST_CASE("the store keeps what came first") {
    const test::Folder folder;
    EnrolmentStore store(folder.path());
    const auto asked = ask();
    CHECK_FALSE(store.find(asked.id));
    CHECK(store.add(request_of(asked), 1000) == EnrolmentStore::Added::added);
    auto second = request_of(asked, 2000);
    second.name = "another name";
    CHECK(store.add(second, 2000) == EnrolmentStore::Added::known);
    CHECK(store.find(asked.id)->name == "kitchen radio");
    CHECK_FALSE(store.answer(asked.id));
    store.put_answer(asked.id, EnrolmentAnswer());
    CHECK(store.answer(asked.id)->status == EnrolmentAnswer::Status::refused);
    store.put_answer(asked.id, approval(asked));
    CHECK(store.answer(asked.id)->status == EnrolmentAnswer::Status::approved);
    store.remove(asked.id);
    CHECK_FALSE(store.find(asked.id));
    CHECK_FALSE(store.answer(asked.id));
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("requests are listed by the time they came, and old ones go") {
    const test::Folder folder;
    EnrolmentStore store(folder.path());
    CHECK(EnrolmentStore(folder / "none").list().empty());
    const auto first = ask(), second = ask(), third = ask();
    store.add(request_of(second, 2000), 2000);
    store.add(request_of(first, 1000), 2000);
    store.put_answer(first.id, approval(first));
    REQUIRE(store.list().size() == 2);
    CHECK(store.list()[0].id == first.id);
    store.add(request_of(third, 3000), 1000 + EnrolmentStore::lifetime_ms);
    CHECK(store.list().size() == 3);
    store.add(request_of(third, 3000), 1001 + EnrolmentStore::lifetime_ms);
    REQUIRE(store.list().size() == 2);
    CHECK(store.list()[0].id == second.id);
    CHECK_FALSE(store.answer(first.id));
}

TEST_CASE("so many may wait; who was answered does not count") {
    const test::Folder folder;
    EnrolmentStore store(folder.path());
    std::vector<Asked> all;
    for (std::size_t i = 0; i < EnrolmentStore::max_pending; ++i) {
        all.push_back(ask());
        const auto address = "10.0.0." + std::to_string(i);
        folder.write(all.back().id + ".json", request_of(all.back(), 1000, address).to_json());
    }
    const auto late = ask();
    CHECK(store.add(request_of(late), 1000) == EnrolmentStore::Added::full);
    CHECK(store.add(request_of(all.front()), 1000) == EnrolmentStore::Added::known);
    CHECK_FALSE(store.find(late.id));
    store.put_answer(all.front().id, EnrolmentAnswer());
    CHECK(store.add(request_of(late), 1000) == EnrolmentStore::Added::added);
}

TEST_CASE("one address cannot keep out all others") {
    for (const bool v6 : {false, true}) {
        const test::Folder folder;
        EnrolmentStore store(folder.path());
        const auto address = [&](std::size_t i) {
            return v6 ? "2001:db8:0:1::" + std::to_string(i) : std::string("192.0.2.7");
        };
        std::vector<Asked> flood;
        for (std::size_t i = 0; i < EnrolmentStore::max_pending_per_address; ++i) {
            flood.push_back(ask());
            CHECK(store.add(request_of(flood.back(), 1000, address(i)), 1000) == EnrolmentStore::Added::added);
        }
        CHECK(store.add(request_of(ask(), 1000, address(99)), 1000) == EnrolmentStore::Added::full);
        CHECK(store.add(request_of(flood[0], 1000, address(0)), 1000) == EnrolmentStore::Added::known);
        CHECK(store.add(request_of(ask(), 1000, "2001:db8:0:2::1"), 1000) == EnrolmentStore::Added::added);
    }
}

TEST_CASE("when no room is left, the oldest goes of those who have several") {
    const test::Folder folder;
    EnrolmentStore store(folder.path());
    std::vector<Asked> all;
    for (std::size_t i = 0; i < EnrolmentStore::max_pending; ++i) {
        all.push_back(ask());
        const auto address = i < 3 ? "192.0.2.9" : "10.0.0." + std::to_string(i);
        folder.write(all.back().id + ".json",
                     request_of(all.back(), static_cast<std::int64_t>(1000 + i), address).to_json());
    }
    const auto late = ask();
    CHECK(store.add(request_of(late, 2000, "198.51.100.1"), 2000) == EnrolmentStore::Added::added);
    CHECK_FALSE(store.find(all[0].id));
    CHECK(store.find(all[1].id));
    CHECK(store.list().size() == EnrolmentStore::max_pending);
}

TEST_CASE("damaged files are told, and no ID leads out of the folder") {
    const test::Folder folder;
    EnrolmentStore store(folder.path());
    const auto asked = ask(), other = ask();
    folder.write(asked.id + ".json", request_of(other).to_json());
    folder.write(asked.id + ".answer.json", "{");
    CHECK_THROWS_WITH(store.find(asked.id), Contains("holds the request"));
    CHECK_THROWS_WITH(store.answer(asked.id), Contains("answer.json: line 1"));
    std::vector<std::string> damaged;
    CHECK(store.list(&damaged).empty());
    CHECK(damaged.size() == 1);
    CHECK_FALSE(store.find("../" + asked.id));
    CHECK_FALSE(store.find(""));
    CHECK_THROWS(store.put_answer("../../../../etc/passwd", EnrolmentAnswer()));
    store.remove("../x");
}

TEST_CASE("a folder that is not there takes no request") {
    const test::Folder folder;
    EnrolmentStore store(folder / "none");
    CHECK_THROWS_AS(store.add(request_of(ask()), 0), std::system_error);
}
